"""What may follow what in the life of a union of two records, as one table."""

from profiles.errors import InvalidTransition
from profiles.merges.models import MergeState

S = MergeState

ALLOWED: dict[MergeState, frozenset[MergeState]] = {
    S.PROPOSED: frozenset({S.MERGED, S.REFUSED}),
    S.MERGED: frozenset({S.SPLIT}),
    S.REFUSED: frozenset(),
    S.SPLIT: frozenset(),
}


def check(before: MergeState, after: MergeState) -> None:
    """Raise InvalidTransition unless ``after`` may follow ``before``."""
    if after not in ALLOWED[before]:
        raise InvalidTransition("These records are not where you think they are. Look at them again.")
