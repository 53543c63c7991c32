"""Which clearance a move takes along, by the level that the new post requires.

Of the same level, the clearance goes along when it is released. Of a higher one that is held, the lower is
granted from it, and the higher stays behind. Where a higher one is required than is held, the new department
applies for it. Nothing goes along that the new department has not asked for.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceStatus
from profiles.clearances.states import USABLE


class Held(Protocol):
    """A clearance as it is held."""

    @property
    def level(self) -> ClearanceLevel: ...

    @property
    def status(self) -> ClearanceStatus: ...


AnyHeld = TypeVar("AnyHeld", bound=Held)
_ASKED_FOR = USABLE | {ClearanceStatus.SUSPENDED}
"""What is suspended is asked for too: it goes along suspended, and its security officer decides."""


def find_source(held: Iterable[AnyHeld], required: ClearanceLevel | None) -> AnyHeld | None:
    """The clearance that covers what is required: of that very level, or else the lowest that is higher."""
    if required is None:
        return None
    covering = [one for one in held if one.status in _ASKED_FOR and one.level.satisfies(required)]
    levels = list(ClearanceLevel)
    return min(covering, key=lambda one: levels.index(one.level), default=None)
