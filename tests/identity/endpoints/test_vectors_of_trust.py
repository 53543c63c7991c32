"""Vectors of trust as clients ask for them and are answered (RFC 8485 §3.2, §4.1, §5)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.database import transaction
from identity.acr import FEDERATED, MULTI_FACTOR
from identity.clients.token_metadata import TokenMetadata
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.service import Limits
from profiles.apps.models import Agreement
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.disclosure import service as disclosure
from profiles.disclosure.models import Disclosure
from profiles.people.models import IdentityConfidence
from tests.app.page_checks import check_page
from tests.factories.client_keys import ClientKey, jwks
from tests.factories.contacts import make_contact
from tests.factories.people import check_identity
from tests.factories.request_objects import request_claims
from tests.identity.endpoints.provider import ISSUER, Provider, answer, basic
from tests.identity.endpoints.test_levels import PASSKEY, sign_in_by, sign_in_page

TRUSTMARK = f"{ISSUER}/trustmarks/1"
UNMET = "unmet_authentication_requirements"


def vtr(*texts: str) -> str:
    return json.dumps(texts)


def told(provider: Provider, *texts: str, **changes: str) -> tuple[str | None, str | None]:
    """The vector and the trustmark in the ID token, which python-jose verified."""
    claims = provider.id_token_claims(vtr=vtr(*texts), **changes)
    assert "identity_confidence" not in claims
    return claims.get("vot"), claims.get("vtm")


def refused(provider: Provider, *texts: str, **changes: str) -> str:
    return answer(provider.authorize(vtr=vtr(*texts), **changes))["error"]


def agree(provider: Provider) -> None:
    """Let the app be told how far identities were checked; the person has read the notice of it."""
    with transaction(provider.engine) as session:
        agreement = session.exec(select(Agreement)).one()
        claims = [*agreement.claims, "identity_confidence"]
        session.execute(update(Agreement).where(col(Agreement.id) == agreement.id).values(claims=claims))
    with transaction(provider.engine) as session:
        app_id, now = provider.department_app.id, provider.now
        digest = disclosure.notice_of(session, app_id, now).digest
        disclosure.acknowledge_notice(session, provider.person_id, app_id, digest, now)


def check(provider: Provider, confidence: str, **when: Any) -> None:
    with transaction(provider.engine) as session:
        check_identity(session, provider.now, provider.person_id, IdentityConfidence(confidence), **when)


def released(provider: Provider) -> list[str]:
    """Every claim that the release log has."""
    with transaction(provider.engine) as session:
        return [claim for one in session.exec(select(Disclosure)) for claim in one.claims]


def test_nothing_is_told_to_who_does_not_ask(provider: Provider) -> None:
    provider.sign_in()
    claims = provider.id_token_claims()
    assert not {"vot", "vtm"} & claims.keys()


@pytest.mark.parametrize("vector", ["C1", "C2", "C3", "M0", "M1", "A1", "A2", "P0", "A2.C3.M1.P0"])
def test_each_vector_that_is_met_is_answered_as_it_was_asked(provider: Provider, vector: str) -> None:
    """§3.2: with the trustmark that says what it means."""
    sign_in_by(provider, *PASSKEY)
    assert told(provider, vector) == (vector, TRUSTMARK)


def test_the_acr_is_there_all_the_same(provider: Provider) -> None:
    sign_in_by(provider, *PASSKEY)
    assert provider.id_token_claims(vtr=vtr("C2"))["acr"] == "phr"


@pytest.mark.parametrize("vector", ["C4", "P1", "P4.C1"])
def test_what_nobody_can_reach_is_an_error_at_once_whoever_it_is(provider: Provider, vector: str) -> None:
    """No maker's root is trusted here, and the agreement does not name how identities were checked."""
    check(provider, "very_high")
    assert refused(provider, vector) == UNMET
    provider.sign_in()
    assert refused(provider, vector, prompt="none") == UNMET
    assert refused(provider, vector) == UNMET


def test_without_the_agreement_the_vectors_that_ask_nothing_of_it_count(provider: Provider) -> None:
    check(provider, "high")
    provider.sign_in()
    assert told(provider, "P1.C1", "C1") == ("C1", TRUSTMARK)
    assert "identity_confidence" not in released(provider)


