"""A person's pay history through the API: agreed on, told to who is there, newly and strongly signed in."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import pytest
from sqlmodel import select
from werkzeug.test import TestResponse

from app.database import transaction
from identity.acr import FEDERATED, PASSWORD_AMR, PHISHING_RESISTANT
from profiles.disclosure import service as disclosure
from profiles.disclosure.models import Disclosure
from profiles.pay.models import PayReason, PayRecord
from profiles.temporal import record, start_of_day
from tests.factories.apps import CLAIMS, make_app, make_rule
from tests.factories.organisations import PROVENANCE
from tests.identity.endpoints.prover import Prover
from tests.identity.endpoints.provider import ISSUER, REDIRECT_URI, VERIFIER, Clock, Provider

PASSKEY = ("pop", "mfa")
PATH = "/api/v1/me/pay-history"


def use_app(provider: Provider, name: str, claims: Sequence[str]) -> None:
    """Let the provider's tests be about a client of this app, whose notice the person has read."""
    with transaction(provider.engine) as session:
        app = make_app(session, provider.now, provider.organisation, name, claims=claims)
        make_rule(session, provider.now, app, organisation_id=provider.organisation.id)
        provider.client = provider.register(session, app.id, scopes=["openid", "profile", "pay"])
        notice = disclosure.notice_needed(session, provider.person_id, app.id, provider.now)
        assert notice is not None
        disclosure.acknowledge_notice(session, provider.person_id, app.id, notice.digest, provider.now)


@pytest.fixture
def provider(database_url: str, now: datetime) -> Provider:
    provider = Provider(database_url, Clock(now))
    use_app(provider, "Payroll", (*CLAIMS, "pay_history"))
    with transaction(provider.engine) as session:
        for pence, since, until in (
            (3_000_000, date(2020, 4, 1), date(2022, 4, 1)),
            (3_100_000, date(2022, 4, 1), None),
        ):
            stamp = PROVENANCE.stamp(now, start_of_day(since), start_of_day(until) if until else None)
            record(
                session,
                PayRecord(
                    person_id=provider.person_id,
                    employment_id=UUID(int=1),
                    organisation_id=provider.organisation.id,
                    salary_pence=pence,
                    pay_reason=PayReason.AWARD,
                    **stamp,
                ),
            )
    return provider


def token(provider: Provider, amr: Sequence[str] = PASSKEY, **changes: str) -> str:
    """An access token for the API, of a person who signed in now."""
    provider.sign_in(amr=amr)
    code = provider.code(scope="openid profile pay")
    answer = provider.redeem(code, **{"resource": f"{ISSUER}/api", **changes})
    assert answer.status_code == 200, answer.text
    return str((answer.json or {})["access_token"])


def ask(provider: Provider, access_token: str) -> TestResponse:
    return provider.browser.get(PATH, headers={"Authorization": f"Bearer {access_token}"}, base_url=ISSUER)


def challenged(answer: TestResponse) -> None:
    """RFC 9470 §3."""
    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert f'acr_values="{PHISHING_RESISTANT}"' in challenge
    assert 'max_age="600"' in challenge
    assert (answer.json or {})["error"] == "insufficient_user_authentication"


def test_the_history_is_told_to_who_has_a_passkey_and_is_here(provider: Provider) -> None:
    answer = ask(provider, token(provider))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json or {}
    assert told["pay_history"] == [
        {
            "employer": "HMRC",
            "from": "2020-04-01",
            "until": "2022-03-31",
            "salary_pence": 3_000_000,
            "currency": "GBP",
            "fte_thousandths": 1000,
            "reason": "award",
        },
        {
            "employer": "HMRC",
            "from": "2022-04-01",
            "until": None,
            "salary_pence": 3_100_000,
            "currency": "GBP",
            "fte_thousandths": 1000,
            "reason": "award",
        },
    ]


def test_a_token_of_a_key_is_good_with_its_key_alone(provider: Provider) -> None:
    """RFC 9449 §7.1 and §7.2, here as at userinfo."""
    provider.sign_in(amr=PASSKEY)
    prover = Prover(provider, provider.client)
    code = provider.code(scope="openid profile pay")
    body = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI}
    answer = prover.post("/token", {**body, "code_verifier": VERIFIER, "resource": f"{ISSUER}/api"})
    bound = str((answer.json or {})["access_token"])
    assert ask(provider, bound).status_code == 401
    for path, status in (("/userinfo", 401), (PATH, 200)):
        proof = prover.proof(path, "GET", access_token=bound)
        headers = {"Authorization": f"DPoP {bound}", "DPoP": proof}
        assert provider.browser.get(PATH, headers=headers, base_url=ISSUER).status_code == status


