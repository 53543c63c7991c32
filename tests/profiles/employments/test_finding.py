"""Who finds whom among those who work there, begin later, have left, or have no post."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from profiles.employments.finding import Standing, count_people, find_people, holders_of
from profiles.employments.models import Employment, Posting
from profiles.employments.service import Post, appoint
from profiles.organisations.service import OrganisationView
from profiles.people import sensitive
from profiles.people.models import PersonName
from profiles.temporal import Provenance, current, end, replace
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.people import make_employee
from tests.factories.transfers import Move

ON_THE_WAY = datetime(2026, 3, 10, 12, tzinfo=UTC)
BREAK = datetime(2026, 3, 15, 12, tzinfo=UTC)
AFTER = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture
def moved(move: Move) -> Move:
    """Of whom everything is recorded that the move does."""
    move.schedule()
    return move


def names(
    move: Move, standing: Standing, now: datetime, *places: OrganisationView, text: str = ""
) -> list[str]:
    """Who is found there, and that as many are counted."""
    where = [one.id for one in places]
    found = find_people(move.session, where, standing, text, now, 1)
    assert count_people(move.session, where, standing, text, now) == found.total == len(found.people)
    return [one.name.family_name if one.name else "" for one in found.people]


def test_a_mover_is_found_by_both_as_they_stand_to_each(moved: Move) -> None:
    """One who is to come, then one who has left; never by whom they are no concern of."""
    table: Sequence[tuple[datetime, set[Standing], set[Standing]]] = (
        (ON_THE_WAY, {Standing.HERE}, {Standing.LATER}),
        (BREAK, {Standing.LEFT}, {Standing.LATER}),
        (AFTER, {Standing.LEFT}, {Standing.HERE}),
    )
    for now, at_hmrc, at_home_office in table:
        for place, expected in ((moved.hmrc, at_hmrc), (moved.home_office, at_home_office)):
            found = {one for one in Standing if "Patel" in names(moved, one, now, place)}
            assert found == expected, (now, place.code)


def test_nobody_is_found_elsewhere_by_what_only_others_know(moved: Move) -> None:
    for text in ("priya.patel@ho.gov.uk", "HO-1"):
        assert names(moved, Standing.HERE, AFTER, moved.home_office, text=text) == ["Patel"]
        for standing in Standing:
            assert names(moved, standing, AFTER, moved.hmrc, text=text) == []
    assert holders_of(moved.session, [moved.hmrc.id], "HO-1", AFTER) == []


def test_who_has_left_is_called_what_they_were_called(moved: Move) -> None:
    name = current(moved.session, PersonName, moved.now, moved.now, person_id=moved.employee)[0]
    said = Provenance(None, "test", "They married")
    replace(moved.session, name, AFTER, said, family_name="Okafor", search_key="priya okafor")
    later = AFTER + timedelta(days=1)

    assert names(moved, Standing.HERE, later, moved.home_office, text="okafor") == ["Okafor"]
    assert names(moved, Standing.LEFT, later, moved.hmrc) == ["Patel"]
    assert names(moved, Standing.LEFT, later, moved.hmrc, text="okafor") == []


def test_who_was_recorded_after_they_left_has_the_name_of_that_record(move: Move) -> None:
    """As an import of a department's leavers tells it."""
    now = datetime(2026, 6, 1, 9, tzinfo=UTC)
    employment = make_past(move, now)
    assert names(move, Standing.LEFT, now, move.hmrc) == ["Gone"]
    (name,) = current(move.session, PersonName, now, now, person_id=employment)
    later = now + timedelta(days=1)
    replace(move.session, name, later, PROVENANCE, family_name="Elsewhere", search_key="gil elsewhere")
    assert names(move, Standing.LEFT, later + timedelta(days=1), move.hmrc) == ["Gone"]


def make_past(move: Move, now: datetime) -> UUID:
    """Somebody of whom nothing was known before ``now``, and who had left by then."""
    post = make_employee(move.session, now, move.hmrc, "gil.gone")
    (employment,) = current(move.session, Employment, now, now, person_id=post.person_id)
    for fact in (post, employment):
        fact.valid_to = datetime(2026, 5, 1, tzinfo=UTC)
        move.session.add(fact)
    move.session.flush()
    return post.person_id


def test_by_an_address_and_a_number_of_theirs(moved: Move) -> None:
    for text in ("priya.patel@hmrc.gov.uk", "Priya.Patel@", "HMRC-priya.patel", "patel pri"):
        assert names(moved, Standing.HERE, moved.now, moved.hmrc, text=text) == ["Patel"], text
    assert names(moved, Standing.LEFT, AFTER, moved.hmrc, text="HMRC-priya.patel") == ["Patel"]
    assert names(moved, Standing.HERE, moved.now, moved.hmrc, text="HMRC-priya") == []
    assert names(moved, Standing.HERE, moved.now, moved.hmrc, text="%") == []


def test_who_is_employed_without_a_post(move: Move) -> None:
    (post,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    end(move.session, post, move.now, move.now, PROVENANCE)

    assert names(move, Standing.NO_POST, move.now, move.hmrc) == ["Patel"]
    assert "Patel" not in names(move, Standing.HERE, move.now, move.hmrc)
    assert names(move, Standing.NO_POST, move.now, move.home_office) == []
    assert names(move, Standing.LEFT, move.now, move.hmrc) == []


def test_who_comes_back_begins_later_and_has_not_left(moved: Move) -> None:
    """Once the first day is recorded."""
    returner = make_employee(moved.session, moved.now, moved.hmrc, "rae.returner").person_id
    (old,) = current(moved.session, Employment, moved.now, moved.now, person_id=returner)
    (post,) = current(moved.session, Posting, moved.now, moved.now, person_id=returner)
    for fact in (post, old):
        end(moved.session, fact, BREAK, moved.now, PROVENANCE)
    assert "Returner" in names(moved, Standing.LEFT, AFTER, moved.hmrc)
    appoint(
        moved.session,
        moved.now,
        PROVENANCE,
        INITIATOR,
        person_id=returner,
        organisation_id=moved.hmrc.id,
        number="HMRC-again",
        starts_on=date(2026, 4, 10),
        continuous_service_from=date(2026, 4, 10),
        post=Post(local_grade="Officer", job_title="Adviser"),
    )
    assert "Returner" not in names(moved, Standing.LEFT, AFTER, moved.hmrc)
    assert "Returner" in names(moved, Standing.LATER, AFTER, moved.hmrc)


@pytest.mark.parametrize("standing", [Standing.HERE, Standing.LATER, Standing.LEFT])
def test_nobody_who_is_marked_is_listed(moved: Move, standing: Standing) -> None:
    now, place = {
        Standing.HERE: (ON_THE_WAY, moved.hmrc),
        Standing.LATER: (ON_THE_WAY, moved.home_office),
        Standing.LEFT: (AFTER, moved.hmrc),
    }[standing]
    assert "Patel" in names(moved, standing, now, place, text="patel")
    about = {"person_id": moved.employee, "organisation_id": moved.hmrc.id}
    sensitive.mark(moved.session, moved.now, **about, officer_id=moved.hmrc_officer, reason="A threat")
    assert names(moved, standing, now, place, text="patel") == []
    assert holders_of(moved.session, [moved.hmrc.id], "HMRC-priya.patel", now) == [moved.employee]
