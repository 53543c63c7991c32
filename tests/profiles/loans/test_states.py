"""The table of states: every step that it does not list is refused."""

from itertools import pairwise

import pytest

from profiles.errors import InvalidTransition
from profiles.loans.models import LoanState
from profiles.loans.states import ALLOWED, AT_HOST, BEFORE_START, ENDED, check

PAIRS = [(present, following) for present in LoanState for following in LoanState]
S = LoanState
ROAD = (
    S.DRAFT,
    S.EMPLOYEE_SUBMITTED,
    S.HOME_APPROVED,
    S.HOST_APPROVED,
    S.AGREEMENT_SIGNED,
    S.SCHEDULED,
    S.ON_LOAN,
    S.RETURN_DUE,
    S.RETURNED,
)


@pytest.mark.parametrize(("present", "following"), [p for p in PAIRS if p[1] not in ALLOWED[p[0]]])
def test_a_step_outside_the_table_is_refused(present: LoanState, following: LoanState) -> None:
    with pytest.raises(InvalidTransition):
        check(present, following)


@pytest.mark.parametrize(("present", "following"), list(pairwise(ROAD)))
def test_the_road_of_a_loan_is_open_and_no_step_of_it_is_left_out(
    present: LoanState, following: LoanState
) -> None:
    check(present, following)
    ahead = set(ROAD[ROAD.index(following) + 1 :]) - {S.RETURNED}
    assert not ALLOWED[present] & ahead


@pytest.mark.parametrize("state", sorted(BEFORE_START))
def test_before_the_start_it_can_be_declined_and_withdrawn(state: LoanState) -> None:
    assert {S.DECLINED, S.WITHDRAWN} <= ALLOWED[state]


@pytest.mark.parametrize("state", sorted(AT_HOST | {S.OVERDUE}))
def test_once_begun_nobody_takes_it_back(state: LoanState) -> None:
    assert not ALLOWED[state] & (ENDED - {S.RETURNED, S.CONVERTED})
    assert S.ON_HOLD not in ALLOWED[state]


def test_every_state_is_in_the_table() -> None:
    assert set(ALLOWED) == set(LoanState)
