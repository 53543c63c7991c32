"""Where signing in may lead: pages of this origin, whatever tricks an address plays."""

import pytest

from identity.sign_in.next_path import HOME, safe_next_path


@pytest.mark.parametrize(
    "path", ["/", "/apps", "/authorize?client_id=a&redirect_uri=https%3A%2F%2Fapp.example%2Fcb", "/a?b=c#d"]
)
def test_a_path_of_our_own_stays(path: str) -> None:
    assert safe_next_path(path) == path


@pytest.mark.parametrize(
    "trick",
    [
        None,
        "",
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/\t/evil.example/",
        "/\n/evil.example/",
        "\t//evil.example/",
        " //evil.example/",
        "/ /evil.example",
        "/\x00/evil.example",
        "/\x85/evil.example",
        "/\u2028/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "http:/evil.example",
        "?next=/",
        "/" + "a" * 8000,
    ],
)
def test_everything_else_leads_home(trick: str | None) -> None:
    assert safe_next_path(trick) == HOME
