"""Facts recorded by a program: as an import, from what is sent to what everybody sees."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from app.import_worker import Importing
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry, InitiatorKind
from profiles.employments.models import Posting
from profiles.temporal import as_of
from tests.app.api.test_records import get, service_token
from tests.factories.apps import make_app
from tests.factories.organisations import make_organisation
from tests.factories.records import clearance_records, json_lines, person_records
from tests.identity.endpoints.provider import ISSUER, Clock, Provider


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    return Provider(database_url, Clock(now))


def send(
    provider: Provider, token: str, *records: Mapping[str, Any], source: str = "hr", **options: Any
) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    chosen = {"data": json_lines(*records), "content_type": "application/x-ndjson"} | options
    return provider.browser.post(
        f"/api/v1/imports?source={source}", headers=headers, base_url=ISSUER, **chosen
    )


def after_the_worker(
    provider: Provider, sent: TestResponse, token: str, alone_up_to: int = 10
) -> dict[str, Any]:
    """Where the import is once the worker has looked."""
    assert sent.status_code == 202, sent.text
    Importing(provider.engine, provider.clock, alone_up_to).everything()
    found = get(provider, sent.headers["Location"].removeprefix(f"{ISSUER}/api/v1"), token)
    assert found.status_code == 200
    return dict(found.json or {})


def test_what_needs_no_officer_is_recorded_without_anybody(provider: Provider) -> None:
    token = service_token(provider, "records.write")
    sent = send(provider, token, *person_records("1"))
    assert (sent.json or {})["state"] == "received"

    told = after_the_worker(provider, sent, token)

    assert (told["state"], told["counts"]["added"], told["counts"]["people"]) == ("published", 5, 1)
    with transaction(provider.engine) as session:
        [posting] = session.exec(
            select(Posting).where(
                as_of(Posting, provider.now, provider.now), Posting.source == "import:HMRC:hr"
            )
        )
        assert posting.recorded_by is None
        received = session.exec(select(AuditEntry).where(AuditEntry.event == Event.IMPORT_RECEIVED)).one()
    assert received.initiator_kind is InitiatorKind.CLIENT
    again = after_the_worker(provider, send(provider, token, *person_records("1")), token)
    assert (again["counts"]["unchanged"], again["counts"]["added"]) == (5, 0)


@pytest.mark.parametrize(
    ("records", "alone_up_to"),
    [(person_records("1"), 0), ([*person_records("1"), *clearance_records("1")], 10)],
)
def test_what_opens_access_or_clears_waits_for_an_officer(
    provider: Provider, records: list[dict[str, Any]], alone_up_to: int
) -> None:
    token = service_token(provider, "records.write")
    told = after_the_worker(provider, send(provider, token, *records), token, alone_up_to)
    assert told["state"] == "waiting"


def test_a_bad_record_is_named_without_its_value_and_nothing_is_recorded(provider: Provider) -> None:
    token = service_token(provider, "records.write")
    bad = person_records("1", salary_pence="a lot")
    told = after_the_worker(provider, send(provider, token, *bad), token)
    assert (told["state"], told["problems"]) == ("refused", 1)
    assert told["first_problems"][0]["field"] == "salary_pence"
    assert "a lot" not in str(told)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"content_type": "application/json"}, "JSON Lines"),
        ({"source": "HR System"}, "source"),
        ({"source": ""}, "source"),
    ],
)
def test_what_is_wrong_is_named(provider: Provider, options: dict[str, Any], said: str) -> None:
    answer = send(provider, service_token(provider, "records.write"), *person_records("1"), **options)
    assert (answer.status_code, said in answer.text) == (400, True)


def test_two_imports_of_one_source_take_turns(provider: Provider) -> None:
    token = service_token(provider, "records.write")
    first = send(provider, token, *person_records("1"))
    assert send(provider, token, *person_records("2")).status_code == 409
    assert send(provider, token, *person_records("1")).headers["Location"] == first.headers["Location"]


def test_a_service_writes_and_looks_in_its_own_organisation_with_the_scope_alone(provider: Provider) -> None:
    assert send(provider, service_token(provider), *person_records("1")).status_code == 403
    sent = send(provider, service_token(provider, "records.write"), *person_records("1"))
    with transaction(provider.engine) as session:
        other = make_organisation(session, provider.now, "HO")
        provider.department_app = make_app(session, provider.now, other, "Elsewhere")
    strangers = service_token(provider, "records.write")
    where = sent.headers["Location"].removeprefix(f"{ISSUER}/api/v1")
    assert get(provider, where, strangers).status_code == 404


def test_a_service_writes_nothing_of_the_organisations_below_its_own(provider: Provider) -> None:
    with transaction(provider.engine) as session:
        make_organisation(session, provider.now, "VOA", parent=provider.organisation)
    token = service_token(provider, "records.write")
    grade = {"kind": "grade", "source_key": "G", "organisation": "VOA", "valid_from": "2000-01-01"}
    told = after_the_worker(
        provider, send(provider, token, grade | {"label": "Valuer", "common_grade": "EO"}), token
    )
    assert (told["state"], told["first_problems"][0]["code"]) == ("refused", "not_yours")