def test_a_weaker_sign_in_is_asked_for_a_stronger_one(provider: Provider) -> None:
    challenged(ask(provider, token(provider, PASSWORD_AMR)))


def test_a_department_that_vouches_for_somebody_opens_no_pay(provider: Provider) -> None:
    challenged(ask(provider, token(provider, (*PASSKEY, FEDERATED))))


def test_an_old_sign_in_is_asked_for_a_new_one(provider: Provider) -> None:
    provider.sign_in(amr=PASSKEY)
    provider.clock.forward(minutes=11)
    code = provider.code(scope="openid profile pay")
    tokens = provider.redeem(code, resource=f"{ISSUER}/api").json or {}
    challenged(ask(provider, tokens["access_token"]))


def test_stepping_up_as_the_challenge_says_opens_it(provider: Provider) -> None:
    """The client repeats the request with ``acr_values`` and ``max_age``, and the person signs in (§4)."""
    challenged(ask(provider, token(provider, PASSWORD_AMR)))
    led = provider.authorize(scope="openid profile pay", acr_values=PHISHING_RESISTANT, max_age="600")
    assert led.headers["Location"].startswith("/sign-in?")
    assert ask(provider, token(provider)).status_code == 200


def test_every_release_is_in_the_log_once_a_session(provider: Provider) -> None:
    access_token = token(provider)
    for _ in range(2):
        assert ask(provider, access_token).status_code == 200
    with transaction(provider.engine) as session:
        logged = [one.claims for one in session.exec(select(Disclosure)).all()]
    assert logged.count(["pay_history"]) == 1


def test_pay_is_never_in_a_token_nor_at_userinfo(provider: Provider) -> None:
    provider.sign_in(amr=PASSKEY)
    wanted = '{"id_token": {"pay_history": null}, "userinfo": {"pay_history": null}}'
    tokens = provider.tokens(scope="openid profile pay", claims=wanted)
    assert "pay_history" not in provider.verified(tokens["id_token"], provider.client.client_id)
    assert "pay_history" not in (provider.userinfo(tokens["access_token"]).json or {})


def test_without_an_agreement_on_pay_nothing_is_told(provider: Provider) -> None:
    use_app(provider, "Rotas", CLAIMS)
    answer = ask(provider, token(provider))
    assert answer.status_code == 403
    assert (answer.json or {})["error"] == "insufficient_scope"


def test_without_the_scope_nothing_is_told(provider: Provider) -> None:
    provider.sign_in(amr=PASSKEY)
    tokens = provider.redeem(provider.code(scope="openid"), resource=f"{ISSUER}/api").json or {}
    answer = ask(provider, tokens["access_token"])
    assert (answer.status_code, (answer.json or {})["error"]) == (403, "insufficient_scope")


def test_a_token_for_another_resource_is_refused(provider: Provider) -> None:
    provider.sign_in(amr=PASSKEY)
    tokens = provider.tokens(scope="openid profile pay")
    assert ask(provider, tokens["access_token"]).status_code == 401


def test_a_services_own_token_has_no_person(provider: Provider) -> None:
    assert provider.browser.get(PATH, base_url=ISSUER).status_code == 401


def test_a_revoked_token_is_refused_at_once(provider: Provider) -> None:
    access_token = token(provider)
    provider.ask_about("/revoke", access_token)
    assert ask(provider, access_token).status_code == 401


def test_the_token_and_introspection_say_how_the_person_signed_in(provider: Provider) -> None:
    """So that every resource can ask for a stepping up (RFC 9470 §6)."""
    access_token = token(provider)
    claims = provider.verified(access_token, f"{ISSUER}/api", "ES256")
    told = provider.ask_about("/introspect", access_token).json or {}
    for said in (claims, told):
        assert said["acr"] == PHISHING_RESISTANT
        assert said["auth_time"] == int(provider.now.timestamp())
