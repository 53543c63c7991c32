"""The tables of states, one for each regime: every step that they do not list is refused."""

from itertools import pairwise

import pytest

from profiles.errors import InvalidTransition
from profiles.loans.models import LoanState
from profiles.loans.states import AT_HOST, BEFORE_START, ENDED, TABLES, check
from profiles.organisations.move_rules import RULES, Regime

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


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("present", LoanState)
def test_a_step_outside_the_table_is_refused(regime: Regime, present: LoanState) -> None:
    for following in set(LoanState) - TABLES[regime][present]:
        with pytest.raises(InvalidTransition):
            check(regime, present, following)


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize(("present", "following"), list(pairwise(ROAD)))
def test_the_road_of_a_loan_is_open_and_no_step_of_it_is_left_out(
    regime: Regime, present: LoanState, following: LoanState
) -> None:
    check(regime, present, following)
    ahead = set(ROAD[ROAD.index(following) + 1 :]) - {S.RETURNED}
    assert not TABLES[regime][present] & ahead


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("state", sorted(BEFORE_START))
def test_before_the_start_it_can_be_declined_and_withdrawn_unless_it_is_ordered(
    regime: Regime, state: LoanState
) -> None:
    ordered = regime is Regime.ARMED_SERVICES and state is S.SCHEDULED
    assert {S.DECLINED, S.WITHDRAWN} - TABLES[regime][state] == ({S.WITHDRAWN} if ordered else set())


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("state", sorted(AT_HOST | {S.OVERDUE}))
def test_once_begun_nobody_takes_it_back(regime: Regime, state: LoanState) -> None:
    assert not TABLES[regime][state] & (ENDED - {S.RETURNED, S.CONVERTED})
    assert S.ON_HOLD not in TABLES[regime][state]


def test_every_state_is_in_every_table() -> None:
    assert set(TABLES) == set(Regime)
    assert all(set(table) == set(LoanState) for table in TABLES.values())


def test_a_loan_turns_into_a_move_where_there_are_moves() -> None:
    converts = {regime for regime, table in TABLES.items() if S.CONVERTING in table[S.ON_LOAN]}
    assert converts == {regime for regime, rules in RULES.items() if rules.transfers}
