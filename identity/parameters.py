"""The parameters of a protocol request, read strictly (RFC 6749 §3.1 and §3.2)."""

from collections.abc import Iterable

MAX_CHARACTERS = 8192
"""All names and values of one request together; what is longer never came from a real client."""

# RFC 8707 §2: the one parameter that may be sent several times; see ``find_all``.
_MAY_REPEAT = frozenset({"resource"})


class Parameters:
    """What a request sent: a parameter without a value counts as omitted, one sent twice is not believed."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        self._values: dict[str, str] = {}
        self.repeated: set[str] = set()
        """The parameters that were sent more than once."""
        for name, value in self.pairs:
            if name in self._values and name not in _MAY_REPEAT:
                self.repeated.add(name)
            self._values[name] = value

    def find(self, name: str) -> str | None:
        """The value; None when it was omitted, empty or sent twice."""
        if name in self.repeated:
            return None
        return self._values.get(name) or None

    def find_all(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter that may be sent several times, empty ones left out."""
        return tuple(value for one, value in self.pairs if one == name and value)

    @property
    def too_large(self) -> bool:
        """Whether there is more than any request needs."""
        return sum(len(name) + len(value) for name, value in self.pairs) > MAX_CHARACTERS
