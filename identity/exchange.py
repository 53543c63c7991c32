"""One request and its answer as the endpoints see them, whoever calls: the dispatcher alone, or Flask.

Nothing of a request is read before it is asked for. Flask's ``g`` and ``current_app`` look for their context
at every use, a hundred times a sign-in: before Flask there are ``kept`` and ``serving_app`` in their place.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar, Token
from functools import cached_property, wraps
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import unquote

from flask import Flask, current_app, g, request
from werkzeug.exceptions import ClientDisconnected
from werkzeug.urls import iri_to_uri

FORM = "application/x-www-form-urlencoded"
Pairs = tuple[tuple[str, str], ...]
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_NOT_IN_HEADERS = re.compile(r"[\x00-\x1f\x7f]")
_as_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class Answer:
    """What a program is answered. It is a WSGI application, so that Flask takes it from a view too."""

    __slots__ = ("body", "headers", "status_code")

    def __init__(self, body: bytes, content_type: str, status_code: int = 200) -> None:
        self.body = body
        self.status_code = status_code
        self.headers: dict[str, str] = {"Content-Type": content_type}

    @classmethod
    def of_json(cls, body: Mapping[str, Any], status_code: int = 200) -> "Answer":
        """Raises TypeError or ValueError when the body is not JSON."""
        return cls(_as_json(body).encode(), "application/json", status_code)

    @classmethod
    def elsewhere(cls, address: str) -> "Answer":
        """Lead on to an address, by GET (RFC 9110 §15.4.4). Raises ValueError when it is none."""
        if _NOT_IN_HEADERS.search(address):
            raise ValueError("an address holds control characters")
        answer = cls(b"", "text/plain; charset=utf-8", 303)
        answer.headers["Location"] = address if address.isascii() else iri_to_uri(address)
        return answer

    def __call__(
        self,
        _environ: Mapping[str, Any],
        start_response: Callable[..., Any],
        more_headers: Iterable[tuple[str, str]] = (),
    ) -> list[bytes]:
        """Answer."""
        length = ("Content-Length", str(len(self.body)))
        start_response(_STATUS_LINES[self.status_code], [*self.headers.items(), length, *more_headers])
        return [self.body]


class Page:
    """An answer that Flask must make: a template, a redirect to one of our pages."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


Endpoint = Callable[[], Answer | Page]
Outcome = Answer | Page | Exception
_DIRECT = "lanyard_direct"


class Exchange:
    """A request as WSGI hands it over (PEP 3333); within ``with``, the one that goes on in this thread."""

    outcome: Outcome | None = None
    """What the dispatcher has come to, where Flask is to go on from there."""
    _before: Token["Exchange | None"]

    def __init__(self, app: Flask, environ: Mapping[str, Any], endpoint: str | None) -> None:
        self.app = app
        self._environ = environ
        self.endpoint = endpoint
        """Flask's name of what answers."""
        self.method: str = environ["REQUEST_METHOD"]
        self.more_headers: dict[str, str] = {}
        """What the answer carries, whatever it will be."""
        self.kept: dict[str, Any] = {}
        """What else is known of it, by whoever found it out."""

    def __enter__(self) -> Self:
        self._before = _going_on.set(self)
        return self

    def __exit__(self, *_error: object) -> None:
        _going_on.reset(self._before)

    @property
    def path(self) -> str:
        """Where the request goes to, decoded."""
        path: str = self._environ["PATH_INFO"]
        return path if path.isascii() else path.encode("latin-1").decode(errors="replace")

    @property
    def authorization(self) -> str | None:
        """The header by which a program says who it is."""
        found: str | None = self._environ.get("HTTP_AUTHORIZATION")
        return found

    @property
    def origin(self) -> str | None:
        """Whose page asks, where a browser asks for one (the Fetch standard)."""
        found: str | None = self._environ.get("HTTP_ORIGIN")
        return found

    @property
    def dpop(self) -> str | None:
        """The proof that the request brings (RFC 9449 §4.1)."""
        found: str | None = self._environ.get("HTTP_DPOP")
        return found

    def cookie(self, name: str) -> str:
        """The first of this name, as it was given (RFC 6265 §4.2); empty when there is none."""
        for pair in self._environ.get("HTTP_COOKIE", "").split(";"):
            found, _, value = pair.strip().partition("=")
            if found == name:
                return str(value)
        return ""

    @property
    def has_form(self) -> bool:
        """Whether the body says that it is a form's, in the one way that protocols know."""
        content_type: str = self._environ.get("CONTENT_TYPE", "")
        return content_type == FORM or content_type.partition(";")[0].strip().lower() == FORM

    @cached_property
    def query(self) -> Pairs:
        """The parameters of the address, as they came."""
        return _pairs(self._environ.get("QUERY_STRING", "").encode("latin-1"))

    @cached_property
    def body(self) -> bytes:
        """A form's, once all of it has come: a client may be slow.

        Raises ClientDisconnected when it breaks off.
        """
        length = int(self._environ.get("CONTENT_LENGTH") or 0)
        if not length or not self.has_form:
            return b""
        body, stream = b"", self._environ["wsgi.input"]
        while len(body) < length:
            more: bytes = stream.read(length - len(body))
            if not more:
                raise ClientDisconnected
            body += more
        return body

    @cached_property
    def form(self) -> Pairs:
        """The fields of the body, as they came. Raises what ``body`` raises."""
        return _pairs(self.body) if self.body else ()


