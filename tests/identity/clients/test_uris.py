"""Which addresses a client may register (RFC 6749 §3.1.2, RFC 9700 §2.1, OpenID Connect Core §8.1)."""

import pytest

from identity.clients.errors import InvalidClientMetadata
from identity.clients.uris import check_backchannel_logout_uri, check_redirect_uri, sector_of


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example:8443/callback?tenant=7",
        "https://xn--pple-43d.example/callback",
        "https://app.example",
    ],
)
def test_an_absolute_https_address_is_accepted(uri: str) -> None:
    check_redirect_uri(uri, "redirect_uris", development=False)


@pytest.mark.parametrize("uri", ["http://localhost:8001/cb", "http://127.0.0.1:8001/cb", "http://[::1]:1/cb"])
def test_http_on_the_loopback_is_accepted_in_development_only(uri: str) -> None:
    check_redirect_uri(uri, "redirect_uris", development=True)
    with pytest.raises(InvalidClientMetadata, match="must be https"):
        check_redirect_uri(uri, "redirect_uris", development=False)


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("https://app.example/cb#part", "fragment"),
        ("https://app.example/cb#", "fragment"),
        ("https://*.example/cb", "wildcard"),
        ("https://app.example/*", "wildcard"),
        ("https://user@app.example/cb", "user"),
        ("https://user:pw@app.example/cb", "user"),
        ("https://@app.example/cb", "user"),
        ("http://app.example/cb", "https"),
        ("javascript:alert(1)", "host"),
        ("data:text/html,x", "host"),
        ("/callback", "host"),
        ("//app.example/cb", "https"),
        ("https:///cb", "host"),
        ("https://App.example/cb", "small letters"),
        ("https://app.example./cb", "host"),
        ("https://app.example:99999/cb", "valid address"),
        ("https://app.example:port/cb", "valid address"),
        ("https://app.example/a/../cb", "dot segments"),
        ("https://app.example/cb x", "characters"),
        ("https://app.example\\@evil.example/cb", "characters"),
        ("https://аpp.example/cb", "characters"),
        ("https://app.example/cb\r\nX: y", "characters"),
        ("https://app.example/" + "a" * 2000, "characters"),
        ("", "characters"),
    ],
)
def test_what_a_browser_must_not_be_sent_to_is_refused(uri: str, reason: str) -> None:
    with pytest.raises(InvalidClientMetadata, match=reason):
        check_redirect_uri(uri, "redirect_uris", development=True)


def test_a_back_channel_address_has_no_fragment_and_is_https() -> None:
    check_backchannel_logout_uri("https://app.example/logout", development=False)
    for uri in ("https://app.example/logout#x", "http://app.example/logout", "ftp://app.example/"):
        with pytest.raises(InvalidClientMetadata):
            check_backchannel_logout_uri(uri, development=False)


def test_the_sector_is_the_host_of_the_redirect_uris() -> None:
    assert sector_of(["https://app.example/a", "https://app.example:8443/b"], None) == "app.example"


def test_redirect_uris_on_several_hosts_need_a_sector_identifier() -> None:
    uris = ["https://one.example/cb", "https://two.example/cb"]
    with pytest.raises(InvalidClientMetadata, match="several hosts"):
        sector_of(uris, None)
    assert sector_of(uris, "Sector.example") == "sector.example"


def test_a_sector_identifier_is_a_host_name() -> None:
    with pytest.raises(InvalidClientMetadata, match="not a host name"):
        sector_of(["https://one.example/cb"], "https://sector.example/")
