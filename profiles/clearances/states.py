"""What may follow what in the life of a clearance: one table (DOMAIN, *State machines*).

Lanyard records what the vetting authority and the sponsors decided; it never grants.
"""

from profiles.clearances.models import ClearanceStatus as S
from profiles.errors import InvalidTransition

ALLOWED: dict[S | None, frozenset[S]] = {
    None: frozenset({S.REQUESTED, S.ACTIVE}),
    S.REQUESTED: frozenset({S.BPSS_CONFIRMED, S.CANCELLED}),
    S.BPSS_CONFIRMED: frozenset({S.IN_VETTING, S.CANCELLED}),
    S.IN_VETTING: frozenset({S.ACTIVE, S.REFUSED, S.CANCELLED}),
    S.REFUSED: frozenset(),
    S.CANCELLED: frozenset(),
    S.ACTIVE: frozenset(
        {S.RENEWAL_IN_PROGRESS, S.TRANSFER_REQUESTED, S.SUSPENDED, S.EXPIRED, S.LAPSED, S.WITHDRAWN}
    ),
    S.RENEWAL_IN_PROGRESS: frozenset({S.ACTIVE, S.EXPIRED, S.SUSPENDED, S.LAPSED, S.WITHDRAWN}),
    S.TRANSFER_REQUESTED: frozenset(
        {S.EXPORTER_RELEASED, S.EXPORTER_REFUSED, S.ACTIVE, S.SUSPENDED, S.EXPIRED, S.WITHDRAWN}
    ),
    S.EXPORTER_RELEASED: frozenset({S.ACTIVE, S.SUSPENDED, S.EXPIRED, S.WITHDRAWN}),
    S.EXPORTER_REFUSED: frozenset({S.LAPSED, S.ACTIVE, S.SUSPENDED, S.EXPIRED, S.WITHDRAWN}),
    S.SUSPENDED: frozenset({S.ACTIVE, S.WITHDRAWN}),
    S.EXPIRED: frozenset(),
    S.LAPSED: frozenset({S.REINSTATEMENT_REQUESTED}),
    S.REINSTATEMENT_REQUESTED: frozenset({S.ACTIVE, S.LAPSED}),
    S.WITHDRAWN: frozenset(),
}
"""The status None is that of a clearance of which nothing is recorded yet.

A suspension and a withdrawal take effect at once, so they may follow whatever can be used, also in the middle
of a renewal or a transfer. A move of Lanyard keeps what it asks of a clearance with itself (ADR 67): the
three statuses of one come from departments' own systems alone.
"""

DECIDING = frozenset({S.REQUESTED, S.BPSS_CONFIRMED, S.IN_VETTING})
USABLE = frozenset(
    {S.ACTIVE, S.RENEWAL_IN_PROGRESS, S.TRANSFER_REQUESTED, S.EXPORTER_RELEASED, S.EXPORTER_REFUSED}
)
"""What does not stand in the way of using a clearance: a pending transfer interrupts nothing."""
CUTTING = frozenset({S.SUSPENDED, S.WITHDRAWN, S.EXPIRED, S.LAPSED, S.REFUSED, S.CANCELLED})
"""What never opens anything, and therefore waits for nobody."""
OVER = frozenset({S.REFUSED, S.CANCELLED, S.EXPIRED, S.LAPSED, S.WITHDRAWN})
"""What makes room for a new clearance of the same level."""

AT_LEAVE: dict[S, S] = dict.fromkeys(USABLE | {S.REINSTATEMENT_REQUESTED}, S.LAPSED) | dict.fromkeys(
    DECIDING, S.CANCELLED
)
"""What a clearance becomes with the last day where it is not released; what is not here stays as it is."""


def check(present: S | None, following: S) -> None:
    """Raise InvalidTransition unless the table allows the step."""
    if following not in ALLOWED[present]:
        now = "not recorded" if present is None else present.value.replace("_", " ")
        raise InvalidTransition(
            f"This clearance is {now}, so it cannot become {following.value.replace('_', ' ')}."
        )
