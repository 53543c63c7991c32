"""The tables of states, one for each regime: every step that they do not list is refused."""

import pytest

from profiles.errors import InvalidTransition
from profiles.organisations.move_rules import RULES, Regime
from profiles.transfers.models import TransferState
from profiles.transfers.states import ENDED, TABLES, check

BEGUN = [TransferState.LEFT, TransferState.JOINED, TransferState.RECONCILING]


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("present", TransferState)
def test_a_step_outside_the_table_is_refused(regime: Regime, present: TransferState) -> None:
    for following in set(TransferState) - TABLES.get(regime, {}).get(present, frozenset()):
        with pytest.raises(InvalidTransition):
            check(regime, present, following)


@pytest.mark.parametrize("regime", TABLES)
@pytest.mark.parametrize("state", BEGUN)
def test_after_the_last_day_it_ends_only_where_they_never_join(regime: Regime, state: TransferState) -> None:
    never_joins = {TransferState.CANCELLED} if state is TransferState.LEFT else set()
    assert TABLES[regime][state] & (ENDED - {TransferState.COMPLETED}) == never_joins


def test_a_regime_has_a_table_where_it_has_transfers_and_every_table_knows_every_state() -> None:
    assert set(TABLES) == {regime for regime, rules in RULES.items() if rules.transfers}
    assert all(set(table) == set(TransferState) for table in TABLES.values())


@pytest.mark.parametrize("regime", TABLES)
@pytest.mark.parametrize(
    "state", [s for s in TransferState if s not in ENDED | {*BEGUN, TransferState.DRAFT}]
)
def test_either_organisation_can_stop_a_move_before_the_last_day(
    regime: Regime, state: TransferState
) -> None:
    assert {TransferState.DECLINED, TransferState.OBJECTED, TransferState.CANCELLED} <= TABLES[regime][state]
