"""A small file that is read whole: its lines, and what is wrong with each and with them together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from profiles.imports.records.problems import Problem
from profiles.imports.records.reading import Read

MOST_LINES = 200_000


@dataclass(frozen=True)
class Line:
    """A line that can be read by itself. ``subject`` is what it says something of."""

    number: int
    kind: str
    record: Any
    subject: tuple[str, ...]

    @property
    def is_known_now(self) -> bool:
        """Whether it is what is known, and was not corrected."""
        return self.record.superseded_at is None

    def holds(self, at: datetime) -> bool:
        """Whether it is so at ``at``."""
        ends = self.record.valid_until
        return self.record.valid_from <= at and (ends is None or at < ends)


class Lines:
    """The lines of a file, and what is wrong with them; the file has been read to its end."""

    def __init__(
        self,
        file: str,
        reads: Iterable[Read],
        now: datetime,
        *,
        subject_of: Callable[[str, Any], tuple[str, ...]],
        with_history: bool,
    ) -> None:
        self.lines: list[Line] = []
        self.problems: list[Problem] = []
        self._file, self._now, self._with_history = file, now, with_history
        for read in reads:
            self.problems += read.problems
            if read.kind is not None and read.record is not None:
                name, record = read.kind.name, read.record
                self.lines.append(Line(read.line, name, record, subject_of(name, record)))
            if len(self.lines) > MOST_LINES:
                self.report(read.line, "", "too_long", f"is beyond the {MOST_LINES:,} that such a file has")
                self.lines = []
                return
        for one in self.lines:
            self._check_moments(one)
        self._check_keys()
        self._check_overlaps()

    def report(self, line: int, field: str, code: str, message: str) -> None:
        """Note that something is wrong with a line."""
        self.problems.append(Problem(self._file, line, field, code, message))

    def _check_moments(self, one: Line) -> None:
        if not self._with_history:
            if one.record.recorded_at is not None:
                words = "says when it was recorded, which is read only with --history"
                self.report(one.number, "recorded_at", "not_yours", words)
            return
        if one.record.recorded_at is None:
            words = "is missing: in a file with history every line says when it was recorded"
            self.report(one.number, "recorded_at", "missing", words)
        for field in ("recorded_at", "superseded_at"):
            at = getattr(one.record, field)
            if at is not None and at > self._now:
                self.report(one.number, field, "in_future", "lies ahead, and nothing was known then")

    def _check_keys(self) -> None:
        firsts: dict[tuple[str, str], Line] = {}
        for one in self.lines:
            key = one.kind, one.record.source_key
            if key in firsts:
                self.report(one.number, "source_key", "key_twice", "stands on an earlier line already")
            firsts.setdefault(key, one)
        for one in self.lines:
            if one.record.continues is None:
                continue
            first = firsts.get((one.kind, one.record.continues))
            if first is None or first.record.continues is not None:
                words = "must name the first line of the same fact"
                self.report(one.number, "continues", "unknown_reference", words)
            elif first.subject != one.subject:
                words = "goes on with a line about something else"
                self.report(one.number, "continues", "other_subject", words)

    def _check_overlaps(self) -> None:
        """Of one subject a single line of a kind is so at a time, as believed at a moment."""
        for those in by_subject(self.lines).values():
            those.sort(key=lambda one: (one.record.valid_from, one.number))
            for index, one in enumerate(those):
                for other in those[index + 1 :]:
                    if one.record.valid_until and other.record.valid_from >= one.record.valid_until:
                        break
                    if _believed_together(one.record, other.record):
                        later = max(one, other, key=lambda line: line.number)
                        words = f"covers a time that line {min(one.number, other.number)} covers"
                        self.report(later.number, "valid_from", "overlap", words)


def by_subject(lines: Sequence[Line]) -> dict[tuple[str, ...], list[Line]]:
    """The lines of each kind about each subject."""
    found: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for one in lines:
        found[one.kind, *one.subject].append(one)
    return found


def _believed_together(one: Any, other: Any) -> bool:
    """Whether both were known at one moment; a line that does not say since when has always been."""
    first, second = sorted(
        (one, other), key=lambda record: (record.recorded_at is not None, record.recorded_at)
    )
    return (
        first.superseded_at is None or second.recorded_at is None or second.recorded_at < first.superseded_at
    )
