"""Requests that schemathesis makes from a description: good ones, and ones that break it.

The seed is fixed, so that a failure is there again tomorrow.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from werkzeug.test import TestResponse

GOOD, BROKEN = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
# What a stack trace or an exception's own text would hold.
_LEAKED = re.compile(r"Traceback|File \"/|sqlalchemy|psycopg|sqlite3|werkzeug|joserfc|authlib|\.py\b", re.I)
_TYPES = {
    "text/html",
    "application/json",
    "application/problem+json",
    "application/jwt",
    "text/plain",
    "text/csv",
    "",
}


def fuzz(
    described: dict[str, Any],
    send: Callable[[Mapping[str, Any]], TestResponse],
    *modes: GenerationMode,
    examples: int,
) -> set[int]:
    """Send so many examples of each operation in each mode; return the statuses of the answers."""
    statuses: set[int] = set()

    def check(case: Case) -> None:
        answer = send(case.as_transport_kwargs())
        statuses.add(answer.status_code)
        where = f"{case.method} {case.formatted_path}: {answer.status_code}"
        assert answer.status_code < 500, where
        assert answer.mimetype in _TYPES, where
        if "attacker" not in case.formatted_path:
            assert not _LEAKED.search(answer.text), where

    schema = schemathesis.openapi.from_dict(described)
    schema.app = send  # it is reached in this process
    for found in schema.get_all_operations():
        for mode in modes:
            run = given(found.ok().as_strategy(generation_mode=mode))(check)
            settings(
                max_examples=examples,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(run)()
    return statuses
