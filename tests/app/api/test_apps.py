"""An organisation's own apps through the API, on both time lines, and nobody else's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from app.database import transaction
from tests.app.api.test_records import get, own_token, service_token
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import make_organisation
from tests.identity.endpoints.provider import Clock, Provider

SCOPE = "apps.read"


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    return Provider(database_url, Clock(now))


def make(provider: Provider, *, elsewhere: bool = False) -> UUID:
    with transaction(provider.engine) as session:
        place = make_organisation(session, provider.now, "DFT") if elsewhere else provider.organisation
        app = make_app(session, provider.now, place, "Roads")
        make_rule(session, provider.now, app, organisation_id=place.id, least_clearance="SC")
        return app.id


def test_a_service_reads_what_stands_of_its_organisations_apps(provider: Provider) -> None:
    token, app_id = service_token(provider, SCOPE), make(provider)
    assert {"id": str(app_id), "name": "Roads"} in (get(provider, "/apps", token).json or {})["apps"]

    told = get(provider, f"/apps/{app_id}", token).json or {}

    assert told["agreement"]["lawful_basis"] == "public_task"
    (rule,) = told["rules"]
    assert (rule["role"], rule["organisation"], rule["least_clearance"]) == ("caseworker", "HMRC", "SC")
    assert [one["name"] for one in told["roles"]] == ["manager", "caseworker"]


@pytest.mark.parametrize("query", ["valid_on=1999-12-31", "known_on=2026-03-01"])
def test_it_is_told_as_of_a_day_and_as_known_on_a_day(provider: Provider, query: str) -> None:
    token, app_id = service_token(provider, SCOPE), make(provider)
    told = get(provider, f"/apps/{app_id}?{query}", token).json or {}
    assert (told["agreement"], told["rules"]) == (None, [])
    assert get(provider, f"/apps/{app_id}?valid_on=soon", token).status_code == 400


def test_another_organisations_app_is_as_unknown_as_none(provider: Provider) -> None:
    token, theirs = service_token(provider, SCOPE), make(provider, elsewhere=True)
    answers = [get(provider, f"/apps/{one}", token) for one in (theirs, UUID(int=1))]
    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].json == answers[1].json
    assert str(theirs) not in get(provider, "/apps", token).text


def test_another_scope_and_a_person_s_token_read_none(provider: Provider) -> None:
    make(provider)
    assert get(provider, "/apps", service_token(provider, "records.read")).status_code == 403
    assert get(provider, "/apps", own_token(provider)).status_code in (401, 403)
