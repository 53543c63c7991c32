"""The table of states: every step that it does not list is refused."""

import pytest

from profiles.errors import InvalidTransition
from profiles.transfers.models import TransferState
from profiles.transfers.states import ALLOWED, ENDED, check

PAIRS = [(present, following) for present in TransferState for following in TransferState]


@pytest.mark.parametrize(("present", "following"), [p for p in PAIRS if p[1] not in ALLOWED[p[0]]])
def test_a_step_outside_the_table_is_refused(present: TransferState, following: TransferState) -> None:
    with pytest.raises(InvalidTransition):
        check(present, following)


@pytest.mark.parametrize("state", [TransferState.LEFT, TransferState.JOINED, TransferState.RECONCILING])
def test_after_the_last_day_nobody_ends_it(state: TransferState) -> None:
    assert not ALLOWED[state] & (ENDED - {TransferState.COMPLETED})
