"""What a request's fields and cookies are."""

from urllib.parse import parse_qsl, quote_plus

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from identity.exchange import Exchange, Pairs

_PARTS = st.text("ab=&+% 0f;é", max_size=12) | st.text(max_size=5).map(quote_plus)


def exchange(**environ: str) -> Exchange:
    return Exchange(Flask(__name__), {"REQUEST_METHOD": "GET", **environ}, None)


def query(text: str) -> Pairs:
    return exchange(QUERY_STRING=text.encode().decode("latin-1")).query


@given(st.lists(_PARTS, max_size=4).map("&".join))
def test_fields_are_read_as_the_standard_library_reads_them(text: str) -> None:
    assert query(text) == tuple(parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote"))


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("a", (("a", ""),)),
        ("a=b=c&&a=", (("a", "b=c"), ("a", ""))),
        ("x=a+b%2B%26", (("x", "a b+&"),)),
        ("x=%ff", (("x", "%FF"),)),
    ],
)
def test_fields_of_a_query(text: str, pairs: Pairs) -> None:
    assert query(text) == pairs


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("session=abc", "abc"),
        ("theme=dark; session=abc; lang=en", "abc"),
        ("theme=dark;session=a=b", "a=b"),
        ("session=first; session=second", "first"),
        ("my_session=x; session_2=y; session", ""),
        ("", ""),
    ],
)
def test_a_cookie_is_found_by_its_whole_name(header: str, value: str) -> None:
    assert exchange(HTTP_COOKIE=header).cookie("session") == value


def test_a_request_without_cookies_has_none() -> None:
    assert exchange().cookie("session") == ""
