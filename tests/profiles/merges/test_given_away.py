"""After a split nobody is told, as held about them, what was another's while two records were one."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from profiles.access_requests.held import held_by
from profiles.employments.models import Employment, Posting
from profiles.merges.splitting import Owner
from profiles.people.models import PersonName
from profiles.temporal import Provenance, current, replace
from tests.factories.merges import Twins

DAY = timedelta(days=1)
SAID = Provenance(None, "test", "a step")


def told(twins: Twins, person_id: UUID, at: datetime, section: str, field: str) -> set[Any]:
    items = held_by(twins.session, person_id, twins.hmrc.id, at, is_lead=True)
    return {one.data[field] for one in items if one.section == section}


def test_what_came_with_the_other_record_is_theirs(twins: Twins, now: datetime) -> None:
    merge, at = twins.merge(now), now + 2 * DAY
    both = {"HMRC-priya.patel", "HMRC-p.patel"}
    assert told(twins, twins.survivor, now + DAY, "employment", "number") == both
    twins.split(merge, at)
    assert told(twins, twins.survivor, at, "employment", "number") == {"HMRC-priya.patel"}
    assert told(twins, twins.other, at, "employment", "number") == {"HMRC-p.patel"}
    ours = set(twins.session.exec(select(Employment.fact_id).where(Employment.number == "HMRC-priya.patel")))
    posts = set(twins.session.exec(select(Posting.fact_id).where(col(Posting.employment_id).in_(ours))))
    assert told(twins, twins.survivor, at, "posting", "fact") == {str(one) for one in posts}


def test_what_was_added_in_between_is_whose_an_officer_said(twins: Twins, now: datetime) -> None:
    merge, at = twins.merge(now), now + 2 * DAY
    posts = {number: twins.hire_again(now + DAY, number) for number in ("HMRC-8", "HMRC-9")}
    added = {
        one.number: one.fact_id
        for one in current(twins.session, Employment, at, at, person_id=twins.survivor)
    }
    twins.split(merge, at, {added["HMRC-9"]: Owner.OTHER})
    numbers = told(twins, twins.survivor, at, "employment", "number")
    assert numbers == {"HMRC-priya.patel", "HMRC-8"}
    facts = told(twins, twins.survivor, at, "posting", "fact")
    assert str(posts["HMRC-8"]) in facts
    assert str(posts["HMRC-9"]) not in facts
    assert "HMRC-9" in told(twins, twins.other, at, "employment", "number")


def test_what_was_changed_for_the_other_is_left_out_and_ones_own_past_is_not(
    twins: Twins, now: datetime
) -> None:
    merge, at = twins.merge(now), now + 2 * DAY
    [held] = current(twins.session, PersonName, now, now, person_id=twins.survivor)
    fact_id = held.fact_id
    replace(twins.session, held, now + DAY, SAID, family_name="Smith")
    twins.split(merge, at, {fact_id: Owner.OTHER})
    assert told(twins, twins.survivor, at, "name", "family_name") == {"Patel"}
