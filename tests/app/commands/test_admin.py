"""``lanyard admin invite``."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select
from sqlmodel import Session

from app.commands import context, main
from app.commands.admin import make_administrator, offer_new_password
from app.config import development_defaults
from app.database import transaction
from identity.sessions import service as sessions
from identity.sessions.service import Limits
from identity.sign_in import alerts, recovery_codes
from identity.sign_in.invitations import find_invitation
from profiles.errors import Invalid, NotFound
from profiles.outbox.models import OutboxMessage
from profiles.people.models import Person, WorkAddress
from profiles.roles.models import RoleAssignment
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of
from profiles.sign_in.service import display_name
from profiles.temporal import record
from tests.factories.organisations import PROVENANCE
from tests.factories.people import make_person

ISSUER = "https://lanyard.example"


def _invite(session: Session, now: datetime, address: str, name: str = "") -> str:
    return make_administrator(session, now, ISSUER, unverified_address=address, name=name)


@pytest.mark.parametrize(
    ("address", "name", "shown"),
    [
        ("Robin.Reeve@cabinetoffice.gov.uk", "", "Robin Reeve"),
        ("rr@cabinetoffice.gov.uk", "Robin Anne Reeve", "Robin Anne Reeve"),
    ],
)
def test_a_new_person_is_made_an_administrator_with_a_link_and_a_mail(
    session: Session, now: datetime, address: str, name: str, shown: str
) -> None:
    token = _invite(session, now, address, name)
    invitation = find_invitation(session, token, now)
    assert invitation is not None
    assert display_name(session, invitation.person_id, now) == shown
    permissions = permissions_of(session, invitation.person_id, now)
    assert permissions.anywhere(Permission.INVITE_ADMINISTRATORS)
    mail = session.execute(select(OutboxMessage)).scalar_one()
    assert mail.payload["to"] == address.lower()


def test_a_known_person_gets_the_role_and_stays_one_person(session: Session, now: datetime) -> None:
    person_id = make_person(session, now, "priya.patel@hmrc.gov.uk")
    invitation = find_invitation(session, _invite(session, now, "priya.patel@hmrc.gov.uk"), now)
    assert invitation is not None
    assert invitation.person_id == person_id
    assert len(session.execute(select(Person)).all()) == 1


def test_inviting_twice_gives_the_role_once(session: Session, now: datetime) -> None:
    older = _invite(session, now, "robin.reeve@cabinetoffice.gov.uk")
    newer = _invite(session, now, "robin.reeve@cabinetoffice.gov.uk")
    assert len(session.execute(select(RoleAssignment)).all()) == 1
    assert find_invitation(session, older, now) is None
    assert find_invitation(session, newer, now) is not None


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "Enter an e-mail address like name@department.gov.uk."),
        ("", "Enter an e-mail address like name@department.gov.uk."),
        ("robin@cabinetoffice.gov.uk", 'Say who it is: --name "Given Family"'),
    ],
)
def test_bad_input_is_explained_and_changes_nothing(
    session: Session, now: datetime, address: str, message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        _invite(session, now, address)
    assert session.execute(select(Person)).first() is None


def test_a_new_password_is_offered_to_a_known_person_without_any_role(
    session: Session, now: datetime
) -> None:
    person_id = make_person(session, now, "priya.patel@hmrc.gov.uk")
    token = offer_new_password(session, now, ISSUER, unverified_address="Priya.Patel@hmrc.gov.uk")
    invitation = find_invitation(session, token, now)
    assert invitation is not None
    assert invitation.person_id == person_id
    assert session.execute(select(RoleAssignment)).first() is None


def test_a_new_password_is_not_offered_to_a_stranger(session: Session, now: datetime) -> None:
    with pytest.raises(NotFound):
        offer_new_password(session, now, ISSUER, unverified_address="nobody@hmrc.gov.uk")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Iterator[None]:
    """The settings of a command in development, with the test's own database."""
    for name, value in (development_defaults(tmp_path) | {"LANYARD_DATABASE_URL": database_url}).items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["admin", "invite", *arguments])


def test_the_command_prints_the_link_once_and_its_work_stays(environment: None, engine: Engine) -> None:
    result = _run("robin.reeve@cabinetoffice.gov.uk")
    assert result.exit_code == 0
    links = re.findall(r"http://localhost:8000/invitation/\S+", result.output)
    assert len(links) == 1
    with transaction(engine, writes=False) as session:
        assert find_invitation(session, links[0].rpartition("/")[2], context.command_time()) is not None


def test_a_bad_address_gets_one_line(environment: None, engine: Engine) -> None:
    result = _run("nonsense")
    assert result.exit_code == 1
    assert result.output == "Error: Enter an e-mail address like name@department.gov.uk.\n"


def test_a_database_that_is_not_there_gets_one_line(
    environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context.engine().dispose()
    context.settings.cache_clear()
    context.engine.cache_clear()
    monkeypatch.setenv("LANYARD_DATABASE_URL", f"sqlite:///{tmp_path}/missing/lanyard.db")
    result = _run("robin.reeve@cabinetoffice.gov.uk")
    assert result.exit_code == 1
    assert result.output.startswith("Error: The database cannot be used.")
    assert result.output.count("\n") == 1


def test_forgetting_second_factors_leaves_the_password_alone_and_ends_the_sessions(
    environment: None, engine: Engine
) -> None:
    now = context.command_time()
    with transaction(engine) as session:
        person_id = make_person(session, now - timedelta(days=1), "priya.patel@hmrc.gov.uk")
        codes = recovery_codes.make(session, person_id, now)
        limits = Limits(idle=timedelta(hours=1), absolute=timedelta(hours=1))
        sessions.start(session, now, person_id=person_id, limits=limits)
    result = CliRunner().invoke(main, ["admin", "forget-second-factors", "Priya.Patel@hmrc.gov.uk"])
    assert result.exit_code == 0, result.output
    with transaction(engine) as session:
        assert not recovery_codes.spend(session, person_id, codes[0], now)
        assert sessions.list_for_person(session, person_id, now) == []
        told = [one.subject for one in alerts.of_person(session, person_id, context.command_time())]
        assert "Your second factors were removed" in told


def test_a_new_password_is_told_at_every_address_and_on_the_page(session: Session, now: datetime) -> None:
    person_id = make_person(session, now, "priya.patel@hmrc.gov.uk")
    stamp = PROVENANCE.stamp(now, now)
    record(session, WorkAddress(person_id=person_id, address="priya@hmrc.gov.uk", **stamp))
    offer_new_password(session, now, ISSUER, unverified_address="priya@hmrc.gov.uk")
    session.flush()
    mails = session.execute(select(OutboxMessage.payload)).scalars().all()
    assert {one["to"] for one in mails} == {"priya.patel@hmrc.gov.uk", "priya@hmrc.gov.uk"}
    assert [one.subject for one in alerts.of_person(session, person_id, now)] == ["Your password for Lanyard"]


def test_nobodys_second_factors_cannot_be_forgotten(environment: None, engine: Engine) -> None:
    result = CliRunner().invoke(main, ["admin", "forget-second-factors", "no.body@hmrc.gov.uk"])
    assert result.exit_code == 1
    assert "nobody's work address" in result.output
