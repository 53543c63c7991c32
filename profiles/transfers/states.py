"""What may follow what in a permanent transfer: one table for each regime (``organisations.move_rules``)."""

from profiles.errors import InvalidTransition
from profiles.organisations.move_rules import Regime
from profiles.transfers.models import TransferState as S

_ENDS = frozenset({S.WITHDRAWN, S.DECLINED, S.OBJECTED, S.CANCELLED, S.EXPIRED})

Table = dict[S, frozenset[S]]

_CIVIL_SERVICE: Table = {
    S.DRAFT: frozenset({S.OFFERED}),
    S.OFFERED: frozenset({S.ACCEPTED}) | _ENDS,
    S.ACCEPTED: frozenset({S.IN_PROGRESS}) | _ENDS,
    S.IN_PROGRESS: frozenset({S.IN_PROGRESS, S.SCHEDULED, S.ON_HOLD}) | _ENDS,
    S.SCHEDULED: frozenset({S.LEFT, S.IN_PROGRESS, S.ON_HOLD, S.BLOCKED}) | _ENDS - {S.EXPIRED},
    S.ON_HOLD: frozenset({S.IN_PROGRESS, S.SCHEDULED}) | _ENDS,
    S.BLOCKED: frozenset({S.IN_PROGRESS, S.SCHEDULED, S.LEFT}) | _ENDS,
    S.LEFT: frozenset({S.JOINED, S.BLOCKED, S.CANCELLED}),
    S.JOINED: frozenset({S.RECONCILING}),
    S.RECONCILING: frozenset({S.COMPLETED}),
    S.COMPLETED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.DECLINED: frozenset(),
    S.OBJECTED: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}
"""In progress may follow itself, and what is scheduled: new dates are agreed by both organisations again.

Who has left and never joins (``not_joining``) is cancelled; the old post stays ended.
"""

_BY_ORDER: Table = _CIVIL_SERVICE | {
    state: _CIVIL_SERVICE[state] - {S.WITHDRAWN} for state in (S.SCHEDULED, S.ON_HOLD, S.BLOCKED)
}
"""An order that both services have approved is obeyed, not withdrawn from: either service takes it back."""

TABLES: dict[Regime, Table] = {
    Regime.CIVIL_SERVICE: _CIVIL_SERVICE,
    Regime.POLICE: _CIVIL_SERVICE,
    Regime.ARMED_SERVICES: _BY_ORDER,
    Regime.JOINING_CIVIL_SERVICE: _CIVIL_SERVICE,
    Regime.JOINING_POLICE: _CIVIL_SERVICE,
    Regime.JOINING_ARMED_SERVICES: _CIVIL_SERVICE,
}
"""A regime that is not here has no permanent transfers."""

ENDED = frozenset(state for state, following in _CIVIL_SERVICE.items() if not following)
INTERRUPTED = frozenset({S.ON_HOLD, S.BLOCKED})
RECORDED = frozenset({S.SCHEDULED, S.LEFT, S.JOINED, S.RECONCILING, S.COMPLETED})
"""Where the facts of the move stand in the record, with dates to come or past."""


def allows(regime: Regime, present: S, following: S) -> bool:
    """Whether the table of this regime allows the step."""
    return following in TABLES.get(regime, {}).get(present, ())


def check(regime: Regime, present: S, following: S) -> None:
    """Raise InvalidTransition unless the table of this regime allows the step."""
    if not allows(regime, present, following):
        raise InvalidTransition(
            f"This transfer is {present.value.replace('_', ' ')}, so it cannot become "
            f"{following.value.replace('_', ' ')}."
        )
