"""The pay scales of a service's own organisation through the API, on both time lines, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.database import transaction
from tests.app.api.test_records import get, own_token, service_token
from tests.factories.organisations import make_organisation
from tests.factories.pay_scales import make_scale
from tests.identity.endpoints.provider import Clock, Provider


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    provider = Provider(database_url, Clock(now))
    with transaction(provider.engine) as session:
        make_scale(session, now, provider.organisation.id, "Officer", "London")
        make_scale(session, now, make_organisation(session, now, "DFT").id, "Senior Officer")
    return provider


def test_a_service_reads_its_own_organisations_scales(provider: Provider) -> None:
    token = service_token(provider)
    told = get(provider, "/pay-scales", token).json or {}
    (scale,) = told["pay_scales"]
    assert (scale["grade"], scale["location"], scale["from"], scale["until"]) == (
        "Officer",
        "London",
        "2010-01-01",
        None,
    )
    assert (scale["minimum_pence"], scale["maximum_pence"]) == (2_800_000, 3_100_000)
    for query in ("valid_on=2009-12-31", "known_on=2026-03-01"):
        assert (get(provider, f"/pay-scales?{query}", token).json or {})["pay_scales"] == []
    assert get(provider, "/pay-scales?valid_on=soon", token).status_code == 400


def test_a_person_s_token_and_another_scope_read_none(provider: Provider) -> None:
    assert get(provider, "/pay-scales", service_token(provider, "changes.read")).status_code == 403
    assert get(provider, "/pay-scales", own_token(provider)).status_code in (401, 403)
