"""What an organisation sees of a profile: its own part of its own periods."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from profiles.errors import NotFound
from profiles.people.models import PersonName
from profiles.portable_profile.employers import employers_part, versions_seen
from profiles.portable_profile.kinds import OF_PAY, Kind
from profiles.portable_profile.reading import Profile
from profiles.roles.models import Role
from profiles.temporal import Provenance, current, replace
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

LAST = datetime(2026, 3, 13, 12, tzinfo=UTC)
BREAK = datetime(2026, 3, 15, 12, tzinfo=UTC)
AFTER = datetime(2026, 4, 1, 12, tzinfo=UTC)


def seen(
    move: Move, officer: UUID, valid_at: datetime, now: datetime, known_at: datetime | None = None
) -> Profile:
    return employers_part(
        move.session,
        move.employee,
        move.permissions(officer),
        valid_at=valid_at,
        known_at=known_at or now,
        now=now,
    )


def test_the_old_employer_keeps_its_own_period_and_no_later_day(move: Move) -> None:
    move.schedule()

    kept = seen(move, move.hmrc_officer, LAST, AFTER)

    assert [one.organisation_id for one in kept.facts[Kind.POSTING]] == [move.hmrc.id]
    for at in (BREAK, AFTER):
        with pytest.raises(NotFound):
            seen(move, move.hmrc_officer, at, AFTER)


def test_the_new_employer_sees_nothing_of_the_old_one(move: Move) -> None:
    move.schedule()

    now_theirs = seen(move, move.home_office_officer, AFTER, AFTER)

    for rows in now_theirs.facts.values():
        assert all(getattr(one, "organisation_id", None) in (None, move.home_office.id) for one in rows)
    with pytest.raises(NotFound):
        seen(move, move.home_office_officer, LAST, AFTER)


def test_a_stranger_learns_nothing(move: Move) -> None:
    with pytest.raises(NotFound):
        seen(move, move.stranger, move.now, move.now)


def test_what_is_learnt_of_the_person_afterwards_is_not_the_old_employers(move: Move) -> None:
    move.schedule()
    name = current(move.session, PersonName, move.now, move.now, person_id=move.employee)[0]
    replace(move.session, name, AFTER, Provenance(None, "test", "misspelt"), family_name="Patil")
    later = AFTER + timedelta(days=1)

    old, new = seen(move, move.hmrc_officer, LAST, later), seen(move, move.home_office_officer, AFTER, later)

    assert old.facts[Kind.NAME][0].family_name == "Patel"
    assert new.facts[Kind.NAME][0].family_name == "Patil"
    versions = versions_seen(
        move.session, Kind.NAME, name.fact_id, old, move.permissions(move.hmrc_officer), later
    )
    assert [one.family_name for one in versions] == ["Patel"]  # type: ignore[attr-defined]


def test_a_security_officer_sees_clearances_and_no_pay(move: Move) -> None:
    officer = make_employee(move.session, move.now, move.hmrc, "sam.stone").person_id
    give_role(move.session, move.now, officer, Role.SECURITY_OFFICER, move.hmrc.id)

    facts = seen(move, officer, move.now, move.now).facts

    assert [one.level.value for one in facts[Kind.CLEARANCE]] == ["SC"]
    assert not any(facts[kind] for kind in OF_PAY)
