"""What a request's fields are, however they are encoded."""

from urllib.parse import parse_qsl, quote_plus

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from identity.exchange import Exchange, Pairs

_PARTS = st.text("ab=&+% 0f;é", max_size=12) | st.text(max_size=5).map(quote_plus)


def query(text: str) -> Pairs:
    environ = {"REQUEST_METHOD": "GET", "QUERY_STRING": text.encode().decode("latin-1")}
    return Exchange(Flask(__name__), environ, None).query


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
