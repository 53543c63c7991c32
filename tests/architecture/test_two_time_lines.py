"""Every kind of fact has a reader that takes both days: when it was so, and by whose knowledge (issue 3).

A reader is a place in ``profiles`` that asks ``current`` or ``as_of`` of the model for two moments that are
not one; the kinds of a profile are read so all together, by ``profile_as_of``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import profiles
from app.migrations.models import metadata
from profiles.portable_profile.kinds import MODELS
from profiles.temporal import Fact

ROOT = Path(profiles.__file__).parent


def fact_names() -> set[str]:
    metadata()
    found: set[str] = set()
    to_do: list[type[Fact]] = [Fact]
    while to_do:
        kind = to_do.pop()
        to_do += kind.__subclasses__()
        if kind.__module__.startswith("profiles.") and hasattr(kind, "__table__"):
            found.add(kind.__name__)
    return found


def read_on_both(source: str) -> Iterator[str]:
    """The models of which this source asks for two moments."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            arguments = call.args[1:] if call.func.id == "current" else call.args
            if call.func.id in ("current", "as_of") and len(arguments) >= 3:
                model, valid_at, known_at = arguments[:3]
                if isinstance(model, ast.Name) and ast.dump(valid_at) != ast.dump(known_at):
                    yield model.id


def test_every_kind_of_fact_has_a_reader_on_both_time_lines() -> None:
    read = {kind.__name__ for kind in MODELS.values()}
    for path in ROOT.rglob("*.py"):
        read.update(read_on_both(path.read_text()))
    assert fact_names() - read == set()


def test_a_reader_of_one_moment_is_none() -> None:
    one, both = "current(session, Office, at, at)", "select(Office).where(as_of(Office, at, known_at))"
    assert (list(read_on_both(one)), list(read_on_both(both))) == ([], ["Office"])
