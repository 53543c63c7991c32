"""A system of one organisation cannot tell what another has recorded from what nobody has."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.database import transaction
from profiles.audit.service import Initiator
from profiles.imports.records import service
from tests.app.api.test_importing import after_the_worker, send
from tests.app.api.test_records import get, prepare, service_token
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee
from tests.factories.records import json_lines, person_records
from tests.identity.endpoints.provider import Clock, Provider
from tests.support.statements import prepared_statements


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    return Provider(database_url, Clock(now))


def asked(provider: Provider, path: str, token: str) -> tuple[TestResponse, list[str]]:
    """The answer, and every statement that it took."""
    statements: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(provider.engine, "before_cursor_execute", keep)
    with prepared_statements(statements):
        answer = get(provider, path, token)
    event.remove(provider.engine, "before_cursor_execute", keep)
    return answer, statements


def same(provider: Provider, token: str, there: str, nowhere: str) -> None:
    """The answers are the same and took the same work, so that neither words nor time tell."""
    get(provider, nowhere, token)
    (found, its_work), (missing, other_work) = (asked(provider, one, token) for one in (there, nowhere))
    assert found.status_code == missing.status_code == 404
    assert found.data == missing.data
    assert {*found.headers.keys()} == {*missing.headers.keys()}
    assert its_work == other_work


@pytest.mark.parametrize("day", ["", "?valid_on=2026-01-05", "?known_on=2026-01-05"])
def test_anothers_employee_is_nobody(provider: Provider, day: str) -> None:
    prepare(provider)
    with transaction(provider.engine) as session:
        home_office = make_organisation(session, provider.now, "HO")
        make_employee(session, provider.now, home_office, "sam.jones")
    token = service_token(provider)
    same(provider, token, f"/people/HO-sam.jones/profile{day}", f"/people/HO-sam.smith/profile{day}")


def test_anothers_import_is_none(provider: Provider) -> None:
    token = service_token(provider, "records.write")
    with transaction(provider.engine) as session:
        one = service.receive(
            session,
            provider.now,
            Initiator.system("test"),
            organisation_id=make_organisation(session, provider.now, "HO").id,
            source="hr",
            files=[("records.jsonl", [json_lines(*person_records("1"))])],
            started_by=None,
            by_itself=True,
        ).id
    same(provider, token, f"/imports/{one}", f"/imports/{uuid4()}")


def test_a_file_finds_nobody_of_anothers(provider: Provider) -> None:
    """By a number, a key, or a name and date of birth that only the other organisation knows."""
    with transaction(provider.engine) as session:
        home_office = make_organisation(session, provider.now, "HO")
        make_employee(session, provider.now, home_office, "sam.jones")
    token = service_token(provider, "records.write")
    pay = person_records("1")[-1]
    for number in ("HO-sam.jones", "HO-sam.smith"):
        told = after_the_worker(provider, send(provider, token, pay | {"employment": number}), token)
        assert [one["code"] for one in told["first_problems"]] == ["unknown_reference"]
    namesake = person_records("1", given_names="Sam", family_name="Jones", number="HO-sam.jones")
    told = after_the_worker(provider, send(provider, token, *namesake), token)
    assert (told["state"], told["counts"]["waiting"], told["counts"]["people"]) == ("published", 0, 1)
