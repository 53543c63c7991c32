"""What may follow what in the life of an import, as one table."""

from profiles.errors import InvalidTransition
from profiles.imports.records.models import ImportState

S = ImportState

ALLOWED: dict[ImportState, frozenset[ImportState]] = {
    S.RECEIVED: frozenset({S.REFUSED, S.READY, S.WAITING, S.WITHDRAWN}),
    S.READY: frozenset({S.APPROVED, S.WITHDRAWN}),
    S.WAITING: frozenset({S.APPROVED, S.REJECTED, S.WITHDRAWN}),
    # Back to the beginning when what it was checked against has changed meanwhile.
    S.APPROVED: frozenset({S.WRITING, S.RECEIVED}),
    S.WRITING: frozenset({S.PUBLISHED, S.RECEIVED}),
    S.REFUSED: frozenset(),
    S.PUBLISHED: frozenset(),
    S.REJECTED: frozenset(),
    S.WITHDRAWN: frozenset(),
}
ENDED = frozenset(state for state, following in ALLOWED.items() if not following)


def check(before: ImportState, after: ImportState) -> None:
    """Raise InvalidTransition unless ``after`` may follow ``before``."""
    if after not in ALLOWED[before]:
        raise InvalidTransition("This import is not where you think it is. Look at it again.")
