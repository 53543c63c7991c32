"""What is over and what has not begun is corrected and withdrawn, and the days between facts move with it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.employments.models import Employment, Posting
from profiles.entitlements.preview import Change
from profiles.errors import Conflict, Invalid
from profiles.leave.models import LeaveBalance
from profiles.organisations.grades import CommonGrade
from profiles.pay.models import AllowanceKind, PayAllowance, PayRecord
from profiles.people.models import WorkAddress
from profiles.portable_profile.changes import foresee
from profiles.portable_profile.edges import MEETING, meeting
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.models import Action, ChangeState
from profiles.portable_profile.rules import EDITABLE, actions_of
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import current, end, history, record, replace, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.facts_in_turn import COMING, PAST, PRESENT, ask, in_turn, right, spans, told
from tests.factories.organisations import PROVENANCE
from tests.factories.transfers import Move

KINDS = [kind for kind in Kind if kind in EDITABLE and kind is not Kind.BIRTH_DATE]
"""A date of birth has no days."""
ENDED = [kind for kind in KINDS if Action.END in actions_of(kind)]
MET = sorted(MEETING, key=list(Kind).index)
MONTH = timedelta(days=30)


def days(facts: list[Any]) -> list[tuple[datetime, datetime | None]]:
    return [(one.valid_from, one.valid_to) for one in facts]


def says(fact: Any, values: dict[str, Any]) -> bool:
    return all(getattr(fact, name) == value for name, value in values.items())


CHECKED_AHEAD = (Kind.IDENTITY_PROOFING, 2)
"""A check counts from its day, which cannot lie ahead: it can be withdrawn alone."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_corrected_on_any_day_and_reads_as_before_when_asked_as_known_then(
    move: Move, kind: Kind
) -> None:
    values, right_by_now = right(move, kind), set()
    for which, held in enumerate(in_turn(move, kind)):
        if (kind, which) == CHECKED_AHEAD:
            continue
        if kind in (Kind.ADDRESS, Kind.EMPLOYMENT) and which:
            (name,) = values
            values = {name: f"{which}{values[name]}"}
            right_by_now.clear()
        then, before = move.now, told(move, kind, move.now)
        ask(move, kind, Action.CORRECT, held, **values)
        right_by_now.add(held.fact_id)
        assert told(move, kind, then) == before
        now = told(move, kind, move.now)
        assert {one.fact_id for one in now if says(one, values)} == right_by_now
        assert days(now) == days(before)


@pytest.mark.parametrize("kind", ENDED)
def test_every_kind_is_withdrawn_before_it_begins_and_the_one_before_may_go_on(
    move: Move, kind: Kind
) -> None:
    _past, present, coming = in_turn(move, kind)
    then, before = move.now, told(move, kind, move.now)
    ask(move, kind, Action.END, coming, valid_to=coming.valid_from, moves_neighbours=kind in MEETING)
    until = None if kind in MEETING else COMING
    assert spans(move, kind) == [(PAST, PRESENT), (PRESENT, until)]
    assert told(move, kind, then) == before
    if kind in MEETING:
        held = told(move, kind, move.now)[1]
        ask(move, kind, Action.CORRECT, held, valid_to=COMING)
        assert spans(move, kind)[1] == (present.valid_from, COMING)


def test_a_name_to_come_is_withdrawn_and_one_that_holds_is_not(move: Move) -> None:
    past, present, coming = in_turn(move, Kind.NAME)
    for held in (past, present):
        with pytest.raises(Invalid, match="cannot be done"):
            ask(move, Kind.NAME, Action.END, held, valid_to=held.valid_from)
    with pytest.raises(Invalid, match="always has a name"):
        ask(move, Kind.NAME, Action.END, coming, valid_to=COMING + MONTH)
    ask(move, Kind.NAME, Action.END, coming, valid_to=coming.valid_from)
    assert spans(move, Kind.NAME) == [(PAST, PRESENT), (PRESENT, None)]


