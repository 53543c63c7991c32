"""The demonstration loads once, and the main journey works with it."""

import json
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.config import DEVELOPMENT_ENCRYPTION_KEY, Environment, Settings
from app.database import open_session, transaction
from app.demo.accounts import ACCOUNTS, PASSWORD
from app.demo.loading import current_accounts, load
from app.demo.people import find_person
from identity.clients.client_secrets import has_live_secret
from identity.clients.models import Client
from identity.federation import providers
from identity.federation.lasting import with_lasting_ways
from identity.sign_in import passwords
from identity.sign_in.passwords import PasswordCost, PasswordHashing
from profiles.apps.models import App
from profiles.audit.models import AuditEntry
from profiles.bulk_moves.agreeing import agreements_of
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.service import clearances_of
from profiles.disclosure.service import access
from profiles.employments.models import CareerBreak, Posting
from profiles.employments.service import current_postings
from profiles.entitlements.policy import Decision
from profiles.errors import NotPermitted
from profiles.organisations import service as organisations
from profiles.organisations.models import Team
from profiles.pay.models import PayRecord
from profiles.people.models import BirthDate, WorkPhone, WorkPlace
from profiles.roles.parties import are_one
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of, platform_administrators, who_may
from profiles.sign_in.contacts import find_contact_for
from profiles.temporal import current, history
from profiles.transfers import codes, service, tasks
from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.preparing import prepare
from profiles.transfers.terms import Terms
from tests.factories.policies import PLATFORM
from tests.factories.transfer_tasks import do_tasks

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MOVED = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


