"""Names and places change from a day on, backwards too, and what was believed before stays."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.audit.service import Initiator
from profiles.errors import Invalid
from profiles.organisations import changing
from profiles.organisations.models import OrganisationDetail
from profiles.organisations.service import OrganisationView, tree
from profiles.temporal import Provenance, current, end, start_of_day
from tests.factories.organisations import PROVENANCE, make_organisation

JULY = date(2016, 7, 14)
TEST = Initiator.system("test")
HOUR = timedelta(hours=1)


def rename(session: Session, now: datetime, one: UUID, name: str, day: date = JULY) -> None:
    changing.rename(session, now, PROVENANCE, TEST, organisation_id=one, name=name, first_day=day)


def place(session: Session, now: datetime, one: UUID, under: UUID | None, day: date = JULY) -> None:
    changing.place(session, now, PROVENANCE, TEST, organisation_id=one, parent_id=under, first_day=day)


def seen(session: Session, one: UUID, day: date, known_at: datetime) -> OrganisationView:
    return tree(session, start_of_day(day), known_at).organisations[one]


def test_a_name_is_another_from_its_day_on_and_known_from_when_it_was_said(
    session: Session, now: datetime
) -> None:
    one = make_organisation(session, now, "DFID").id
    later = now + HOUR
    rename(session, later, one, "  Foreign Aid Office ")
    assert seen(session, one, JULY, later).name == "Foreign Aid Office"
    assert seen(session, one, JULY - timedelta(days=1), later).name == "Department DFID"
    assert seen(session, one, JULY, now).name == "Department DFID"


def test_from_the_first_day_of_a_name_on_it_is_corrected(session: Session, now: datetime) -> None:
    one = make_organisation(session, now, "DFID").id
    rename(session, now, one, "Forein Aid")
    later = now + HOUR
    rename(session, later, one, "Foreign Aid")
    [corrected] = current(session, OrganisationDetail, start_of_day(JULY), later, organisation_id=one)
    [before] = current(session, OrganisationDetail, start_of_day(JULY), now, organisation_id=one)
    assert (corrected.name, before.name) == ("Foreign Aid", "Forein Aid")
    assert corrected.fact_id == before.fact_id
    assert seen(session, one, date(2016, 1, 1), later).name == "Department DFID"


def test_a_name_that_comes_later_outlives_a_move_that_is_recorded_after_it(
    session: Session, now: datetime
) -> None:
    above, one = (make_organisation(session, now, code).id for code in ("HO", "HMPO"))
    rename(session, now, one, "Passports", date(2030, 1, 1))
    place(session, now, one, above, date(2026, 6, 1))
    before, after = (seen(session, one, day, now) for day in (date(2026, 5, 31), date(2031, 1, 1)))
    assert (before.name, before.parent_id) == ("Department HMPO", None)
    assert (after.name, after.parent_id) == ("Passports", above)
    assert seen(session, one, date(2026, 6, 1), now).parent_id == above


def test_a_change_recorded_for_later_is_not_overrun_by_one_of_before(session: Session, now: datetime) -> None:
    first, second, one = (make_organisation(session, now, code).id for code in ("HO", "FCO", "HMPO"))
    place(session, now, one, second, date(2030, 1, 1))
    place(session, now, one, first, date(2026, 6, 1))
    assert seen(session, one, date(2029, 12, 31), now).parent_id == first
    assert seen(session, one, date(2030, 1, 1), now).parent_id == second


@pytest.mark.parametrize(
    ("name", "day", "field"),
    [
        ("Department DFID", JULY, "name"),
        ("department hmrc", JULY, "name"),
        ("", JULY, "name"),
        ("Two\nlines", JULY, "name"),
        ("x" * 201, JULY, "name"),
        ("Foreign Aid", date(2009, 12, 31), "first_day"),
        ("Foreign Aid", date(1, 1, 1), "first_day"),
    ],
)
def test_what_is_no_new_name_is_refused(
    session: Session, now: datetime, name: str, day: date, field: str
) -> None:
    one = make_organisation(session, now, "DFID").id
    make_organisation(session, now)
    with pytest.raises(Invalid) as refused:
        rename(session, now, one, name, day)
    assert refused.value.field == field


def test_a_loop_is_refused_also_one_that_would_come_later(session: Session, now: datetime) -> None:
    top, middle, low = (make_organisation(session, now, code).id for code in ("HO", "HMPO", "GRO"))
    place(session, now, middle, top)
    place(session, now, low, middle, date(2030, 1, 1))
    for one, under in ((top, top), (top, middle), (top, low)):
        with pytest.raises(Invalid) as refused:
            place(session, now, one, under)
        assert refused.value.field == "parent"
    place(session, now, low, top, date(2026, 1, 1))
    place(session, now, low, None, date(2026, 2, 1))
    assert seen(session, low, date(2026, 2, 1), now).parent_id is None


def test_what_has_ended_or_will_is_put_above_nothing_and_what_has_ended_changes_no_more(
    session: Session, now: datetime
) -> None:
    gone, one = (make_organisation(session, now, code).id for code in ("DECC", "OGA"))
    [detail] = current(session, OrganisationDetail, now, now, organisation_id=gone)
    end(session, detail, start_of_day(date(2027, 1, 1)), now, Provenance(None, "test", "It ends"))
    for under, day in ((gone, JULY), (gone, date(2027, 1, 1)), (UUID(int=1), JULY)):
        with pytest.raises(Invalid) as refused:
            place(session, now, one, under, day)
        assert refused.value.field == "parent"
    with pytest.raises(Invalid) as refused:
        place(session, now, gone, one, date(2027, 1, 1))
    assert refused.value.field == "first_day"
    place(session, now, gone, one, date(2026, 12, 31))
