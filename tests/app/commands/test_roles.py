"""``lanyard roles``: given and ended by the command line, deputies and shared services included."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.commands import context, main
from app.config import development_defaults
from app.database import transaction
from profiles.organisations.models import OrganisationDetail
from profiles.roles.models import Role
from profiles.roles.parties import are_one
from profiles.roles.permissions import Permission
from profiles.roles.service import permissions_of
from profiles.temporal import civil_date, current, end, end_of_day
from tests.factories.bulk_moves import make_moving
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee, make_person

OLGA, DAN = "olga.officer@hmrc.gov.uk", "dan.deputy@hmrc.gov.uk"
HR_THERE = ("hr_officer", "--organisation", "HMRC", "--reason", "New in the team")


@pytest.fixture
def ready(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    for name, value in {**development_defaults(tmp_path), "LANYARD_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    context.settings.cache_clear()
    context.engine.cache_clear()
    yield engine
    context.settings.cache_clear()
    context.engine.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["roles", *arguments])


def test_a_role_and_its_deputy_are_given_and_end_together(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        department = make_organisation(session, now, "HMRC")
        make_organisation(session, now, "DWP")
        olga, hmrc = make_person(session, now, OLGA), department.id
        dan = make_employee(session, now, department, "dan.deputy").person_id

    def may_change(person_id: UUID) -> bool:
        with transaction(ready, writes=False) as session:
            held = permissions_of(session, person_id, datetime.now(UTC))
            return held.allows(Permission.CHANGE_RECORDS, hmrc)

    deputising = ("give", DAN, *HR_THERE, "--deputy-of", OLGA)
    assert "hold no such role" in run(*deputising, "--until", "2199-01-01").output
    assert run("give", OLGA, *HR_THERE, "--operator", "DWP").exit_code == 0
    assert "needs a last day" in run(*deputising).output
    assert run(*deputising, "--until", "2199-01-01").exit_code == 0
    assert may_change(olga)
    assert may_change(dan)
    with transaction(ready, writes=False) as session:
        assert are_one(session, olga, dan, datetime.now(UTC))
    assert run("end", OLGA, *HR_THERE).exit_code == 0
    assert not may_change(olga)
    assert not may_change(dan)
    assert run("give", "nobody@hmrc.gov.uk", *HR_THERE).exit_code == 1


def test_who_holds_which_role_is_listed_on_any_day_and_as_known_on_any(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        department = make_organisation(session, now, "HMRC")
        make_organisation(session, now, "VOA", parent=department)
        olga = make_person(session, now, OLGA)
        make_employee(session, now, department, "dan.deputy")
        give_role(session, now, olga, Role.HR_OFFICER, department.id, include_subtree=True)
    run("give", DAN, *HR_THERE, "--deputy-of", OLGA, "--until", "2199-01-01")
    above, deputising = run("list", "--organisation", "HMRC").output.splitlines()
    assert above.startswith(f"{OLGA}  hr_officer at HMRC with subtree, from 2010-01-01")
    assert deputising.endswith(f"until 2199-01-01, deputy of {OLGA}")
    assert run("list", "--organisation", "VOA").output.splitlines() == [above]
    earlier = ("list", "--organisation", "HMRC", "--valid-on", "2015-01-01")
    assert run(*earlier).output.splitlines() == [above]
    assert run(*earlier, "--known-at", "2020-01-01").output == ""


def test_roles_at_an_organisation_that_has_ended_are_listed(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        department = make_organisation(session, now, "HMRC")
        give_role(session, now, make_person(session, now, OLGA), Role.HR_OFFICER, department.id)
        (detail,) = current(session, OrganisationDetail, now, now, organisation_id=department.id)
        end(session, detail, now, now, PROVENANCE)
    earlier = ("list", "--organisation", "HMRC", "--valid-on", "2015-01-01")
    assert run(*earlier).output.startswith(OLGA)
    assert "no organisation with the code 'XX'" in run("list", "--organisation", "XX").output


def test_no_role_outlives_the_employment(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        post = make_employee(session, now, make_organisation(session, now, "HMRC"), "dan.deputy")
        end(session, post, end_of_day(date(2199, 3, 13)), now, PROVENANCE)
    for until in ((), ("--until", "2199-03-14")):
        assert "They leave on 13 March 2199" in run("give", DAN, *HR_THERE, *until).output
    assert run("give", DAN, *HR_THERE, "--until", "2199-03-13").exit_code == 0
    for begins in ("2199-03-14", "2199-06-01"):
        later = ("--from", begins, "--until", "2199-12-31")
        assert "They leave on 13 March 2199" in run("give", DAN, *HR_THERE, *later).output


def test_roles_of_people_who_come_by_a_bulk_move_are_listed_until_they_are_given(ready: Engine) -> None:
    moving = make_moving(ready, datetime.now(UTC) - timedelta(hours=1), people=1)
    moving.scheduled(start_date=civil_date(moving.now) + timedelta(days=30))
    listed = run("proposed", "--organisation", "BEIS").output
    assert "peter.drafts@decc.gov.uk  hr_officer  held at DECC" in listed
    assert "mover" not in listed
    with transaction(ready) as session:
        for officer_id in (moving.preparer, moving.decc_officer):
            give_role(session, moving.now, officer_id, Role.HR_OFFICER, moving.beis.id)
    assert run("proposed", "--organisation", "BEIS").output == ""


def test_an_organisation_with_officers_gives_roles_by_itself(ready: Engine) -> None:
    with transaction(ready) as session:
        now = datetime.now(UTC)
        department = make_organisation(session, now, "HMRC")
        olga = make_employee(session, now, department, "olga.officer").person_id
        make_employee(session, now, department, "dan.deputy")
        give_role(session, now, olga, Role.SECURITY_OFFICER, department.id)
    administers = ("organisation_administrator", *HR_THERE[1:])
    assert run("give", DAN, *administers).exit_code == 0
    assert "gives roles by itself" in run("give", DAN, *HR_THERE).output
    assert run("end", DAN, *administers).exit_code == 0
    assert run("give", DAN, *HR_THERE).exit_code == 0


def test_a_reason_that_is_too_long_is_refused_by_name(ready: Engine) -> None:
    answer = run("give", DAN, *HR_THERE[:-1], "x" * 501)
    assert answer.exit_code == 2
    assert "--reason" in answer.output
    assert "500 characters or fewer" in answer.output