def test_a_name_from_before_their_time_stays_as_it_is_and_its_days_are_told_to_nobody(move: Move) -> None:
    """The former one ended before the organisation first had to do with the person."""
    past, present, _coming = in_turn(move, Kind.NAME)
    for model in (Employment, Posting):
        for one in history(move.session, model, move.now, person_id=move.employee):
            replace(move.session, one, move.now, PROVENANCE, valid_from=PRESENT + MONTH)
    before = spans(move, Kind.NAME)
    assert meeting(move.session, Kind.NAME, present, move.now, move.hmrc.id) == (True, False)
    for begins in (PRESENT - MONTH, PAST, PAST - MONTH):
        with pytest.raises(Invalid, match="before or after yours") as refused:
            ask(move, Kind.NAME, Action.CORRECT, present, valid_from=begins, moves_neighbours=True)
        assert refused.value.field == "first_day"
        assert "20" not in refused.value.message
    assert spans(move, Kind.NAME) == before
    ask(move, Kind.NAME, Action.CORRECT, present, valid_to=COMING + MONTH, moves_neighbours=True)
    assert spans(move, Kind.NAME) == [before[0], (PRESENT, COMING + MONTH), (COMING + MONTH, None)]
    for model in (Employment, Posting):
        for one in history(move.session, model, move.now, person_id=move.employee):
            replace(move.session, one, move.now, PROVENANCE, valid_from=PRESENT - timedelta(days=1))
    held = told(move, Kind.NAME, move.now)[1]
    ask(move, Kind.NAME, Action.CORRECT, held, valid_from=PRESENT - MONTH, moves_neighbours=True)
    assert spans(move, Kind.NAME)[0] == (past.valid_from, PRESENT - MONTH)


@pytest.mark.parametrize("kind", MET)
def test_the_day_between_two_moves_earlier_and_later_whichever_of_them_is_corrected(
    move: Move, kind: Kind
) -> None:
    past, present, _coming = in_turn(move, kind)
    between, coming = PRESENT - MONTH, COMING + MONTH
    ask(move, kind, Action.CORRECT, past, valid_to=between, moves_neighbours=True)
    assert spans(move, kind) == [(PAST, between), (between, COMING), (COMING, None)]
    held = told(move, kind, move.now)[1]
    ask(move, kind, Action.CORRECT, held, valid_from=PRESENT, valid_to=coming, moves_neighbours=True)
    assert spans(move, kind) == [(PAST, PRESENT), (PRESENT, coming), (coming, None)]
    held = told(move, kind, move.now)[2]
    ask(move, kind, Action.CORRECT, held, valid_from=COMING, moves_neighbours=True)
    assert spans(move, kind) == [(PAST, PRESENT), (PRESENT, COMING), (COMING, None)]
    assert {one.fact_id for one in told(move, kind, move.now)} >= {past.fact_id, present.fact_id}


@pytest.mark.parametrize("kind", [Kind.PAY, Kind.POSTING, Kind.LEAVE])
def test_what_would_be_covered_twice_is_refused_with_the_days_of_what_is_there(
    move: Move, kind: Kind
) -> None:
    held = in_turn(move, kind)[1]
    before = spans(move, kind)
    for values, words, field in (
        ({"valid_from": PRESENT - MONTH}, "from 1 January 2024 to 31 December 2024 covers part", "first_day"),
        ({"valid_to": None, "moves_neighbours": True}, "from 1 January 2027 covers part", "last_day"),
    ):
        with pytest.raises(Invalid, match=words) as refused:
            ask(move, kind, Action.CORRECT, held, **values)
        assert refused.value.field == field
    for values in ({"valid_from": PAST}, {"valid_from": PAST - MONTH}):
        with pytest.raises(Invalid, match="Nothing would be left") as refused:
            ask(move, kind, Action.CORRECT, held, **values, moves_neighbours=True)
        assert refused.value.field == "first_day"
    assert spans(move, kind) == before


def test_somebody_elses_entry_is_not_named_as_being_in_the_way(move: Move) -> None:
    """A number is one employment's at a time, and an address one person's."""
    held = in_turn(move, Kind.EMPLOYMENT)[1]
    (theirs,) = current(move.session, Employment, move.now, move.now, person_id=move.hmrc_officer)
    with pytest.raises(Conflict, match="Another record already covers"):
        ask(move, Kind.EMPLOYMENT, Action.CORRECT, held, number=theirs.number)


def test_the_check_tells_which_others_move(move: Move) -> None:
    _past, present, coming = in_turn(move, Kind.PAY)
    begins = COMING + MONTH
    wanted = Wanted(
        move.employee,
        move.hmrc.id,
        Kind.PAY,
        Action.CORRECT,
        {"valid_from": begins, "moves_neighbours": True},
        "Later",
        "page:letter",
        coming.id,
    )
    effect = foresee(move.session, wanted, move.now, ())
    ((was, then),) = effect.moved
    assert was is not None
    assert then is not None
    assert (was.fact_id, was.valid_to, then.valid_to) == (present.fact_id, COMING, begins)
    assert spans(move, Kind.PAY)[1] == (PRESENT, COMING)


