"""The tables of allowed steps: every pair of states, by what DOMAIN says."""

from itertools import pairwise

import pytest

from profiles.bulk_moves.models import BulkMoveState as S
from profiles.bulk_moves.models import MemberState as M
from profiles.bulk_moves.states import ENDED, MEMBER, TABLES, check
from profiles.errors import InvalidTransition
from profiles.organisations.move_rules import RULES, Regime

THE_WAY = [
    *(S.LIST_DRAFTED, S.BOTH_AGREED, S.VALIDATED, S.SCHEDULING, S.SCHEDULED, S.LEFT, S.JOINED),
    *(S.RECONCILING, S.COMPLETED),
]
EXITS = {
    (S.LIST_DRAFTED, S.REFUSED),
    (S.LIST_DRAFTED, S.CANCELLED),
    (S.CANCELLING, S.CANCELLED),
    (S.REDATING, S.LIST_DRAFTED),
    (S.REDATING, S.CANCELLING),
    *(
        (one, following)
        for one in (S.BOTH_AGREED, S.VALIDATED, S.SCHEDULING, S.SCHEDULED)
        for following in (S.REDATING, S.CANCELLING)
    ),
}


@pytest.mark.parametrize("regime", Regime)
@pytest.mark.parametrize("present", S)
def test_every_step_is_allowed_or_refused(regime: Regime, present: S) -> None:
    allowed = {*pairwise(THE_WAY), *EXITS} if RULES[regime].moves_many else set()
    for following in S:
        if (present, following) in allowed:
            check(regime, present, following)
        else:
            with pytest.raises(InvalidTransition):
                check(regime, present, following)


def test_the_tables_know_every_state() -> None:
    assert all(set(table) == set(S) for table in TABLES.values())
    assert set(MEMBER) == set(M)
    assert {S.COMPLETED, S.REFUSED, S.CANCELLED} == ENDED
