"""Where a clearance decides, a preview tells few people from nobody no more, and looking leaves a trace."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from profiles.access_policy.foreseen import FEWEST
from profiles.access_policy.grades import GradeWanted
from profiles.access_policy.grants import GrantWanted
from profiles.access_policy.models import Action, PolicyState
from profiles.access_policy.previews import MOST_AN_HOUR, note_preview
from profiles.apps.models import App
from profiles.audit.models import AuditEntry
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceLimit
from profiles.errors import Conflict
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.temporal import current, end, start_of_day
from tests.factories.apps import make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import PROVENANCE
from tests.profiles.access_policy.conftest import Owned
from tests.profiles.access_policy.test_rules import LATER, TODAY, add

FOR_CLEARED = {"least_clearance": "SC"}


def _officer_grade(owned: Owned) -> LocalGrade:
    at = {"organisation_id": owned.hmrc.id, "label": "Officer"}
    return current(owned.session, LocalGrade, owned.now, owned.now, **at)[0]


@pytest.mark.parametrize("cleared", [0, 2])
def test_nobody_and_a_few_wait_alike(owned: Owned, cleared: int) -> None:
    for person_id in owned.people[:cleared]:
        make_clearance(owned.session, owned.now, person_id, owned.hmrc)
    wanted = add(owned, conditions=FOR_CLEARED)
    assert len(owned.foresee(wanted).turns) == cleared
    waits = owned.submit(wanted, alone_up_to=FEWEST - 2)
    assert (waits.state, waits.people) == (PolicyState.WAITING, FEWEST - 1)
    assert owned.submit(wanted, alone_up_to=FEWEST - 1).state is PolicyState.RECORDED


def test_a_change_counts_as_by_clearance_where_any_rule_of_the_app_asks_for_one(owned: Owned) -> None:
    grade = GradeWanted(owned.hmrc.id, "Officer", CommonGrade.HEO, LATER, _officer_grade(owned).id)
    grant = GrantWanted(
        owned.app_id, Action.ADD, owned.people[0], "manager", owned.hmrc.id, True, TODAY, LATER
    )
    plain = add(owned)
    assert not any(owned.foresee(one).by_clearance for one in (plain, grade, grant))
    make_rule(
        owned.session, owned.now, owned.session.get_one(App, owned.app_id), valid_to=None, **FOR_CLEARED
    )
    assert all(owned.foresee(one).by_clearance for one in (plain, grade, grant))


def test_looking_leaves_a_trace_of_what_was_tried_and_of_nothing_that_was_seen(owned: Owned) -> None:
    wanted = add(owned, conditions=FOR_CLEARED | {"profession": "Cyber"})
    note_preview(owned.session, wanted, owned.foresee(wanted), owned.now, owned.owner)
    plain = add(owned)
    note_preview(owned.session, plain, owned.foresee(plain), owned.now, owned.owner)
    query = select(AuditEntry).where(AuditEntry.event == "access_policy.previewed")
    entry = owned.session.exec(query).one()
    assert (entry.initiator, entry.organisation_id, entry.app_id) == (
        str(owned.owner),
        owned.hmrc.id,
        owned.app_id,
    )
    assert entry.details["wanted"]["conditions"]["profession"] == "Cyber"
    assert entry.details.keys() == {"kind", "action", "wanted"}


def test_an_hour_has_room_for_a_few_tries(owned: Owned) -> None:
    wanted = add(owned, conditions=FOR_CLEARED)
    foreseen = owned.foresee(wanted)
    for _ in range(MOST_AN_HOUR):
        note_preview(owned.session, wanted, foreseen, owned.now, owned.owner)
    with pytest.raises(Conflict):
        note_preview(owned.session, wanted, foreseen, owned.now + timedelta(minutes=59), owned.owner)
    note_preview(owned.session, wanted, foreseen, owned.now, owned.second)
    note_preview(owned.session, wanted, foreseen, owned.now + timedelta(hours=1), owned.owner)


@pytest.mark.parametrize("last_day", [None, date(2026, 3, 31)])
def test_a_grade_that_stands_for_more_within_the_rules_time_is_foreseen(
    owned: Owned, last_day: date | None
) -> None:
    held, turns_at = _officer_grade(owned), start_of_day(LATER)
    end(owned.session, held, turns_at, owned.now, PROVENANCE)
    said = {"organisation_id": owned.hmrc.id, "label": "Officer", "common_grade": CommonGrade.HEO}
    owned.session.add(LocalGrade(**said, **PROVENANCE.stamp(owned.now, turns_at)))
    owned.session.flush()
    foreseen = owned.foresee(add(owned, conditions={"grade_from": CommonGrade.HEO}, last_day=last_day))
    later = {one.person_id for one in foreseen.turns if one.at == turns_at}
    assert later == (set() if last_day else {owned.people[1], owned.owner, owned.second})


def test_a_limit_that_ends_within_the_rules_time_is_foreseen(owned: Owned) -> None:
    make_clearance(owned.session, owned.now, owned.people[0], owned.hmrc)
    limit = {"organisation_id": owned.hmrc.id, "level": ClearanceLevel.SC, "years": 5}
    owned.session.add(ClearanceLimit(**limit, **PROVENANCE.stamp(owned.now, owned.now, start_of_day(LATER))))
    owned.session.flush()
    turns = owned.foresee(add(owned, conditions=FOR_CLEARED)).turns
    assert [(one.person_id, one.at) for one in turns] == [(owned.people[0], start_of_day(LATER))]
