"""What may follow what in the life of a request, and how long each step may take."""

from profiles.access_requests.models import RequestState as S
from profiles.errors import InvalidTransition

ALLOWED: dict[S, frozenset[S]] = {
    S.ASKED: frozenset({S.READY, S.REFUSED, S.WITHDRAWN}),
    S.READY: frozenset({S.EXPIRED}),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.EXPIRED: frozenset(),
}
EXTENDED_BY_MONTHS = 2
"""How much longer a request that is complex may take, once (UK GDPR Art 12(3))."""


def check(present: S, following: S) -> None:
    """Raise InvalidTransition unless the table allows the step."""
    if following not in ALLOWED[present]:
        raise InvalidTransition(f"This request is {present.value}, so it cannot become {following.value}.")
