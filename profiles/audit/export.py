"""The trail as a file (JSON Lines) that can be verified without the database.

Lines: one ``header``, then ``key``, ``checkpoint``, ``sealed`` and ``unsealed`` lines, one ``end``. Personal
values stay behind: an export must not outlive their erasure.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from profiles.audit.hashing import canonical_json, instant
from profiles.audit.trail import AlteredValue, Checkpoint, Sealed, Trail
from profiles.errors import Invalid

FORMAT = "lanyard-audit-1"


def lines(trail: Trail, public_keys: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[bytes]:
    """Every line of an export, each with its newline. ``public_keys`` are JWKs with their ``kid``."""
    count = 0
    for line in _objects(trail, public_keys, now):
        count += 1
        yield canonical_json(line) + b"\n"
    yield canonical_json({"type": "end", "lines": count}) + b"\n"


def checkpoint_object(checkpoint: Checkpoint) -> dict[str, Any]:
    """A checkpoint as JSON values, as it is exported and published."""
    return asdict(checkpoint) | {"signed_at": instant(checkpoint.signed_at)}


def read_checkpoint(unverified_text: str | bytes) -> Checkpoint:
    """A checkpoint that was published as JSON. Raises Invalid when it is none."""
    try:
        return _checkpoint(json.loads(unverified_text))
    except (ValueError, KeyError, TypeError):
        raise Invalid("This is not a checkpoint of an audit trail.") from None


class FileTrail:
    """The trail in an export, read line by line."""

    def __init__(self, path: Path) -> None:
        """Raises Invalid when the file is no export or is cut short, with the number of the line."""
        self._path = path
        self._check()

    def public_keys(self) -> list[dict[str, Any]]:
        """The JWKs in the file: they prove that it is consistent, not who made it."""
        return [line["jwk"] for line in self._of_type("key")]

    def sealed(self) -> Iterator[Sealed]:
        for line in self._of_type("sealed"):
            yield Sealed(line["position"], line["entry_hash"], line["chain_hash"], line["entry"])

    def checkpoints(self) -> Iterator[Checkpoint]:
        for line in self._of_type("checkpoint"):
            yield _checkpoint(line["checkpoint"])

    def unsealed(self, before: datetime) -> Iterator[dict[str, Any]]:
        for line in self._of_type("unsealed"):
            if datetime.fromisoformat(line["entry"]["at"]) < before:
                yield line["entry"]

    def altered_values(self) -> Iterator[AlteredValue]:
        return iter(())

    def _check(self) -> None:
        number, last = 0, ""
        for number, line in enumerate(self._lines(), start=1):
            problem = _problem_of(line)
            if number == 1 and (line.get("type") != "header" or line.get("format") != FORMAT):
                problem = f"does not begin an export ({FORMAT})"
            if problem:
                raise Invalid(f"Line {number} {problem}.")
            last = line["type"]
        if last != "end":
            raise Invalid(f"The export ends at line {number} without its last line: it was cut short.")

    def _of_type(self, kind: str) -> Iterator[dict[str, Any]]:
        return (line for line in self._lines() if line["type"] == kind)

    def _lines(self) -> Iterator[dict[str, Any]]:
        with self._path.open("rb") as file:
            for number, text in enumerate(file, start=1):
                try:
                    line = json.loads(text.decode("utf-8", "surrogatepass"))
                except ValueError:
                    raise Invalid(f"Line {number} is not JSON in UTF-8.") from None
                if not isinstance(line, dict):
                    raise Invalid(f"Line {number} is not a JSON object.")
                yield line


def _objects(
    trail: Trail, public_keys: Iterable[Mapping[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    yield {"type": "header", "format": FORMAT, "exported_at": instant(now)}
    for jwk in public_keys:
        yield {"type": "key", "jwk": dict(jwk)}
    for checkpoint in trail.checkpoints():
        yield {"type": "checkpoint", "checkpoint": checkpoint_object(checkpoint)}
    for seal in trail.sealed():
        yield {"type": "sealed", **asdict(seal)}
    for record in trail.unsealed(now):
        yield {"type": "unsealed", "entry": record}


def _problem_of(line: dict[str, Any]) -> str:
    """What is wrong with the form of a line, or nothing; what it says is for ``verify`` to judge."""
    try:
        match line["type"]:
            case "checkpoint":
                _checkpoint(line["checkpoint"])
            case "sealed":
                _require(type(line["position"]) is int and line["position"] >= 0)
                _require(isinstance(line["entry_hash"], str) and isinstance(line["chain_hash"], str))
                _require(line["entry"] is None or isinstance(line["entry"]["id"], str))
            case "unsealed":
                _require(datetime.fromisoformat(line["entry"]["at"]).tzinfo is not None)
            case "key":
                _require(isinstance(line["jwk"]["kid"], str))
            case "header" | "end":
                pass
            case _:
                return "is of an unknown type"
    except (KeyError, TypeError, ValueError):
        return "is not complete"
    return ""


def _checkpoint(unverified: dict[str, Any]) -> Checkpoint:
    """Raises ValueError, KeyError or TypeError when something is missing or of another type."""
    texts = {name: unverified[name] for name in ("chain_hash", "kid", "algorithm", "signature")}
    _require(all(isinstance(text, str) for text in texts.values()))
    _require(type(unverified["position"]) is int and unverified["position"] > 0)
    signed_at = datetime.fromisoformat(unverified["signed_at"])
    _require(signed_at.tzinfo is not None)
    return Checkpoint(position=unverified["position"], signed_at=signed_at, **texts)


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError
