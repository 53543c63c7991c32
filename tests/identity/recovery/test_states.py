"""Every pair of states: what the table allows is done, and nothing else."""

from datetime import timedelta

import pytest
from sqlmodel import update

from identity.recovery import states
from identity.recovery.models import Recovery, RecoveryState
from profiles.errors import Conflict, InvalidTransition
from tests.factories.recoveries import Case

S = RecoveryState


def put(case: Case, recovery: Recovery, state: RecoveryState) -> None:
    case.session.execute(update(Recovery).values(state=state, is_open=state in states.OPEN))
    case.session.refresh(recovery)


@pytest.mark.parametrize("present", S)
def test_a_step_is_taken_when_the_table_has_it(case: Case, present: RecoveryState) -> None:
    recovery = case.request()
    for following in S:
        put(case, recovery, present)
        at = recovery.expires_at if following is S.EXPIRED else case.now
        if following in states.ALLOWED[present]:
            states.move_to(case.session, recovery, following, at)
            assert (recovery.state, recovery.is_open) == (following, following in states.OPEN)
        else:
            with pytest.raises(InvalidTransition):
                states.move_to(case.session, recovery, following, at)
            case.session.refresh(recovery)
            assert recovery.state is present


def test_the_table_leads_from_a_request_to_every_end_and_from_no_end_anywhere() -> None:
    assert set(states.ALLOWED) == set(S)
    assert {S.REQUESTED, S.WAITING} == states.OPEN
    assert not any(S.COMPLETED in states.ALLOWED[one] for one in S if one is not S.WAITING)


@pytest.mark.parametrize("following", [S.WAITING, S.CANCELLED, S.STOPPED])
def test_what_is_too_late_only_expires(case: Case, following: RecoveryState) -> None:
    recovery = case.request()
    with pytest.raises(Conflict):
        states.move_to(case.session, recovery, following, recovery.expires_at)
    with pytest.raises(Conflict):
        states.move_to(case.session, recovery, S.EXPIRED, recovery.expires_at - timedelta(seconds=1))


def test_of_two_who_act_at_once_one_is_told(case: Case) -> None:
    """The second has read the state that the first has changed."""
    recovery = case.request()
    case.session.execute(
        update(Recovery).values(state=S.CANCELLED).execution_options(synchronize_session=False)
    )
    with pytest.raises(Conflict):
        states.move_to(case.session, recovery, S.WAITING, case.now)
