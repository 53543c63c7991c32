"""What may follow what in a bulk move, for each regime (``organisations.move_rules``), and for one person."""

from profiles.bulk_moves.models import BulkMoveState as S
from profiles.bulk_moves.models import MemberState as M
from profiles.errors import InvalidTransition
from profiles.organisations.move_rules import RULES, Regime

Table = dict[S, frozenset[S]]

_CIVIL_SERVICE: Table = {
    S.LIST_DRAFTED: frozenset({S.BOTH_AGREED, S.REFUSED, S.CANCELLED}),
    S.BOTH_AGREED: frozenset({S.VALIDATED, S.REDATING, S.CANCELLING}),
    S.VALIDATED: frozenset({S.SCHEDULING, S.REDATING, S.CANCELLING}),
    S.SCHEDULING: frozenset({S.SCHEDULED, S.REDATING, S.CANCELLING}),
    S.SCHEDULED: frozenset({S.LEFT, S.REDATING, S.CANCELLING}),
    S.LEFT: frozenset({S.JOINED}),
    S.JOINED: frozenset({S.RECONCILING}),
    S.RECONCILING: frozenset({S.COMPLETED}),
    S.REDATING: frozenset({S.LIST_DRAFTED, S.CANCELLING}),
    S.CANCELLING: frozenset({S.CANCELLED}),
    S.COMPLETED: frozenset(),
    S.REFUSED: frozenset(),
    S.CANCELLED: frozenset(),
}
"""What the worker does in many small transactions, such as scheduling, has a state of its own."""

_MOVING_MANY = [regime for regime, rules in RULES.items() if rules.moves_many]
TABLES: dict[Regime, Table] = dict.fromkeys(_MOVING_MANY, _CIVIL_SERVICE)
"""A regime that is not here moves nobody by a list. In the others both organisations agree to it, also where
an order or a statute stands behind it."""

ENDED = frozenset(state for state, following in _CIVIL_SERVICE.items() if not following)
WORKED_ON = frozenset({S.BOTH_AGREED, S.SCHEDULING, S.LEFT, S.JOINED, S.REDATING, S.CANCELLING})
"""Where the worker has something to do, whatever the time."""
REDATABLE = frozenset({S.BOTH_AGREED, S.VALIDATED, S.SCHEDULING, S.SCHEDULED})
BEFORE_THE_DAY = REDATABLE | {S.REDATING}
RECORDED = frozenset({S.SCHEDULED, S.LEFT, S.JOINED, S.RECONCILING, S.COMPLETED})
"""Where the facts of the move stand in the record, with a date to come or past."""

MEMBER: dict[M, frozenset[M]] = {
    M.LISTED: frozenset({M.READY, M.SET_APART, M.CANCELLED}),
    M.READY: frozenset({M.SCHEDULED, M.SET_APART, M.LISTED, M.CANCELLED}),
    M.SET_APART: frozenset({M.READY, M.LISTED, M.CANCELLED}),
    M.SCHEDULED: frozenset({M.LEFT, M.SET_APART, M.LISTED, M.CANCELLED}),
    M.LEFT: frozenset({M.JOINED}),
    M.JOINED: frozenset({M.PAID, M.PAY_WRONG}),
    M.PAY_WRONG: frozenset({M.PAID}),
    M.PAID: frozenset(),
    M.CANCELLED: frozenset(),
}
"""Of each person; every step is one conditional UPDATE, so that nobody takes it twice."""


def check(regime: Regime, present: S, following: S) -> None:
    """Raise InvalidTransition unless the table of this regime allows the step."""
    if following not in TABLES.get(regime, {}).get(present, ()):
        raise InvalidTransition(
            f"This bulk move is {present.value.replace('_', ' ')}, so it cannot become "
            f"{following.value.replace('_', ' ')}."
        )