def development(tmp_path: Path, **changes: object) -> Settings:
    values = {
        "environment": Environment.DEVELOPMENT,
        "issuer": "http://localhost:8000",
        "database_url": "sqlite://",
        "secret_key": SecretStr("x" * 32),
        "encryption_key": SecretStr(DEVELOPMENT_ENCRYPTION_KEY),
        "var": tmp_path,
        "password_cost": 1,
        "password_memory_kib": 8,
    }
    return Settings(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def loaded(engine: Engine, tmp_path: Path) -> Engine:
    list(load(engine, development(tmp_path), NOW))
    return engine


def person(session: Session, name: str) -> UUID:
    account = next(one for one in ACCOUNTS if one.name == name)
    person_id = find_person(session, account)
    assert person_id is not None
    return person_id


def decision(session: Session, name: str, app_name: str, at: datetime) -> Decision:
    app = session.exec(select(App).where(col(App.name) == app_name)).one()
    return access(session, person(session, name), app.id, at)


def move_priya(session: Session, *, clearance_released: bool = True) -> None:
    """Priya becomes SEO in the Home Office on Monday 16 March 2026."""
    priya, omar = person(session, "Priya Patel"), person(session, "Omar Hughes")
    home_office = current_postings(session, omar, NOW)[0].organisation_id
    code, _ = codes.make_code(session, priya, NOW, timedelta(hours=72))
    transfer = prepare(
        session,
        NOW,
        officer_id=omar,
        permissions=permissions_of(session, omar, NOW),
        importing_organisation_id=home_office,
        unverified_code=code,
        terms=Terms(
            start_date=date(2026, 3, 16),
            last_day=None,
            local_grade="SEO",
            job_title="Senior Caseworker",
            profession="Operational Delivery",
            unit="Asylum Decisions",
            location="Croydon",
            employment_number="HO-77",
            work_address="priya.patel@homeoffice.gov.uk",
            salary_pence=4_350_000,
            bpss_checked_on=date(2026, 2, 20),
            required_level=ClearanceLevel.SC if clearance_released else None,
        ),
    )
    do_tasks(
        session,
        NOW,
        transfer,
        manager_id=person(session, "Beth Morgan"),
        new_manager_id=person(session, "Ines Fraser"),
        security_id=person(session, "Callum Reid"),
        released=clearance_released,
    )
    for name, side in (("Olivia Ward", Side.IMPORTING), ("Harriet Khan", Side.EXPORTING)):
        officer = person(session, name)
        service.approve(
            session,
            NOW,
            transfer_id=transfer.id,
            side=side,
            officer_id=officer,
            permissions=permissions_of(session, officer, NOW),
            ways_in=[transfer.way_in],
            records_released=True,
        )


def test_before_the_move_hmrcs_app_gives_a_role_and_the_home_offices_says_why_not(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        assert decision(session, "Priya Patel", "Tax Case Desk", NOW).roles == ("caseworker",)
        refused = decision(session, "Priya Patel", "Immigration Case Desk", NOW)
    assert not refused.allowed
    assert refused.how_to_ask == "immigration.case.desk@homeoffice.gov.uk"


def test_after_the_move_access_has_turned(loaded: Engine) -> None:
    with transaction(loaded) as session:
        move_priya(session)
    with open_session(loaded, writes=False) as session:
        gained = decision(session, "Priya Patel", "Immigration Case Desk", MOVED)
        assert gained.roles == ("senior_caseworker", "caseworker")
        assert not decision(session, "Priya Patel", "Tax Case Desk", MOVED).allowed


def test_the_senior_role_needs_a_clearance_that_the_home_office_sponsors(loaded: Engine) -> None:
    with transaction(loaded) as session:
        move_priya(session, clearance_released=False)
    with open_session(loaded, writes=False) as session:
        assert decision(session, "Priya Patel", "Immigration Case Desk", MOVED).roles == ("caseworker",)


def test_a_colleague_with_clearance_is_a_senior_caseworker_already(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        assert decision(session, "Ines Fraser", "Immigration Case Desk", NOW).roles[0] == "senior_caseworker"


def test_priya_has_a_history(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        priya = person(session, "Priya Patel")
        assert [one.salary_pence for one in history(session, PayRecord, NOW, person_id=priya)] == [
            2_745_000,
            3_412_000,
            3_684_000,
        ]
        assert [one.local_grade for one in current_postings(session, priya, NOW)] == ["Higher Officer"]
        (clearance,) = clearances_of(session, priya, NOW)
        assert (clearance.level, clearance.review_due_on) == ("SC", date(2027, 5, 9))


def test_priya_has_a_phone_and_an_office_until_she_leaves(loaded: Engine) -> None:
    with transaction(loaded) as session:
        priya = person(session, "Priya Patel")
        for model in (WorkPhone, WorkPlace, BirthDate):
            assert len(current(session, model, NOW, NOW, person_id=priya)) == 1
        move_priya(session)
        for model in (WorkPhone, WorkPlace):
            assert not current(session, model, MOVED, MOVED, person_id=priya)


def test_everybody_can_sign_in_with_the_one_password_but_who_is_new(loaded: Engine) -> None:
    hashing = PasswordHashing(PasswordCost(1, 8))
    with open_session(loaded, writes=False) as session:
        for account in ACCOUNTS:
            stored = passwords.find_hash(session, person(session, account.name))
            assert hashing.verify(stored, PASSWORD) if account.has_password else stored is None
        assert [one.name for one in ACCOUNTS if not one.has_password] == ["Zainab Yusuf"]


def test_loading_again_changes_nothing(loaded: Engine, tmp_path: Path) -> None:
    with open_session(loaded, writes=False) as session:
        before = len(session.exec(select(AuditEntry)).all())
    assert [step.made for step in load(loaded, development(tmp_path), NOW)] == [0] * 13
    with open_session(loaded, writes=False) as session:
        assert len(session.exec(select(AuditEntry)).all()) == before


def test_loading_after_the_move_makes_no_second_priya(loaded: Engine, tmp_path: Path) -> None:
    with transaction(loaded) as session:
        move_priya(session)
    assert [step.made for step in load(loaded, development(tmp_path), MOVED)] == [0] * 13
    with open_session(loaded, writes=False) as session:
        addresses = {account.name: address for account, address in current_accounts(session, MOVED)}
    assert addresses["Priya Patel"] == "priya.patel@homeoffice.gov.uk"


def test_each_app_gets_its_credentials_for_itself(loaded: Engine, tmp_path: Path) -> None:
    file = tmp_path / "clients" / "HMRC.json"
    credentials = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with open_session(loaded, writes=False) as session:
        client = session.get(Client, credentials["client_id"])
        assert client is not None
        assert has_live_secret(session, client.client_id, credentials["client_secret"], NOW)
        assert client.redirect_uris == ["http://localhost:8001/callback"]


def test_credentials_that_were_lost_are_made_anew(loaded: Engine, tmp_path: Path) -> None:
    file = tmp_path / "clients" / "HO.json"
    file.unlink()
    assert [step.made for step in load(loaded, development(tmp_path), NOW)][4] == 1
    with open_session(loaded, writes=False) as session:
        client = session.get(Client, "immigration-case-desk")
        assert client is not None
        assert has_live_secret(session, client.client_id, json.loads(file.read_text())["client_secret"], NOW)


def test_other_ports_change_where_the_apps_are(loaded: Engine, tmp_path: Path) -> None:
    list(load(loaded, development(tmp_path, department_ports=(9001, 9002)), NOW))
    with open_session(loaded, writes=False) as session:
        client = session.get(Client, "immigration-case-desk")
        assert client is not None
        assert client.backchannel_logout_uri == "http://localhost:9002/backchannel-logout"
        assert {app.home_url for app in session.exec(select(App))} == {
            "http://localhost:9001/",
            "http://localhost:9002/",
        }


def test_each_department_has_a_sign_in_of_its_own_at_its_port(loaded: Engine, tmp_path: Path) -> None:
    """At another port it is another, and the one before is ended."""
    for ports in ((8003, 8004), (9003, 9004)):
        list(load(loaded, development(tmp_path, account_ports=ports), NOW))
        with open_session(loaded, writes=False) as session:
            assert {one.name: one.issuer for one in providers.in_use(session)} == {
                "HMRC staff account": f"http://localhost:{ports[0]}",
                "Home Office staff account": f"http://localhost:{ports[1]}",
            }


def test_who_cannot_sign_in_reads_whom_to_ring(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        for name in ("Priya Patel", "Ines Fraser"):
            for team in Team:
                assert find_contact_for(session, person(session, name), team, NOW) is not None


def test_production_is_refused(engine: Engine, tmp_path: Path) -> None:
    production = development(
        tmp_path,
        environment=Environment.PRODUCTION,
        issuer="https://lanyard.example",
        encryption_key=SecretStr("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
    )
    with pytest.raises(NotPermitted):
        next(load(engine, production, NOW))
    with open_session(engine, writes=False) as session:
        assert session.exec(select(App)).first() is None


def test_somebody_of_hmrc_is_on_loan_to_the_home_office(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        assert decision(session, "Nadia Rahman", "Immigration Case Desk", NOW).allowed
        assert not decision(session, "Nadia Rahman", "Tax Case Desk", NOW).allowed
        year_later = NOW + timedelta(days=366)
        assert decision(session, "Nadia Rahman", "Tax Case Desk", year_later).allowed
        assert not decision(session, "Nadia Rahman", "Immigration Case Desk", year_later).allowed


def test_a_bulk_move_waits_for_the_home_office(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        [move] = session.exec(select(BulkMove)).all()
        assert move.state is BulkMoveState.LIST_DRAFTED
        assert [one.side for one in agreements_of(session, move.id)] == [Side.EXPORTING]
        named = select(BulkMoveMember.person_id).where(BulkMoveMember.bulk_move_id == move.id)
        people = session.exec(named).all()
        assert person(session, "Priya Patel") not in people
        keep_one = with_lasting_ways(
            session, people, move.importing_organisation_id, move.starts_at, PLATFORM
        )
        assert (len(people), len(keep_one)) == (12, 10)


def test_transfers_stand_at_different_points(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        transfers = session.exec(select(Transfer).order_by(col(Transfer.employment_number))).all()
        assert [(one.state, len(service.approvals_of(session, one.id))) for one in transfers] == [
            (TransferState.IN_PROGRESS, 0),
            (TransferState.IN_PROGRESS, 1),
            (TransferState.SCHEDULED, 2),
            (TransferState.RECONCILING, 2),
        ]
        asked = {one.owner_id for transfer in transfers for one in tasks.of_transfer(session, transfer.id)}
        assert asked.isdisjoint({person(session, name) for name in ("Beth Morgan", "Callum Reid")})


def test_somebody_of_hmrc_is_on_a_career_break(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        rhys = person(session, "Rhys Bevan")
        assert len(current(session, CareerBreak, NOW, NOW, person_id=rhys)) == 1
        assert not current_postings(session, rhys, NOW)
        assert not decision(session, "Rhys Bevan", "Tax Case Desk", NOW).allowed
        assert current(session, Posting, NOW - timedelta(days=365), NOW, person_id=rhys)


@pytest.mark.parametrize("code", ["HMRC", "HO"])
def test_two_security_officers_can_lift_a_suspension_there(loaded: Engine, code: str) -> None:
    with open_session(loaded, writes=False) as session:
        place = organisations.get_by_code(session, code, NOW).id
        first, second = who_may(session, Permission.SUSPEND_ACCOUNTS, place, NOW)
        assert not are_one(session, first, second, NOW)


def test_one_platform_administrator_asks_and_another_approves(loaded: Engine) -> None:
    with open_session(loaded, writes=False) as session:
        first, second = platform_administrators(session, NOW)
        assert not are_one(session, first, second, NOW)
