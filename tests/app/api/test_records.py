"""Whole profiles through the API: one's own, and an organisation's employees, on both time lines."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.clients.token_metadata import TokenMetadata
from profiles.disclosure import service as disclosure
from profiles.disclosure.models import Disclosure
from profiles.employments.models import Employment, Posting
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import IdentityConfidence
from profiles.temporal import current, end, record, start_of_day
from tests.factories.apps import make_app, make_rule
from tests.factories.clearances import make_clearance
from tests.factories.organisations import LONG_AGO, PROVENANCE
from tests.factories.people import check_identity
from tests.factories.retained import born
from tests.identity.endpoints.provider import ISSUER, Clock, Provider, basic

PASSKEY = ("pop", "mfa")
CLAIMS = ("name", "record", "pay_history", "clearances")


def prepare(provider: Provider, claims: Sequence[str] = CLAIMS) -> str:
    """Let an app's agreement name these claims, and the person be paid and cleared; their number."""
    with transaction(provider.engine) as session:
        app = make_app(session, provider.now, provider.organisation, "Personnel", claims=claims)
        make_rule(session, provider.now, app, organisation_id=provider.organisation.id)
        notice = disclosure.notice_needed(session, provider.person_id, app.id, provider.now)
        assert notice is not None
        disclosure.acknowledge_notice(session, provider.person_id, app.id, notice.digest, provider.now)
        provider.department_app = app
        who = {"person_id": provider.person_id}
        employment = current(session, Employment, provider.now, provider.now, **who)[0]
        pay = PayRecord(
            employment_id=employment.fact_id,
            organisation_id=provider.organisation.id,
            salary_pence=3_000_000,
            pay_reason=PayReason.APPOINTMENT,
            **(who | PROVENANCE.stamp(provider.now, LONG_AGO)),
        )
        record(session, pay)
        make_clearance(session, provider.now, provider.person_id, provider.organisation)
        return employment.number


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    return Provider(database_url, Clock(now))


def get(provider: Provider, path: str, access_token: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {access_token}"}
    return provider.browser.get(f"/api/v1{path}", headers=headers, base_url=ISSUER)


def own_token(provider: Provider, amr: Sequence[str] = PASSKEY) -> str:
    provider.client = provider.another_client(scopes=["openid", "profile", "record"])
    provider.sign_in(amr=amr)
    code = provider.code(scope="openid profile record")
    return str((provider.redeem(code, resource=f"{ISSUER}/api").json or {})["access_token"])


def service_token(provider: Provider, scope: str = "records.read") -> str:
    tokens = TokenMetadata(grant_types=["client_credentials"], service_scopes=[scope])
    nowhere: dict[str, Any] = {"redirect_uris": [], "post_logout_redirect_uris": []}
    provider.client = provider.another_client(tokens=tokens, backchannel_logout_uri=None, **nowhere)
    answer = provider.post("/token", {"grant_type": "client_credentials"}, headers=basic(provider.client))
    return str((answer.json or {})["access_token"])


def test_ones_own_profile_is_told_as_it_is_and_as_it_was_known(provider: Provider) -> None:
    prepare(provider)
    token = own_token(provider)

    told = get(provider, "/me/profile", token)

    assert told.status_code == 200, told.text
    assert told.headers["Cache-Control"] == "no-store"
    body = told.json or {}
    assert body["pay"][0]["salary_pence"] == 3_000_000
    assert (body["clearance"][0]["level"], body["clearance"][0]["usable"]) == ("SC", True)
    assert "obstacle" not in body["clearance"][0]
    assert not {"caveat", "leave", "birth_date", "sponsorship", "role", "grant"} & body.keys()
    assert all("reason" not in fact for kind in body.values() if isinstance(kind, list) for fact in kind)
    assert str(provider.person_id) not in told.text
    before = get(provider, "/me/profile?known_on=2026-03-01", token).json or {}
    assert before["name"] == []
    with transaction(provider.engine) as session:
        released = [one.claims for one in session.exec(select(Disclosure)) if "record" in one.claims]
    assert released == [["clearances", "pay_history", "record"]]


def test_a_profile_opens_to_a_strong_sign_in_and_an_agreement_alone(provider: Provider) -> None:
    prepare(provider, ("name",))
    assert get(provider, "/me/profile", own_token(provider, amr=("pwd",))).status_code == 401
    assert get(provider, "/me/profile", own_token(provider)).status_code == 403


def test_a_service_reads_its_own_organisations_employees_in_their_period(provider: Provider) -> None:
    number = prepare(provider)
    with transaction(provider.engine) as session:
        for model in (Employment, Posting):
            held = current(session, model, provider.now, provider.now, person_id=provider.person_id)[0]
            end(session, held, start_of_day(date(2026, 3, 20)), provider.now, PROVENANCE)
    token = service_token(provider)

    told = get(provider, f"/people/{number}/profile", token)

    assert told.status_code == 200, told.text
    assert [one["organisation"] for one in (told.json or {})["posting"]] == ["HMRC"]
    assert get(provider, f"/people/{number}/profile?valid_on=2026-03-20", token).status_code == 404
    assert get(provider, "/people/unknown/profile", token).status_code == 404


def test_an_agreement_that_names_how_identity_was_checked_tells_it_and_no_birth_date(
    provider: Provider,
) -> None:
    number = prepare(provider, ("name", "record", "identity_confidence"))
    with transaction(provider.engine) as session:
        born(session, provider.person_id, date(1980, 3, 27), provider.now)
        check_identity(session, provider.now, provider.person_id, IdentityConfidence.HIGH)
    told = get(provider, f"/people/{number}/profile", service_token(provider)).json or {}
    assert len(told["identity_proofing"]) == 1
    assert "birth_date" not in told


@pytest.mark.parametrize("scope", ["records.read", "people.read"])
def test_a_service_needs_the_scope_and_an_agreement(provider: Provider, scope: str) -> None:
    number = prepare(provider, CLAIMS if scope == "people.read" else ("name",))
    assert get(provider, f"/people/{number}/profile", service_token(provider, scope)).status_code == 403


def test_a_persons_token_is_no_services(provider: Provider) -> None:
    number = prepare(provider)
    assert get(provider, f"/people/{number}/profile", own_token(provider)).status_code == 401


@pytest.mark.parametrize("wrong", ["2026-02-30", "yesterday", "", "9999-12-31"])
def test_a_wrong_date_is_named(provider: Provider, wrong: str) -> None:
    prepare(provider)
    answer = get(provider, f"/me/profile?valid_on={wrong}", own_token(provider))
    assert (answer.status_code, "valid_on" in answer.text) == (400, True)
