"""Whatever programs send to our own API, made from its own description: what it says is what it answers."""

from collections.abc import Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import TestResponse

from tests.app.api.test_changes import sealed
from tests.app.api.test_records import own_token, prepare, service_token
from tests.factories.records import json_lines, person_records
from tests.fuzz.fuzzing import BROKEN, GOOD
from tests.identity.endpoints.provider import ISSUER, Provider

RECORD = json_lines(*person_records("1"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
CLAIMS = ("name", "record", "changes", "pay_history", "clearances", "leave", "birthdate")


@schemathesis.serializer("application/x-ndjson")
def as_lines(_context: SerializationContext, value: Any) -> bytes:
    """What was invented, or what is right, so that both are seen."""
    return RECORD if not value else str(value).encode(errors="replace")


@pytest.fixture
def tokens(provider: Provider) -> Mapping[str, str]:
    """By scope."""
    prepare(provider, CLAIMS)
    sealed(provider)
    return {
        "record": own_token(provider),
        **{
            scope: service_token(provider, scope)
            for scope in ("apps.read", "records.read", "records.write", "changes.read", "organisations.read")
        },
    }


def test_every_answer_is_one_that_is_described(provider: Provider, tokens: Mapping[str, str]) -> None:
    described = provider.get("/api/v1/openapi.json").json or {}
    statuses: set[int] = set()

    def send(request: Mapping[str, Any]) -> TestResponse:
        return provider.new_browser().open(base_url=f"{ISSUER}/", **request)

    def check(case: Case) -> None:
        [[scope]] = [next(iter(one.values())) for one in case.operation.definition.raw["security"]]
        case.headers["Authorization"] = f"Bearer {tokens.get(scope, 'none')}"
        answer = send(case.as_transport_kwargs())
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    schema = schemathesis.openapi.from_dict(described)
    schema.app = send
    for found in schema.get_all_operations():
        parameters = found.ok().definition.raw.get("parameters")
        for mode in (GOOD, BROKEN) if parameters else (GOOD,):
            run = given(found.ok().as_strategy(generation_mode=mode))(check)
            settings(
                max_examples=8,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(run)()
    assert {200, 202, 400, 404} <= statuses
