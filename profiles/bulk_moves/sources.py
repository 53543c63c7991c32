"""The source that facts of a bulk move name."""

from uuid import UUID

from profiles.bulk_moves.models import BulkMove


def source_of(move: BulkMove) -> str:
    """The source that every fact of this move names."""
    return source_named(move.id)


def source_named(move_id: UUID | None) -> str:
    """The source that every fact of the move with this id names."""
    return f"bulk-move:{move_id}"