def test_a_public_client_proves_nothing_of_itself(provider: Provider) -> None:
    client = provider.another_client(token_endpoint_auth_method="none")
    provider.sign_in()
    assert answer(provider.authorize(client_id=client.client_id, vtr=vtr("A2")))["error"] == UNMET
    code = answer(provider.authorize(client_id=client.client_id, vtr=vtr("A1")))["code"]
    assert code


@pytest.mark.parametrize("text", ["C1", "[]", '["C1.C1"]', '[["C1"]]', '{"C1":1}'])
def test_malformed_is_invalid_request(provider: Provider, text: str) -> None:
    provider.sign_in()
    assert answer(provider.authorize(vtr=text))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "beside",
    [
        {"acr_values": "phr"},
        {"claims": '{"id_token": {"acr": {"values": ["phr"]}}}'},
        {"claims": '{"id_token": {"acr": {"essential": true, "values": ["phr"]}}}'},
    ],
)
def test_it_cannot_be_asked_for_beside_an_acr(provider: Provider, beside: dict[str, str]) -> None:
    """iGov Profile for OpenID Connect §2.1."""
    provider.sign_in()
    assert refused(provider, "C1", **beside) == "invalid_request"


def test_it_counts_before_registered_levels(provider: Provider) -> None:
    provider.client = provider.another_client(default_acr_values=("phr",))
    provider.sign_in()
    assert told(provider, "C1") == ("C1", TRUSTMARK)


class TestIdentity:
    """How far the identity was checked, where the agreement names it."""

    @pytest.fixture(autouse=True)
    def _agreed(self, provider: Provider) -> None:
        agree(provider)
        provider.sign_in()

    @pytest.mark.parametrize(
        ("confidence", "vector"), [("low", "P1"), ("medium", "P2"), ("high", "P3"), ("very_high", "P4")]
    )
    def test_each_level_has_its_value(self, provider: Provider, confidence: str, vector: str) -> None:
        check(provider, confidence)
        assert told(provider, vector) == (vector, TRUSTMARK)
        assert "identity_confidence" in released(provider)

    def test_no_more_is_told_than_was_asked(self, provider: Provider) -> None:
        check(provider, "very_high")
        assert told(provider, "P1.C1") == ("P1.C1", TRUSTMARK)

    def test_where_nothing_asks_for_it_nothing_is_released(self, provider: Provider) -> None:
        check(provider, "high")
        assert told(provider, "P0.C1") == ("P0.C1", TRUSTMARK)
        assert "identity_confidence" not in released(provider)

    @pytest.mark.looks_at("authorization/identity_check.html")
    @pytest.mark.parametrize("confidence", [None, "low"])
    def test_who_was_not_checked_far_enough_learns_why_and_the_app_does_not(
        self, provider: Provider, confidence: str | None
    ) -> None:
        if confidence:
            check(provider, confidence)
        with transaction(provider.engine) as session:
            make_contact(session, provider.now, provider.organisation.id)
        page = provider.authorize(vtr=vtr("P3.C1", "P2.C1"))
        assert page.status_code == 403
        check_page(page.text)
        assert ("Low" if confidence else "No check is recorded") in page.text
        assert "Medium" in page.text
        assert 'href="tel:03001111111"' in page.text
        assert f"error={UNMET}" in page.text
        with transaction(provider.engine) as session:
            refused = select(AuditEntry).where(col(AuditEntry.event) == Event.APP_REFUSED)
            assert [one.details for one in session.exec(refused)] == [{"reasons": ["IdentityNotChecked"]}]

    def test_silently_the_app_hears_only_that_a_page_is_needed(self, provider: Provider) -> None:
        assert refused(provider, "P2", prompt="none") == "interaction_required"

    def test_one_that_fits_goes_before_one_that_cannot(self, provider: Provider) -> None:
        check(provider, "low")
        assert told(provider, "P4.C1", "P1.C1") == ("P1.C1", TRUSTMARK)

    def test_only_what_fits_is_signed_in_for(self, provider: Provider) -> None:
        """The first asks for less of a sign-in, and more than the person's check."""
        check(provider, "low")
        assert sign_in_page(provider.authorize(vtr=vtr("P4.C1", "P1.C3")))["level"] == "phr"

    def test_a_check_that_has_ended_is_not_told_at_the_next_token(self, provider: Provider) -> None:
        check(provider, "medium", until=provider.now + timedelta(days=1))
        tokens = TokenMetadata(grant_types=("authorization_code", "refresh_token"))
        provider.client = provider.another_client(tokens=tokens)
        first = provider.tokens(vtr=vtr("P2.C1"), scope="openid offline_access")
        assert provider.verified(first["id_token"], provider.client.client_id)["vot"] == "P2.C1"
        provider.clock.forward(days=1)
        second = provider.refresh(first["refresh_token"])
        assert second.status_code == 200, second.text
        claims = provider.verified(second.json["id_token"], provider.client.client_id)
        assert claims["vot"] == "C1.M1.A2"

    def test_by_name_all_of_it_is_told(self, provider: Provider) -> None:
        """OpenID Connect Core §5.5: vot as a claim of the ID token."""
        check(provider, "medium")
        claims = provider.id_token_claims(claims='{"id_token": {"vot": null}}')
        assert (claims["vot"], claims["vtm"]) == ("P2.C1.M1.A2", TRUSTMARK)

    def test_it_stands_nowhere_else(self, provider: Provider) -> None:
        check(provider, "medium")
        wish = json.dumps(
            {
                "userinfo": {"vot": None, "identity_confidence": None},
                "id_token": {"identity_confidence": None},
            }
        )
        tokens = provider.tokens(claims=wish)
        claims = provider.verified(tokens["id_token"], provider.client.client_id)
        userinfo = provider.userinfo(tokens["access_token"]).json
        assert not {"vot", "identity_confidence"} & (claims.keys() | userinfo.keys())


