"""What may follow what in a permanent transfer: one table."""

from profiles.errors import InvalidTransition
from profiles.transfers.models import TransferState as S

_ENDS = frozenset({S.WITHDRAWN, S.DECLINED, S.OBJECTED, S.CANCELLED, S.EXPIRED})

ALLOWED: dict[S, frozenset[S]] = {
    S.DRAFT: frozenset({S.OFFERED}),
    S.OFFERED: frozenset({S.ACCEPTED}) | _ENDS,
    S.ACCEPTED: frozenset({S.IN_PROGRESS}) | _ENDS,
    S.IN_PROGRESS: frozenset({S.IN_PROGRESS, S.SCHEDULED, S.ON_HOLD}) | _ENDS,
    S.SCHEDULED: frozenset({S.LEFT, S.IN_PROGRESS, S.ON_HOLD, S.BLOCKED}) | _ENDS - {S.EXPIRED},
    S.ON_HOLD: frozenset({S.IN_PROGRESS, S.SCHEDULED}) | _ENDS,
    S.BLOCKED: frozenset({S.IN_PROGRESS, S.SCHEDULED, S.LEFT}) | _ENDS,
    S.LEFT: frozenset({S.JOINED, S.BLOCKED}),
    S.JOINED: frozenset({S.RECONCILING}),
    S.RECONCILING: frozenset({S.COMPLETED}),
    S.COMPLETED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.DECLINED: frozenset(),
    S.OBJECTED: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}
"""In progress may follow itself, and what is scheduled: new dates are agreed by both organisations again."""

ENDED = frozenset(state for state, following in ALLOWED.items() if not following)
INTERRUPTED = frozenset({S.ON_HOLD, S.BLOCKED})
RECORDED = frozenset({S.SCHEDULED, S.LEFT, S.JOINED, S.RECONCILING, S.COMPLETED})
"""Where the facts of the move stand in the record, with dates to come or past."""


def check(present: S, following: S) -> None:
    """Raise InvalidTransition unless the table allows the step."""
    if following not in ALLOWED[present]:
        raise InvalidTransition(
            f"This transfer is {present.value.replace('_', ' ')}, so it cannot become "
            f"{following.value.replace('_', ' ')}."
        )
