"""Verifying the trail: each entry against its seal, the chain, its checkpoints; where the first fault is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from profiles.audit.hashing import START, chain_hash, checkpoint_statement, entry_hash, instant
from profiles.audit.trail import Checkpoint, Sealed, Trail

SEALED_WITHIN = timedelta(minutes=5)
"""How soon an entry is sealed while a worker runs."""

VerifySignature = Callable[[Checkpoint, bytes], bool | None]
"""Whether the checkpoint's key signed these bytes; None when nobody knows that key."""


class Kind(StrEnum):
    """What happened to the trail, as far as the trail itself can tell."""

    CHANGED = "changed"
    REMOVED = "removed"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"
    FORGED = "forged"
    UNKNOWN_KEY = "unknown key"
    UNSEALED = "unsealed"


@dataclass(frozen=True)
class Finding:
    """A fault at a position of the chain, in plain words; a warning leaves the trail verified."""

    kind: Kind
    position: int
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Report:
    """What verifying found: the chain's first fault, after which nothing of it is certain, and the rest."""

    entries: int
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def verified(self) -> bool:
        """Whether there is no fault; warnings aside."""
        return all(finding.warning for finding in self.findings)


def verify(
    trail: Trail,
    verify_signature: VerifySignature,
    now: datetime,
    *,
    published: Iterable[Checkpoint] = (),
) -> Report:
    """Walk the whole trail once, in bounded memory.

    ``published`` are checkpoints that were kept elsewhere: they alone tell when the end of the trail was cut
    off together with the checkpoints that covered it.
    """
    walk = _Walk(trail, verify_signature, list(published))
    fault = walk.first_fault()
    findings = [fault] if fault is not None else []
    findings += _altered_values(trail)
    findings += _unsealed(trail, now - SEALED_WITHIN)
    return Report(walk.position, walk.checkpoints_seen, tuple(findings))


class _Walk:
    def __init__(self, trail: Trail, verify_signature: VerifySignature, published: list[Checkpoint]) -> None:
        self._trail = trail
        self._verify_signature = verify_signature
        self._published = sorted(published, key=lambda checkpoint: checkpoint.position)
        self._checkpoints = _in_order(trail.checkpoints(), self._published)
        self.position = 0
        self.checkpoints_seen = 0
        self._chain = START
        self._vouched_for = 0

    def first_fault(self) -> Finding | None:
        """Follow the chain to its end; stop at the first thing that does not fit."""
        due = next(self._checkpoints, None)
        for seal in self._trail.sealed():
            if fault := self._fault_of_seal(seal):
                return fault
            self.position, self._chain = seal.position, seal.chain_hash
            while due is not None and due.position <= self.position:
                if fault := self._fault_of_checkpoint(due):
                    return fault
                due = next(self._checkpoints, None)
        return self._fault_beyond_the_end(due) if due is not None else None

    def _fault_of_seal(self, seal: Sealed) -> Finding | None:
        expected = self.position + 1
        if seal.position != expected:
            return self._missing(expected)
        if seal.entry is None:
            return Finding(
                Kind.REMOVED, expected, f"The entry at position {expected} is gone; its seal is still there."
            )
        try:
            fits = chain_hash(self._chain, seal.entry_hash, expected) == seal.chain_hash
        except ValueError:
            fits = False
        if not fits:
            return self._broken_at(expected)
        actual = entry_hash(seal.entry)
        if actual != seal.entry_hash:
            return self._differing_entry(expected, actual)
        return None

    def _missing(self, expected: int) -> Finding:
        if any(seal.position == expected for seal in self._trail.sealed()):
            return Finding(Kind.REORDERED, expected, f"Position {expected} stands at another place.")
        return Finding(
            Kind.REMOVED,
            expected,
            f"Position {expected} is missing, though later ones exist: the entry and its seal were removed.",
        )

    def _broken_at(self, expected: int) -> Finding:
        # The hash that belongs here also covers this position, so a seal that fits here was moved away.
        for seal in self._trail.sealed():
            if seal.position != expected and _continues(self._chain, seal, expected):
                text = f"The seal of position {expected} now stands at position {seal.position}."
                return Finding(Kind.REORDERED, expected, text)
        return Finding(
            Kind.CHANGED,
            expected,
            f"The chain breaks at position {expected}: its seal was changed, or entries were removed there "
            "and the rest renumbered.",
        )

    def _differing_entry(self, position: int, actual: str) -> Finding:
        for other in self._trail.sealed():
            if other.entry_hash == actual:
                text = f"The entry that was sealed at position {other.position} now stands at {position}."
                return Finding(Kind.REORDERED, position, text)
        return Finding(
            Kind.CHANGED, position, f"The entry at position {position} is not what was sealed there."
        )

    def _fault_of_checkpoint(self, checkpoint: Checkpoint) -> Finding | None:
        position = checkpoint.position
        if fault := self._fault_of_signature(checkpoint):
            return fault
        # The chain has been followed past a checkpoint only when two stand at one position.
        if position == self.position and checkpoint.chain_hash != self._chain:
            return Finding(
                Kind.REWRITTEN,
                self._vouched_for + 1,
                f"Entries and seals from position {self._vouched_for + 1} to {position} were rewritten: the "
                f"chain there is not the one that was signed at {instant(checkpoint.signed_at)}.",
            )
        self._vouched_for = position
        self.checkpoints_seen += 1
        return None

    def _fault_of_signature(self, checkpoint: Checkpoint) -> Finding | None:
        statement = checkpoint_statement(checkpoint.position, checkpoint.chain_hash, checkpoint.signed_at)
        signed = self._verify_signature(checkpoint, statement)
        where = f"checkpoint at position {checkpoint.position}"
        if signed is None:
            text = f"The {where} names a key that is not known: {checkpoint.kid}."
            return Finding(Kind.UNKNOWN_KEY, checkpoint.position, text)
        if not signed:
            text = f"The signature of the {where} does not fit: it was forged, or the checkpoint changed."
            return Finding(Kind.FORGED, checkpoint.position, text)
        return None

    def _fault_beyond_the_end(self, checkpoint: Checkpoint) -> Finding | None:
        last = checkpoint
        for later in self._checkpoints:
            last = later
        return self._fault_of_signature(checkpoint) or Finding(
            Kind.TRUNCATED,
            self.position + 1,
            f"The chain ends at position {self.position}, but a checkpoint was signed at position "
            f"{last.position}: everything after position {self.position} was cut off.",
        )


def _continues(chain: str, seal: Sealed, position: int) -> bool:
    try:
        return chain_hash(chain, seal.entry_hash, position) == seal.chain_hash
    except ValueError:
        return False


def _in_order(stored: Iterator[Checkpoint], published: list[Checkpoint]) -> Iterator[Checkpoint]:
    """Both sequences as one, by position."""
    waiting = list(published)
    for checkpoint in stored:
        while waiting and waiting[0].position <= checkpoint.position:
            yield waiting.pop(0)
        yield checkpoint
    yield from waiting


def _altered_values(trail: Trail) -> list[Finding]:
    for value in trail.altered_values():
        text = f"The personal value {value.name!r} of the entry at position {value.position} was changed."
        return [Finding(Kind.CHANGED, value.position, text)]
    return []


def _unsealed(trail: Trail, before: datetime) -> list[Finding]:
    count, first = 0, ""
    for record in trail.unsealed(before):
        count, first = count + 1, first or record["at"]
    if count == 0:
        return []
    text = f"{count} entries are not sealed yet, the first of {first}. Is a worker running?"
    return [Finding(Kind.UNSEALED, 0, text, warning=True)]
