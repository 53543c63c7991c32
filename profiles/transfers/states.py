"""What may follow what in a permanent transfer: one table."""

from profiles.errors import InvalidTransition
from profiles.transfers.models import TransferState as S

ALLOWED: dict[S, frozenset[S]] = {
    S.DRAFT: frozenset({S.OFFERED}),
    S.OFFERED: frozenset({S.ACCEPTED, S.WITHDRAWN, S.DECLINED, S.OBJECTED}),
    S.ACCEPTED: frozenset({S.IN_PROGRESS, S.WITHDRAWN, S.DECLINED, S.OBJECTED}),
    S.IN_PROGRESS: frozenset({S.SCHEDULED, S.WITHDRAWN, S.DECLINED, S.OBJECTED}),
    S.SCHEDULED: frozenset({S.LEFT, S.WITHDRAWN, S.DECLINED, S.OBJECTED}),
    S.LEFT: frozenset({S.JOINED}),
    S.JOINED: frozenset({S.RECONCILING}),
    S.RECONCILING: frozenset({S.COMPLETED}),
    S.COMPLETED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.DECLINED: frozenset(),
    S.OBJECTED: frozenset(),
}

ENDED = frozenset(state for state, following in ALLOWED.items() if not following)


def check(present: S, following: S) -> None:
    """Raise InvalidTransition unless the table allows the step."""
    if following not in ALLOWED[present]:
        raise InvalidTransition(
            f"This transfer is {present.value.replace('_', ' ')}, so it cannot become "
            f"{following.value.replace('_', ' ')}."
        )