@pytest.mark.parametrize(
    "wish", ['{"value": "C4"}', '{"values": ["C4"]}', '{"essential": true, "value": "C4"}']
)
def test_by_name_nothing_is_insisted_on(provider: Provider, wish: str) -> None:
    """OpenID Connect Core §5.5.1: only an essential ``acr`` turns an answer down (§5.5.1.1)."""
    provider.sign_in()
    assert provider.id_token_claims(claims=f'{{"id_token": {{"vot": {wish}}}}}')["vot"] == "C1.M1.A2"


def test_by_name_without_the_agreement_how_one_signed_in_is_told(provider: Provider) -> None:
    check(provider, "medium")
    provider.sign_in()
    assert provider.id_token_claims(claims='{"id_token": {"vot": null}}')["vot"] == "C1.M1.A2"


class TestStepUp:
    """A vector is a demand: below it the person signs in more strongly, or the app is told."""

    def test_somebody_below_it_signs_in_more_strongly_and_goes_on(self, provider: Provider) -> None:
        provider.sign_in()
        asked = sign_in_page(provider.authorize(vtr=vtr("C4", "C3", "C2")))
        assert (asked["level"], asked["insists"], asked["fresh"]) == (MULTI_FACTOR, "1", "1")
        provider.clock.forward(seconds=5)
        sign_in_by(provider, *PASSKEY)
        code = answer(provider.get(asked["next"]))["code"]
        token = provider.redeem(code).json["id_token"]
        assert provider.verified(token, provider.client.client_id)["vot"] == "C3"

    def test_a_sign_in_that_does_not_reach_it_is_told_to_the_app(self, provider: Provider) -> None:
        provider.sign_in()
        asked = sign_in_page(provider.authorize(vtr=vtr("C3")))
        provider.clock.forward(seconds=5)
        provider.sign_in()
        assert answer(provider.get(asked["next"]))["error"] == UNMET

    def test_silently_it_is_login_required(self, provider: Provider) -> None:
        provider.sign_in()
        assert refused(provider, "C3", prompt="none") == "login_required"

    def test_who_signs_in_first_does_so_strongly_enough(self, provider: Provider) -> None:
        asked = sign_in_page(provider.authorize(vtr=vtr("C3.M1")))
        assert (asked["level"], asked["insists"], asked["here"]) == ("phr", "1", "1")
        assert 'id="only-here"' in provider.get("/sign-in", asked).text

    def test_a_departments_word_is_not_lanyards(self, provider: Provider) -> None:
        """M1: even a strong sign-in there leads to one here."""
        with transaction(provider.engine) as session:
            token = sessions.start(
                session,
                provider.now,
                person_id=provider.person_id,
                limits=Limits(timedelta(hours=1), timedelta(hours=12)),
                amr=("pop", "mfa", FEDERATED),
            )
        provider.browser.set_cookie(cookie_name(https=True), token, domain="id.example", secure=True)
        assert told(provider, "C3.M0") == ("C3.M0", TRUSTMARK)
        assert sign_in_page(provider.authorize(vtr=vtr("C3.M1")))["here"] == "1"


