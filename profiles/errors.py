"""What can go wrong in the domain; the web turns each into a status once, in ``app/error_pages.py``."""

from collections.abc import Sequence


class ProfileError(Exception):
    """A request of the domain that was refused; nothing was changed.

    ``message`` is plain English for the person who asked. It holds no personal data of others.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotPermitted(ProfileError):
    """The person who asks may not do this."""


class NotFound(ProfileError):
    """There is no such thing, or the person who asks may not know that there is."""


class InvalidTransition(ProfileError):
    """The state machine has no such step from the present state."""


class Conflict(ProfileError):
    """Somebody else was first, or two facts cannot both be so."""


class Invalid(ProfileError):
    """A value is wrong; ``field`` names it where one field is to blame. ``others`` are wrong beside it."""

    def __init__(self, message: str, *, field: str | None = None, others: "Sequence[Invalid]" = ()) -> None:
        super().__init__(message)
        self.field = field
        self.others = tuple(others)


def raise_all(faults: "Sequence[Invalid]") -> None:
    """Raise the first of these with all that follow it, each once; nothing where there are none."""
    found = [each for one in faults for each in (one, *one.others)]
    if found:
        raise Invalid(found[0].message, field=found[0].field, others=found[1:])
