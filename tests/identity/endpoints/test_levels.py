"""Levels of sign-in as clients ask for them (OpenID Connect Core §3.1.2.1, §5.5.1.1; Registration §2)."""

import json

from tests.identity.endpoints.provider import Provider, answer
from tests.identity.endpoints.test_authorization_prompt import way_back

SFA = "urn:lanyard:acr:sfa"


def test_the_first_level_that_was_asked_for_and_is_met_is_told(provider: Provider) -> None:
    """Core §5.5.1.1, in the order of the request."""
    provider.sign_in()
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["phrh", "urn:unknown", SFA]}}})
    assert provider.id_token_claims(claims=claims)["acr"] == SFA


def test_a_wish_that_nobody_can_fulfil_leads_nowhere(provider: Provider) -> None:
    provider.sign_in()
    assert provider.id_token_claims(acr_values="phrh urn:unknown")["acr"] == SFA


def test_a_registered_age_counts_where_the_request_does_not_say(provider: Provider) -> None:
    """Registration §2 default_max_age; zero is an age too."""
    client_id = provider.another_client(default_max_age=0).client_id
    provider.sign_in()
    provider.clock.forward(seconds=1)
    way_back(provider.authorize(client_id=client_id), fresh=True)
    assert answer(provider.authorize(client_id=client_id, max_age="60"))["code"]


def test_registered_levels_are_a_wish(provider: Provider) -> None:
    """Registration §2 default_acr_values; the request's own come before them."""
    client = provider.another_client(default_acr_values=(SFA,))
    provider.sign_in()
    code = answer(provider.authorize(client_id=client.client_id))["code"]
    token = provider.redeem(code, client).json["id_token"]
    assert provider.verified(token, client.client_id)["acr"] == SFA