class TestOtherWaysOfAsking:
    """Pushed, and signed (RFC 9126, RFC 9101)."""

    def test_pushed(self, provider: Provider) -> None:
        provider.sign_in()
        pushed = provider.post("/par", provider.request(vtr=vtr("C1")), headers=basic(provider.client))
        reference = {"client_id": provider.client.client_id, "request_uri": pushed.json["request_uri"]}
        token = provider.redeem(answer(provider.get("/authorize", reference))["code"]).json["id_token"]
        assert provider.verified(token, provider.client.client_id)["vot"] == "C1"

    @pytest.mark.parametrize(
        ("text", "error"), [("C1", "invalid_request"), (vtr("C9"), UNMET), (vtr("P1", "X1"), None)]
    )
    def test_it_is_judged_when_it_is_pushed(self, provider: Provider, text: str, error: str | None) -> None:
        pushed = provider.post("/par", provider.request(vtr=text), headers=basic(provider.client))
        assert pushed.status_code == (400 if error else 201)
        assert pushed.json.get("error") == error

    @pytest.mark.parametrize("asked", [["C1"], '["C1"]'])
    def test_signed_as_an_array_or_as_text(self, provider: Provider, asked: Any) -> None:
        """§4.1 has an array in the request object."""
        key = ClientKey.make("ES256", "key")
        client = provider.another_client(jwks=jwks(key))
        claims = provider.request(client_id=client.client_id) | {"vtr": asked}
        signed = key.sign(
            request_claims(client.client_id, ISSUER, provider.now, **claims), typ="oauth-authz-req+jwt"
        )
        provider.sign_in()
        response = provider.get("/authorize", {"client_id": client.client_id, "request": signed})
        token = provider.redeem(answer(response)["code"], client).json["id_token"]
        assert provider.verified(token, client.client_id)["vot"] == "C1"


class TestIntrospection:
    """The resource hears how somebody signed in, and nothing about them."""

    def test_where_it_was_asked_for(self, provider: Provider) -> None:
        agree(provider)
        check(provider, "high")
        sign_in_by(provider, *PASSKEY)
        tokens = provider.tokens(vtr=vtr("P3.C2"))
        said = provider.ask_about("/introspect", tokens["access_token"]).json
        assert (said["acr"], said["vot"], said["vtm"]) == ("phr", "C3.M1", TRUSTMARK)

    def test_and_else_not(self, provider: Provider) -> None:
        provider.sign_in()
        said = provider.ask_about("/introspect", provider.tokens()["access_token"]).json
        assert not {"vot", "vtm"} & said.keys()


class TestTrustmark:
    """§5: an address that says what each value means."""

    @pytest.mark.looks_at("trustmarks/trustmark.html")
    def test_the_page(self, provider: Provider) -> None:
        page = provider.get("/trustmarks/1")
        check_page(page.text)
        for value in ("P0", "P4", "C1", "C4", "M0", "M1", "A1", "A2", "very high", "phrh", TRUSTMARK):
            assert value in page.text

    def test_the_document(self, provider: Provider) -> None:
        document = provider.get("/trustmarks/1.json").json
        assert document["trustmark"] == TRUSTMARK
        assert document["components"]["P"]["values"]["P2"]["gpg45"] == "medium"
        assert document["components"]["C"]["values"]["C3"]["acr"] == "phr"
        assert {part: list(one["values"]) for part, one in document["components"].items()} == {
            "P": ["P0", "P1", "P2", "P3", "P4"],
            "C": ["C1", "C2", "C3", "C4"],
            "M": ["M0", "M1"],
            "A": ["A1", "A2"],
        }

    def test_discovery_names_the_claims(self, provider: Provider) -> None:
        supported = provider.get("/.well-known/openid-configuration").json["claims_supported"]
        assert {"vot", "vtm"} <= set(supported)
