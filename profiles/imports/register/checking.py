"""What is wrong with a register's file, line by line: every line for itself, and all of them together."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from profiles.errors import Invalid
from profiles.imports.records.problems import Problem
from profiles.imports.records.reading import Read
from profiles.imports.register.kinds import DETAIL, DOMAIN, KIND_FIELD, SUCCESSION
from profiles.organisations.service import CODE, check_domain, check_name

MOST_LINES = 200_000
"""A thousand organisations with two hundred lines each."""


@dataclass(frozen=True)
class Line:
    """A line that can be read by itself."""

    number: int
    kind: str
    record: Any

    @property
    def subject(self) -> tuple[str, ...]:
        """What it says something of."""
        if self.kind == SUCCESSION:
            return self.record.predecessor, self.record.successor
        return (self.record.domain,) if self.kind == DOMAIN else (self.record.organisation,)

    @property
    def is_known_now(self) -> bool:
        """Whether it is what is known, and was not corrected."""
        return self.record.superseded_at is None

    def holds(self, at: datetime) -> bool:
        """Whether it is so at ``at``."""
        ends = self.record.valid_until
        return self.record.valid_from <= at and (ends is None or at < ends)


class Checked:
    """The lines of a file, and what is wrong with them; the file has been read to its end."""

    def __init__(self, file: str, reads: Iterable[Read], now: datetime, *, with_history: bool) -> None:
        self.lines: list[Line] = []
        self.problems: list[Problem] = []
        self._file, self._now, self._with_history = file, now, with_history
        for read in reads:
            self.problems += read.problems
            if read.kind is not None and read.record is not None:
                self.lines.append(Line(read.line, read.kind.name, read.record))
            if len(self.lines) > MOST_LINES:
                self._report(read.line, "", "too_long", f"is beyond the {MOST_LINES:,} that a register has")
                return
        self.codes = {one.record.organisation for one in self.lines if one.kind == DETAIL}
        for one in self.lines:
            self._check_alone(one)
        self._check_keys()
        self._check_kinds()
        self._check_overlaps()
        if not self.problems:
            self._check_tree()
            self._check_domains()
            self._check_circles()
        self.problems.sort(key=lambda one: (one.file, one.line))

    def _report(self, line: int, field: str, code: str, message: str) -> None:
        self.problems.append(Problem(self._file, line, field, code, message))

    def _check_alone(self, one: Line) -> None:
        record = one.record
        for field in ("organisation", "parent", "predecessor", "successor"):
            code = getattr(record, field, None)
            if code is not None and code not in self.codes:
                self._report(one.number, field, "unknown_reference", "names no organisation of this file")
        checks: list[tuple[str, Callable[[str], None]]] = []
        if one.kind == DETAIL:
            checks.append(("name", check_name))
            if not CODE.fullmatch(record.organisation):
                words = "must be 2 to 20 capital letters, digits and hyphens, such as HMRC"
                self._report(one.number, "organisation", "pattern", words)
        if one.kind == DOMAIN:
            checks.append(("domain", check_domain))
        for field, check in checks:
            try:
                check(getattr(record, field))
            except Invalid:
                self._report(one.number, field, "pattern", f"is no {field} of an organisation")
        if one.kind == SUCCESSION and record.predecessor == record.successor:
            self._report(one.number, "successor", "same", "is the organisation itself")
        self._check_moments(one)

    def _check_moments(self, one: Line) -> None:
        if not self._with_history:
            if one.record.recorded_at is not None:
                words = "says when it was recorded, which is read only with --history"
                self._report(one.number, "recorded_at", "not_yours", words)
            return
        if one.record.recorded_at is None:
            words = "is missing: in a register with history every line says when it was recorded"
            self._report(one.number, "recorded_at", "missing", words)
        for field in ("recorded_at", "superseded_at"):
            at = getattr(one.record, field)
            if at is not None and at > self._now:
                self._report(one.number, field, "in_future", "lies ahead, and nothing was known then")

    def _check_keys(self) -> None:
        firsts: dict[tuple[str, str], Line] = {}
        for one in self.lines:
            key = one.kind, one.record.source_key
            if key in firsts:
                self._report(one.number, "source_key", "key_twice", "stands on an earlier line already")
            firsts.setdefault(key, one)
        for one in self.lines:
            if one.record.continues is None:
                continue
            first = firsts.get((one.kind, one.record.continues))
            if first is None or first.record.continues is not None:
                words = "must name the first line of the same fact"
                self._report(one.number, "continues", "unknown_reference", words)
            elif first.subject != one.subject:
                words = "goes on with a line about something else"
                self._report(one.number, "continues", "other_subject", words)

    def _check_kinds(self) -> None:
        said: dict[str, str] = {}
        for one in self.lines:
            if one.kind != DETAIL:
                continue
            kind = getattr(one.record, KIND_FIELD)
            if said.setdefault(one.record.organisation, kind) != kind:
                words = "is another than an earlier line says of this organisation"
                self._report(one.number, KIND_FIELD, "conflict", words)

    def _check_overlaps(self) -> None:
        """Of one organisation, domain or pair a single line is so at a time, as believed at a moment."""
        for those in _by_subject(self.lines).values():
            those.sort(key=lambda one: (one.record.valid_from, one.number))
            for index, one in enumerate(those):
                for other in those[index + 1 :]:
                    if one.record.valid_until and other.record.valid_from >= one.record.valid_until:
                        break
                    if _believed_together(one.record, other.record):
                        later = max(one, other, key=lambda line: line.number)
                        words = f"covers a time that line {min(one.number, other.number)} covers"
                        self._report(later.number, "valid_from", "overlap", words)

    def _check_tree(self) -> None:
        """Nothing is below itself, as far as is known now: whoever walks up the tree comes to its top."""
        known = [one for one in self.lines if one.kind == DETAIL and one.is_known_now]
        for at in sorted({one.record.valid_from for one in known}):
            above = {one.record.organisation: one.record.parent for one in known if one.holds(at)}
            for one in known:
                if one.record.valid_from == at and _goes_round(one.record.organisation, above):
                    self._report(one.number, "parent", "circle", "is below the organisation itself")

    def _check_domains(self) -> None:
        """A domain begins while its organisation exists."""
        lives = _by_subject([one for one in self.lines if one.kind == DETAIL and one.is_known_now])
        for one in self.lines:
            if one.kind != DOMAIN or not one.is_known_now:
                continue
            of_theirs = lives.get((DETAIL, one.record.organisation), [])
            if not any(line.holds(one.record.valid_from) for line in of_theirs):
                self._report(one.number, "valid_from", "outside", "lies outside the organisation's own time")

    def _check_circles(self) -> None:
        after: dict[str, set[str]] = defaultdict(set)
        for one in self.lines:
            if one.kind != SUCCESSION or not one.is_known_now:
                continue
            if one.record.predecessor in _reached(one.record.successor, after):
                words = "took over in turn from what it handed over to, directly or through others"
                self._report(one.number, "predecessor", "circle", words)
            else:
                after[one.record.predecessor].add(one.record.successor)


def _by_subject(lines: Sequence[Line]) -> dict[tuple[str, ...], list[Line]]:
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


def _goes_round(code: str, above: dict[str, str | None]) -> bool:
    step, seen = above.get(code), set[str]()
    while step is not None and step not in seen:
        if step == code:
            return True
        seen.add(step)
        step = above.get(step)
    return False


def _reached(code: str, after: dict[str, set[str]]) -> set[str]:
    found, to_do = set[str](), {code}
    while to_do:
        found |= to_do
        to_do = {one for each in to_do for one in after.get(each, ())} - found
    return found
