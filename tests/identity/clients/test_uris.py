"""Which addresses a client may register (RFC 6749 §3.1.2, RFC 9700 §2.1, OpenID Connect Core §8.1)."""

import pytest

from identity.clients.errors import InvalidClientMetadata
from identity.clients.metadata import ClientMetadata
from identity.clients.uris import check_redirect_uri, check_uri, is_same_loopback_address, sector_of


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
    check_uri("https://app.example/logout", "backchannel_logout_uri", development=False)
    for uri in ("https://app.example/logout#x", "http://app.example/logout", "ftp://app.example/"):
        with pytest.raises(InvalidClientMetadata):
            check_uri(uri, "backchannel_logout_uri", development=False)


def sector(*uris: str, identifier: str | None = None, **described: str) -> str:
    return sector_of(ClientMetadata("App", uris, **described), "the-client", identifier)


def test_the_sector_is_the_host_of_the_redirect_uris() -> None:
    assert sector("https://app.example/a", "https://app.example:8443/b") == "app.example"


def test_redirect_uris_on_several_hosts_need_a_sector_identifier() -> None:
    uris = ("https://one.example/cb", "https://two.example/cb")
    with pytest.raises(InvalidClientMetadata, match="several hosts"):
        sector(*uris)
    assert sector(*uris, identifier="Sector.example") == "sector.example"


def test_a_sector_identifier_is_a_host_name() -> None:
    with pytest.raises(InvalidClientMetadata, match="not a host name"):
        sector("https://one.example/cb", identifier="https://sector.example/")


def test_a_native_app_without_a_host_has_a_sector_of_its_own() -> None:
    """OpenID Connect Core §8.1: "localhost" would be one sector for every app on every machine."""
    for uri in ("http://127.0.0.1/cb", "com.example.app:/cb"):
        assert sector(uri, application_type="native") == "the-client"


def test_a_sector_identifier_uri_gives_the_sector() -> None:
    """OpenID Connect Core §8.1."""
    uris = ("https://one.example/cb", "https://two.example/cb")
    assert sector(*uris, sector_identifier_uri="https://sector.example/uris.json") == "sector.example"


@pytest.mark.parametrize("uri", ["http://127.0.0.1/cb", "http://[::1]:8000/cb", "http://localhost:1/cb"])
def test_a_native_app_may_listen_on_the_loopback(uri: str) -> None:
    """RFC 8252 §7.3, OpenID Connect Registration §2, application_type."""
    check_redirect_uri(uri, "redirect_uris", development=False, application_type="native")
    with pytest.raises(InvalidClientMetadata):
        check_redirect_uri(uri, "redirect_uris", development=False)


@pytest.mark.parametrize("uri", ["com.example.app:/cb", "com.example.app://callback"])
def test_a_native_app_may_have_a_scheme_of_its_own(uri: str) -> None:
    """RFC 8252 §7.1."""
    check_redirect_uri(uri, "redirect_uris", development=False, application_type="native")
    with pytest.raises(InvalidClientMetadata):
        check_redirect_uri(uri, "redirect_uris", development=False)


@pytest.mark.parametrize(
    "uri",
    [
        *("http://app.example/cb", "javascript:alert(1)", "data:text/html,x", "myapp:/cb", "app.:/cb"),
        *(
            "com.example.app:/cb#x",
            "com.example.app://user@host/cb",
            "file:///etc/passwd",
            "http://10.0.0.1/",
        ),
    ],
)
def test_a_native_app_may_have_nothing_else(uri: str) -> None:
    """RFC 8252 §7.1: a scheme is a domain turned round; §7.3: http is for the loopback alone."""
    with pytest.raises(InvalidClientMetadata):
        check_redirect_uri(uri, "redirect_uris", development=False, application_type="native")


def test_a_web_app_is_not_on_localhost() -> None:
    """OpenID Connect Registration §2, application_type."""
    for uri in ("https://localhost/cb", "https://127.0.0.1/cb", "https://app.localhost/cb"):
        with pytest.raises(InvalidClientMetadata):
            check_redirect_uri(uri, "redirect_uris", development=False)


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        ("http://127.0.0.1:51000/cb?x=1", True),
        ("http://127.0.0.1/cb?x=1", True),
        ("http://127.0.0.1:51000/other", False),
        ("http://127.0.0.1:51000/cb", False),
        ("http://localhost:51000/cb?x=1", False),
        ("https://127.0.0.1:51000/cb?x=1", False),
        ("http://127.0.0.1:51000@evil.example/cb?x=1", False),
        ("http://user@127.0.0.1:51000/cb?x=1", False),
        ("http://127.0.0.1.evil.example/cb?x=1", False),
        ("http://127.0.0.1:99999/cb?x=1", False),
        ("http://127.0.0.1:5 1/cb?x=1", False),
    ],
)
def test_a_loopback_address_may_differ_in_its_port_alone(asked: str, same: bool) -> None:
    """RFC 8252 §7.3."""
    assert is_same_loopback_address("http://127.0.0.1:8000/cb?x=1", asked) is same