class FlaskExchange(Exchange):
    """One that Flask received: whether the body may be read, and as what, is its matter."""

    @cached_property
    def form(self) -> Pairs:
        """As Flask reads it. Raises its HTTPException."""
        return tuple(request.form.items(multi=True))


_going_on: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The one that the dispatcher received; None in what Flask did."""


def current_exchange() -> Exchange:
    """The exchange that is going on."""
    exchange = find_exchange()
    if exchange is None:
        exchange = g.exchange = FlaskExchange(current_app, request.environ, request.endpoint)
    return exchange


def find_exchange() -> Exchange | None:
    """The same, unless nobody has asked for it yet."""
    found: Exchange | None = _going_on.get() or g.get("exchange")
    return found


def kept() -> dict[str, Any]:
    """What is known of the exchange that is going on; in a command, of its context."""
    exchange = _going_on.get()
    if exchange is not None:
        return exchange.kept
    known: dict[str, Any] = g.setdefault("kept", {})
    return known


def serving_app() -> Flask:
    """The app that answers, or whose command runs."""
    exchange = _going_on.get()
    return current_app if exchange is None else exchange.app


def in_flask(endpoint: Endpoint) -> Callable[[], Any]:
    """Flask's view of an endpoint."""

    @wraps(endpoint)
    def view() -> Any:
        outcome = current_exchange().outcome or endpoint()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome.make() if isinstance(outcome, Page) else outcome

    return view


def direct(endpoint: Endpoint) -> Callable[[], Any]:
    """The same of an endpoint that the dispatcher calls without Flask, whose view then goes on from there.

    Nothing may hang on Flask's ``request``, nor on its token of forms.
    """
    view = in_flask(endpoint)
    setattr(view, _DIRECT, endpoint)
    return view


def find_direct(view: object) -> Endpoint | None:
    """The endpoint behind a view that ``direct`` made; None behind any other."""
    found: Endpoint | None = getattr(view, _DIRECT, None)
    return found


def _pairs(encoded: bytes) -> Pairs:
    """The fields of a form or a query (the URL standard, §5.1), of which most need no decoding.

    What is no UTF-8 is nobody's parameter, but no reason to fail: it stays encoded, or is replaced.
    """
    fields = (field.partition("=") for field in encoded.decode(errors="replace").split("&") if field)
    return tuple((_decoded(name), _decoded(value)) for name, _, value in fields)


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote(text, errors="werkzeug.url_quote") if "%" in text else text
