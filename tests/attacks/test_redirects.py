"""Open redirects: nobody is led from our address to one that an attacker wrote."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.attacks.addresses import SAFE, served
from tests.identity.endpoints.provider import ISSUER, Provider

NAMES = (
    *("next", "redirect", "redirect_uri", "redirect_url", "return", "return_to", "returnUrl", "url", "u"),
    *("continue", "target", "target_link_uri", "post_logout_redirect_uri", "RelayState", "goto", "back"),
)
TARGETS = (
    *("https://attacker.example/", "//attacker.example/", "/\\attacker.example/", "/\t/attacker.example/"),
    *("javascript:alert('attacker.example')", "https:attacker.example", "/%2Fattacker.example/"),
    *("https://id.example@attacker.example/", "https://id.example.attacker.example/"),
    *("https://attacker。example/", "\\\\attacker.example"),
)


def leads_to_attacker(address: str) -> bool:
    """Whether a browser that follows this leaves for the attacker, or runs what they wrote."""
    cleaned = re.sub(r"[\t\r\n]", "", address).replace("\\", "/").replace("。", ".")
    parts = urlsplit(cleaned)
    if parts.scheme not in {"", "http", "https"}:
        return True
    return (parts.netloc or "id.example").lower() != "id.example" or cleaned.startswith("https:attacker")


@pytest.mark.parametrize("target", TARGETS[:5], ids=ascii)
def test_no_page_leads_to_where_its_address_says(provider: Provider, target: str) -> None:
    """Neither by a redirect nor by a link or form of its own."""
    provider.sign_in()
    query = dict.fromkeys(NAMES, target)
    for _, path, _ in served(provider.app, SAFE):
        answer = provider.get(path, query)
        assert answer.status_code < 500, path
        assert not leads_to_attacker(answer.headers.get("Location", "")), path
        for written in re.findall(r'(?:href|action|src|formaction)="([^"]*)"', answer.text):
            assert "attacker" not in urlsplit(unescape(written)).netloc, path
            assert not unescape(written).lower().startswith("javascript:"), path


def test_signing_out_leads_only_to_a_registered_address(provider: Provider) -> None:
    """RP-Initiated Logout §3: with a good hint, and without."""
    provider.sign_in()
    hint = provider.tokens()["id_token"]
    for target in TARGETS:
        for query in ({"id_token_hint": hint}, {"client_id": provider.client.client_id}, {}):
            answer = provider.get("/end-session", query | {"post_logout_redirect_uri": target})
            assert not leads_to_attacker(answer.headers.get("Location", "")), target


@pytest.mark.parametrize("host", ["attacker.example", "id.example:1234", "id.example.attacker.example"])
def test_another_host_name_changes_no_address(provider: Provider, host: str) -> None:
    """Host header injection: what we say of ourselves is the issuer's setting, links are without a host."""
    headers = {"X-Forwarded-Host": host, "Forwarded": f"host={host}", "X-Forwarded-Proto": "http"}
    for _, path, _ in served(provider.app, SAFE):
        for base_url in (f"https://{host}", ISSUER):
            answer = provider.browser.get(path, base_url=base_url, headers=headers)
            assert host not in answer.text, path
            assert host not in str(answer.headers), path
