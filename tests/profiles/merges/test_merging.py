"""Two records become one, and two again: who decides, and what goes to whom."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from profiles.audit.models import AuditEntry
from profiles.audit.sealing import seal
from profiles.clearances.models import CaveatKind, Clearance, ClearanceCaveat, Sponsorship
from profiles.employments.models import Employment, Posting
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.merges import service
from profiles.merges.models import Merge, MergeState
from profiles.merges.splitting import Owner, parts_of
from profiles.people.models import PersonName
from profiles.portable_profile.feed import changes_after, end_of_feed
from profiles.portable_profile.kinds import Kind
from profiles.roles.models import Role
from profiles.roles.parties import one_with
from profiles.roles.service import permissions_of
from profiles.suspensions.service import find_account_suspension, suspend_account
from profiles.temporal import Provenance, current, end, replace
from tests.factories.clearances import make_clearance
from tests.factories.merges import Twins
from tests.factories.people import give_role

DAY = timedelta(days=1)
SAID = Provenance(None, "test", "a step")


def test_what_is_taken_back_is_as_before_and_its_time_reads_as_it_was(twins: Twins, now: datetime) -> None:
    before = [twins.told(one, now) for one in (twins.survivor, twins.other)]
    merge = twins.merge(now + DAY)
    assert twins.told(twins.other, now + DAY) == []
    united = twins.told(twins.survivor, now + DAY)
    assert len(united) == len(before[0]) + len(before[1]) - 1  # one name stands for both
    twins.split(merge, now + 2 * DAY)
    assert [twins.told(one, now + 2 * DAY) for one in (twins.survivor, twins.other)] == before
    assert twins.told(twins.survivor, now + DAY) == united
    assert twins.told(twins.other, now + DAY) == []


def test_what_was_begun_under_either_number_was_begun_by_one_person(twins: Twins, now: datetime) -> None:
    both = {twins.survivor, twins.other}
    assert one_with(twins.session, twins.survivor, now) == {twins.survivor}
    merge = twins.merge(now + DAY)
    for one in both:
        assert one_with(twins.session, one, now + DAY) == both
    twins.split(merge, now + 2 * DAY)
    assert one_with(twins.session, twins.survivor, now + 2 * DAY) == {twins.survivor}


def test_three_people_decide_none_of_them_concerned(twins: Twins, now: datetime) -> None:
    give_role(twins.session, now, twins.second, Role.SECURITY_OFFICER, twins.hmrc.id)
    give_role(twins.session, now, twins.other, Role.HR_OFFICER, twins.hmrc.id)
    request = twins.propose(now)
    for part, officer in (("second", twins.asks), ("second", twins.other), ("second", twins.security)):
        with pytest.raises(NotPermitted):
            twins.as_officer(request, part, officer, now)
    assert twins.as_officer(request, "second", twins.second, now) is None
    with pytest.raises(NotPermitted):
        twins.as_officer(request, "security", twins.second, now)
    assert twins.told(twins.other, now) != []
    assert twins.as_officer(request, "security", twins.security, now) is not None


def test_nobody_asks_for_a_union_of_their_own_record(twins: Twins, now: datetime) -> None:
    twins.asks = twins.other
    with pytest.raises(NotPermitted):
        twins.propose(now)


def test_what_was_refused_may_be_asked_for_again(twins: Twins, now: datetime) -> None:
    request = twins.propose(now)
    with pytest.raises(Conflict):
        twins.propose(now)
    allowed = permissions_of(twins.session, twins.security, now)
    service.refuse(twins.session, now, request, twins.security, allowed)
    assert twins.merge(now).state is MergeState.MERGED


def test_a_reason_is_asked_for(twins: Twins, now: datetime) -> None:
    with pytest.raises(Invalid):
        service.propose_merge(
            twins.session,
            now,
            twins.asks,
            survivor_id=twins.survivor,
            merged_id=twins.other,
            organisation_id=twins.hmrc.id,
            reason=" ",
        )


def test_what_was_added_since_goes_to_whom_an_officer_says(twins: Twins, now: datetime) -> None:
    merge = twins.merge(now)
    for number in ("HMRC-8", "HMRC-9"):
        twins.hire_again(now + DAY, number)
    at = now + 2 * DAY
    added = [one for one in parts_of(twins.session, merge, at) if one.asked]
    assert [(one.kind, one.owner) for one in added] == [("employment", Owner.SURVIVOR)] * 2
    theirs = next(one for one in added if getattr(one.shown, "number") == "HMRC-9")  # noqa: B009
    twins.split(merge, at, {theirs.fact_id: Owner.OTHER})
    assert numbers(twins, at) == [{"HMRC-priya.patel", "HMRC-8"}, {"HMRC-p.patel", "HMRC-9"}]
    for person_id in (twins.survivor, twins.other):
        posts = current(twins.session, Posting, at, at, person_id=person_id)
        held = current(twins.session, Employment, at, at, person_id=person_id)
        assert {one.employment_id for one in posts} == {one.fact_id for one in held}


def numbers(twins: Twins, at: datetime) -> list[set[str]]:
    return [
        {one.number for one in current(twins.session, Employment, at, at, person_id=person_id)}
        for person_id in (twins.survivor, twins.other)
    ]


def test_a_correction_since_goes_back_with_its_fact(twins: Twins, now: datetime) -> None:
    merge, at = twins.merge(now), now + DAY
    held = next(
        one
        for one in current(twins.session, Posting, at, at, person_id=twins.survivor)
        if one.fact_id not in {part["fact_id"] for part in twins.told(twins.survivor, now - DAY)}
    )
    replace(twins.session, held, at, SAID, job_title="Head of Unit")
    twins.split(merge, at + DAY)
    titles = [
        [one.job_title for one in current(twins.session, Posting, at + DAY, at + DAY, person_id=person_id)]
        for person_id in (twins.survivor, twins.other)
    ]
    assert titles == [["Caseworker"], ["Head of Unit"]]


@pytest.mark.parametrize(
    ("owner", "name", "others"), [(Owner.SURVIVOR, "Smith", "Patel"), (Owner.OTHER, "Patel", "Smith")]
)
def test_what_the_survivor_had_and_was_changed_is_kept_or_put_back(
    twins: Twins, now: datetime, owner: Owner, name: str, others: str
) -> None:
    merge, at = twins.merge(now), now + DAY
    held = current(twins.session, PersonName, at, at, person_id=twins.survivor)[0]
    fact_id = held.fact_id
    replace(twins.session, held, at, SAID, family_name="Smith")
    twins.split(merge, at + DAY, {fact_id: owner})
    found = [
        current(twins.session, PersonName, at + DAY, at + DAY, person_id=one)[0].family_name
        for one in (twins.survivor, twins.other)
    ]
    assert found == [name, others]


def test_what_the_survivor_had_and_was_taken_out_is_put_back(twins: Twins, now: datetime) -> None:
    merge, at = twins.merge(now), now + DAY
    before = twins.told(twins.survivor, now - timedelta(microseconds=1))
    ours = {one["fact_id"] for one in before}
    held = current(twins.session, Posting, at, at, person_id=twins.survivor)
    lost = next(one for one in held if one.fact_id in ours)
    fact_id = lost.fact_id
    end(twins.session, lost, lost.valid_from, at, SAID)
    twins.split(merge, at + DAY, {fact_id: Owner.OTHER})
    assert twins.told(twins.survivor, at + DAY) == before


def test_a_suspension_since_holds_for_both(twins: Twins, now: datetime) -> None:
    merge, at = twins.merge(now), now + 2 * DAY
    suspend(twins, twins.survivor, now + DAY)
    twins.split(merge, at)
    for person_id in (twins.survivor, twins.other):
        assert find_account_suspension(twins.session, person_id, at)


def suspend(twins: Twins, person_id: object, at: datetime) -> None:
    suspend_account(
        twins.session,
        at,
        person_id=person_id,  # type: ignore[arg-type]
        organisation_id=twins.hmrc.id,
        officer_id=twins.security,
        reason="A report",
    )


def test_a_clearance_goes_along_with_its_sponsor_and_comes_back(twins: Twins, now: datetime) -> None:
    earlier = now - timedelta(hours=1)
    make_clearance(twins.session, earlier, twins.other, twins.hmrc)
    merge = twins.merge(now)
    held = current(twins.session, Clearance, now, now, person_id=twins.survivor)[0]
    assert current(twins.session, Sponsorship, now, now, clearance_id=held.fact_id)
    caveat = ClearanceCaveat(
        person_id=twins.survivor,
        clearance_id=held.fact_id,
        name="STRAP",
        kind=CaveatKind.ADDITION,
        **SAID.stamp(now + DAY, now),
    )
    twins.session.add(caveat)
    twins.split(merge, now + 2 * DAY)
    at = now + 2 * DAY
    back = current(twins.session, Clearance, at, at, person_id=twins.other)[0]
    assert [one.name for one in current(twins.session, ClearanceCaveat, at, at, clearance_id=back.fact_id)]
    assert current(twins.session, Clearance, at, at, person_id=twins.survivor) == []


def test_a_role_is_not_taken_over_and_comes_back(twins: Twins, now: datetime) -> None:
    give_role(twins.session, now - timedelta(hours=1), twins.other, Role.PLATFORM_ADMINISTRATOR, None)
    merge = twins.merge(now)
    for person_id in (twins.survivor, twins.other):
        assert not permissions_of(twins.session, person_id, now).any
    at = now + DAY
    twins.split(merge, at)
    held = [permissions_of(twins.session, one, at).any for one in (twins.survivor, twins.other)]
    assert held == [False, True]


def test_which_of_two_clearances_stands_is_not_for_a_union_to_say(twins: Twins, now: datetime) -> None:
    for person_id in (twins.survivor, twins.other):
        make_clearance(twins.session, now - timedelta(hours=1), person_id, twins.hmrc)
    with pytest.raises(Conflict, match="which of them stands"):
        twins.merge(now)


def test_who_was_named_as_line_manager_is_named_anew_and_again(twins: Twins, now: datetime) -> None:
    staff = current(twins.session, Posting, now, now, person_id=twins.asks)[0]
    replace(twins.session, staff, now - timedelta(hours=1), SAID, line_manager_id=twins.other)
    merge = twins.merge(now)
    assert manager_of(twins, now) == twins.survivor
    twins.split(merge, now + DAY)
    assert manager_of(twins, now + DAY) == twins.other


def manager_of(twins: Twins, at: datetime) -> object:
    return current(twins.session, Posting, at, at, person_id=twins.asks)[0].line_manager_id


def test_the_trail_and_the_feed_tell_it_of_both(twins: Twins, now: datetime) -> None:
    merge = twins.merge(now)
    twins.split(merge, now + DAY)
    entries = twins.session.exec(
        select(AuditEntry).where(col(AuditEntry.event).in_(["person.merged", "person.split"]))
    ).all()
    pair = {twins.survivor, twins.other}
    assert [
        (one.event, one.person_id) for one in sorted(entries, key=lambda one: (one.at, str(one.person_id)))
    ] == [
        (event, person_id)
        for event in ("person.merged", "person.split")
        for person_id in sorted(pair, key=str)
    ]
    seal(twins.session, now + DAY, limit=5000, everything=True)
    mark, told = end_of_feed(twins.session)._replace(position=0), []
    more = True
    while more:
        page = changes_after(twins.session, mark, {Kind.EMPLOYMENT})
        mark, more = page.mark, page.more
        told += [(one.changed_at, one.person_id, one.withdrawn) for one in page.changes]
    assert (now, twins.other, True) in told
    assert (now, twins.survivor, False) in told
    assert (now + DAY, twins.survivor, True) in told
    assert (now + DAY, twins.other, False) in told


def test_one_record_is_part_of_one_other(twins: Twins, now: datetime) -> None:
    twins.merge(now)
    for survivor, merged in ((twins.security, twins.survivor), (twins.second, twins.other)):
        with pytest.raises(Conflict):
            service.propose_merge(
                twins.session,
                now + DAY,
                twins.asks,
                survivor_id=survivor,
                merged_id=merged,
                organisation_id=twins.hmrc.id,
                reason="Once more",
            )
    assert len(twins.session.exec(select(Merge)).all()) == 1
