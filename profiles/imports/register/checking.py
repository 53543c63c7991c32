"""What is wrong with a register's file, line by line: every line for itself, and all of them together."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from profiles.errors import Invalid
from profiles.imports.lines import Line, Lines, by_subject
from profiles.imports.records.reading import Read
from profiles.imports.register.kinds import DETAIL, DOMAIN, KIND_FIELD, SUCCESSION
from profiles.organisations.service import CODE, check_domain, check_name


class Checked(Lines):
    """The lines of a register's file, and what is wrong with them; the file has been read to its end."""

    def __init__(self, file: str, reads: Iterable[Read], now: datetime, *, with_history: bool) -> None:
        super().__init__(file, reads, now, subject_of=_subject_of, with_history=with_history)
        self.codes = {one.record.organisation for one in self.lines if one.kind == DETAIL}
        for one in self.lines:
            self._check_alone(one)
        self._check_kinds()
        if not self.problems:
            self._check_tree()
            self._check_domains()
            self._check_circles()
        self.problems.sort(key=lambda one: (one.file, one.line))

    def _check_alone(self, one: Line) -> None:
        record = one.record
        for field in ("organisation", "parent", "predecessor", "successor"):
            code = getattr(record, field, None)
            if code is not None and code not in self.codes:
                self.report(one.number, field, "unknown_reference", "names no organisation of this file")
        checks: list[tuple[str, Callable[[str], None]]] = []
        if one.kind == DETAIL:
            checks.append(("name", check_name))
            if not CODE.fullmatch(record.organisation):
                words = "must be 2 to 20 capital letters, digits and hyphens, such as HMRC"
                self.report(one.number, "organisation", "pattern", words)
        if one.kind == DOMAIN:
            checks.append(("domain", check_domain))
        for field, check in checks:
            try:
                check(getattr(record, field))
            except Invalid:
                self.report(one.number, field, "pattern", f"is no {field} of an organisation")
        if one.kind == SUCCESSION and record.predecessor == record.successor:
            self.report(one.number, "successor", "same", "is the organisation itself")

    def _check_kinds(self) -> None:
        said: dict[str, str] = {}
        for one in self.lines:
            if one.kind != DETAIL:
                continue
            kind = getattr(one.record, KIND_FIELD)
            if said.setdefault(one.record.organisation, kind) != kind:
                words = "is another than an earlier line says of this organisation"
                self.report(one.number, KIND_FIELD, "conflict", words)

    def _check_tree(self) -> None:
        """Nothing is below itself, as far as is known now: whoever walks up the tree comes to its top."""
        known = [one for one in self.lines if one.kind == DETAIL and one.is_known_now]
        for at in sorted({one.record.valid_from for one in known}):
            above = {one.record.organisation: one.record.parent for one in known if one.holds(at)}
            for one in known:
                if one.record.valid_from == at and _goes_round(one.record.organisation, above):
                    self.report(one.number, "parent", "circle", "is below the organisation itself")

    def _check_domains(self) -> None:
        """A domain begins while its organisation exists."""
        lives = by_subject([one for one in self.lines if one.kind == DETAIL and one.is_known_now])
        for one in self.lines:
            if one.kind != DOMAIN or not one.is_known_now:
                continue
            of_theirs = lives.get((DETAIL, one.record.organisation), [])
            if not any(line.holds(one.record.valid_from) for line in of_theirs):
                self.report(one.number, "valid_from", "outside", "lies outside the organisation's own time")

    def _check_circles(self) -> None:
        after: dict[str, set[str]] = defaultdict(set)
        for one in self.lines:
            if one.kind != SUCCESSION or not one.is_known_now:
                continue
            if one.record.predecessor in _reached(one.record.successor, after):
                words = "took over in turn from what it handed over to, directly or through others"
                self.report(one.number, "predecessor", "circle", words)
            else:
                after[one.record.predecessor].add(one.record.successor)


def _subject_of(kind: str, record: Any) -> tuple[str, ...]:
    if kind == SUCCESSION:
        return record.predecessor, record.successor
    return (record.domain,) if kind == DOMAIN else (record.organisation,)


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