def an_app_for_seo(move: Move) -> None:
    app = make_app(move.session, move.now, move.hmrc, "Team Board")
    make_rule(move.session, move.now, app, organisation_id=move.hmrc.id, grade_from=CommonGrade.SEO)


def test_what_changes_access_on_a_day_to_come_is_previewed_and_waits(move: Move) -> None:
    an_app_for_seo(move)
    coming = in_turn(move, Kind.POSTING)[2]
    wanted = Wanted(
        move.employee,
        move.hmrc.id,
        Kind.POSTING,
        Action.CORRECT,
        {"local_grade": "Senior Officer"},
        "Promoted",
        "page:letter",
        coming.id,
    )
    effect = foresee(move.session, wanted, move.now, {move.hmrc.id})
    assert [(one.app_name, one.change, one.at) for one in effect.changes] == [
        ("Team Board", Change.BEGINS, COMING)
    ]
    assert ask(move, Kind.POSTING, Action.CORRECT, coming, **wanted.values) is ChangeState.WAITING
    held = told(move, Kind.POSTING, move.now)[2]
    withdrawn = {"valid_to": held.valid_from, "moves_neighbours": True}
    assert ask(move, Kind.POSTING, Action.END, held, **withdrawn) is ChangeState.WAITING


def test_what_was_changes_nobodys_access_and_waits_for_nobody(move: Move) -> None:
    an_app_for_seo(move)
    past = in_turn(move, Kind.POSTING)[0]
    assert ask(move, Kind.POSTING, Action.CORRECT, past, local_grade="Senior Officer") is ChangeState.RECORDED


def test_a_day_between_that_reaches_today_changes_access_and_waits(move: Move) -> None:
    """The past post, of a higher grade, goes on until after today."""
    an_app_for_seo(move)
    past, present, _coming = in_turn(move, Kind.POSTING)
    replace(move.session, past, move.now, PROVENANCE, local_grade="Senior Officer")
    begins = {"valid_from": move.now + MONTH, "moves_neighbours": True}
    assert ask(move, Kind.POSTING, Action.CORRECT, present, **begins) is ChangeState.WAITING
    assert spans(move, Kind.POSTING)[0] == (PAST, begins["valid_from"])


def test_what_opens_access_and_is_over_is_lengthened_until_now_at_most(move: Move) -> None:
    _past, present, coming = in_turn(move, Kind.POSTING)
    for one in (coming, present):
        ask(move, Kind.POSTING, Action.END, one, valid_to=max(one.valid_from, PRESENT + MONTH))
    held = told(move, Kind.POSTING, move.now)[1]
    for ends_at in (None, COMING, move.now + MONTH):
        with pytest.raises(Invalid, match="not begun again"):
            ask(move, Kind.POSTING, Action.CORRECT, held, valid_to=ends_at)
    longer = PRESENT + MONTH + MONTH
    ask(move, Kind.POSTING, Action.CORRECT, held, valid_to=longer)
    assert spans(move, Kind.POSTING)[1] == (PRESENT, longer)


@pytest.mark.parametrize("kind", [Kind.POSTING, Kind.PAY, Kind.PENSION, Kind.ABSENCE])
def test_nothing_under_an_employment_begins_before_it_or_outlasts_it(move: Move, kind: Kind) -> None:
    past, _present, coming = in_turn(move, kind)
    with pytest.raises(Invalid, match="began after that day") as refused:
        ask(move, kind, Action.CORRECT, past, valid_from=start_of_day(date(2020, 3, 31)))
    assert refused.value.field == "first_day"
    ask(move, kind, Action.CORRECT, past, valid_from=start_of_day(date(2020, 4, 1)))
    last = COMING + MONTH
    (employed,) = current(move.session, Employment, move.now, move.now, person_id=move.employee)
    ended = end(move.session, coming, last, move.now, PROVENANCE)
    end(move.session, employed, last, move.now, PROVENANCE)
    for ends_at in (None, last + MONTH):
        with pytest.raises(Invalid, match="employment ends before") as refused:
            ask(move, kind, Action.CORRECT, ended, valid_to=ends_at)
        assert refused.value.field == "last_day"


@pytest.mark.parametrize("model", [Posting, Employment, WorkAddress, PayRecord])
def test_what_begins_with_a_move_is_changed_with_the_move(move: Move, model: Any) -> None:
    transfer = move.schedule()
    kind = next(one for one, held in MODELS.items() if held is model)
    found = current(move.session, model, transfer.join_at, move.now, person_id=move.employee)
    (begins,) = [one for one in found if one.valid_from == transfer.join_at]
    for action, values in (
        (Action.CORRECT, right(move, kind)),
        (Action.END, {"valid_to": begins.valid_from}),
    ):
        if action in actions_of(kind):
            with pytest.raises(Invalid, match="that is agreed"):
                ask(move, kind, action, begins, **values)


def test_what_came_along_with_a_move_that_has_begun_is_the_new_employers(move: Move) -> None:
    transfer = move.schedule()
    (paid,) = current(move.session, PayRecord, transfer.join_at, move.now, person_id=move.employee)
    award = start_of_day(date(2027, 4, 1))
    carried = type(paid)(**(paid.model_dump(exclude={"id", "fact_id"}) | {"valid_from": award}))
    replace(move.session, paid, move.now, PROVENANCE, valid_to=award)
    move.session.add(carried)
    move.session.flush()
    move.now = transfer.join_at + timedelta(hours=9)
    ask(move, Kind.PAY, Action.CORRECT, carried, salary_pence=4_400_000)
    assert told(move, Kind.PAY, move.now)[-1].salary_pence == 4_400_000


def test_only_days_of_the_same_organisations_entries_move(move: Move) -> None:
    """A balance that another organisation holds under the same employment stays where it is."""
    past, _present, _coming = in_turn(move, Kind.LEAVE)
    theirs = history(move.session, LeaveBalance, move.now, person_id=move.employee)[1]
    replace(move.session, theirs, move.now, PROVENANCE, organisation_id=move.home_office.id)
    ask(move, Kind.LEAVE, Action.CORRECT, past, valid_to=PRESENT - MONTH, moves_neighbours=True)
    assert spans(move, Kind.LEAVE)[:2] == [(PAST, PRESENT - MONTH), (PRESENT, COMING)]
    held = told(move, Kind.LEAVE, move.now)[0]
    with pytest.raises(Conflict, match="Another record already covers"):
        ask(move, Kind.LEAVE, Action.CORRECT, held, valid_to=PRESENT + MONTH)


MONTHS = st.integers(-3, 40).map(lambda month: start_of_day(date(2024, 1, 1) + timedelta(days=30 * month)))
STEPS = st.lists(
    st.tuples(st.integers(0, 2), MONTHS, MONTHS | st.none(), st.sampled_from([Action.CORRECT, Action.END])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_hole_and_no_overlap_comes_about_and_history_reads_as_it_did(move: Move, steps: list[Any]) -> None:
    session, began = move.session, move.now
    example = session.begin_nested()
    in_turn(move, Kind.PAY)
    read = [(move.now, told(move, Kind.PAY, move.now))]
    for which, begins, until, action in steps:
        held = told(move, Kind.PAY, move.now)
        values: dict[str, Any] = {"valid_to": until, "moves_neighbours": True}
        if action is Action.CORRECT:
            values["valid_from"] = begins
        try:
            with session.begin_nested():
                ask(move, Kind.PAY, action, held[which % len(held)], **values)
        except (Conflict, Invalid):
            session.expire_all()
        found = spans(move, Kind.PAY)
        assert [ends for _begins, ends in found[:-1]] == [begins for begins, _ends in found[1:]]
        for then, what_we_said in read:
            assert told(move, Kind.PAY, then) == what_we_said
        read.append((move.now, told(move, Kind.PAY, move.now)))
        if not found:
            break
    example.rollback()
    session.expire_all()
    move.now = began


def test_what_a_correction_makes_overlap_is_named_where_it_was_typed(move: Move) -> None:
    """Not at a day: the days are as they were, and the kind is another."""
    (post,) = current(move.session, Posting, move.now, move.now, person_id=move.employee)
    stamp = PROVENANCE.stamp(move.now, move.now) | {
        "person_id": move.employee,
        "organisation_id": move.hmrc.id,
        "employment_id": post.employment_id,
        "amount_pence": 100_000,
    }
    kinds = AllowanceKind.LOCATION, AllowanceKind.SPECIALIST
    _first, second = [record(move.session, PayAllowance(kind=kind, **stamp)) for kind in kinds]
    wanted = Wanted(
        move.employee,
        move.hmrc.id,
        Kind.ALLOWANCE,
        Action.CORRECT,
        {"kind": kinds[0]},
        "Entered wrongly",
        "page:letter",
        second.id,
    )
    with pytest.raises(Invalid) as refused:
        foresee(move.session, wanted, move.now, ())
    assert refused.value.field == "kind"
    assert "Let its days move" not in refused.value.message
