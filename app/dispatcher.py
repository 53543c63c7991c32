"""Stands before Flask and answers programs without it, at the endpoints that bear the most (ADR 26).

Flask finds a route, opens a session of forms, runs a dozen hooks and writes headers one by one: a third of
what a sign-in cost. Here an endpoint is called by its method and path alone, and each rule for answers (notes
of refusals, scripts of other sites, commit or not, strict headers, the log's line) is the very function that
Flask's hooks call. What is not plain, and what comes to a page or an error, goes to Flask, which goes on from
there.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import Any, NamedTuple

from flask import Flask

from app.access import requirement_of
from app.logs import begin, log_request
from app.request_transaction import close_session, settle
from app.security_headers import NOT_KEPT, strict_headers
from identity.endpoints import cross_origin, error_notes
from identity.exchange import Answer, Endpoint, Exchange, Outcome, find_direct, find_exchange
from identity.turn import TURN

Environ = dict[str, Any]
WSGI = Callable[[Any, Any], Iterable[bytes]]
LONGEST_BODY = 65536
"""Bytes; far more than any protocol asks for. What is longer is for Flask, which has limits of its own."""


class _Place(NamedTuple):
    name: str
    route: str
    endpoint: Endpoint


def init_app(app: Flask) -> None:
    """Put it in front. Comes last of what adds routes and wraps Flask: no proxy's word counts here."""
    app.wsgi_app = Dispatcher(app)  # type: ignore[method-assign]
    app.after_request(_add_more_headers)


class Dispatcher:
    """The WSGI application; Flask's own is behind it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask: WSGI = app.wsgi_app
        self._places = dict(_places(app))
        self._strict_headers = strict_headers(app)
        is_sqlite = app.extensions["engine"].dialect.name == "sqlite"
        self._turn = TURN.taken if is_sqlite else nullcontext

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, with Flask or without."""
        if not _is_plain(environ):
            return self._flask(environ, start_response)
        place = self._places.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if place is None:
            environ["wsgi.input"] = BytesIO(_read(environ))
            environ.pop("wsgi.input_terminated", None)  # its end is where Content-Length says
            with self._turn():
                return self._flask(environ, start_response)
        with Exchange(self._app, environ, place.name) as exchange:
            begin()
            try:
                exchange.outcome = _outcome_at(place, exchange, self._turn)
                if isinstance(exchange.outcome, Answer):
                    return exchange.outcome(environ, start_response, self._strict_headers)
                with self._turn():
                    return self._flask(environ, start_response)
            finally:
                close_session()


def _outcome_at(
    place: _Place, exchange: Exchange, turn: Callable[[], AbstractContextManager[None]]
) -> Outcome:
    """What the endpoint comes to; an answer is finished, but for the headers that all answers have.

    The body is awaited before the turn, so that a client who sends it slowly holds up nobody.
    """
    try:
        if exchange.method == "POST":
            _ = exchange.body
        with turn():
            outcome = place.endpoint()
            if isinstance(outcome, Answer):
                _finish(exchange, outcome)
                log_request(exchange.method, place.route, outcome.status_code)
    except Exception as error:
        return error
    return outcome


def _places(app: Flask) -> Iterable[tuple[tuple[str, str], _Place]]:
    """Where an endpoint is called directly. Raises ValueError where a check of Flask's would be left out."""
    exempt = app.extensions["csrf"]._exempt_views
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        endpoint, requirement = find_direct(view), requirement_of(view)
        if endpoint is None:
            continue
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        guarded = methods != {"GET"} and f"{view.__module__}.{view.__name__}" not in exempt
        if guarded or rule.arguments or requirement is None or not requirement.public:
            raise ValueError(f"{rule.endpoint} cannot do without Flask")
        for method in methods:
            yield (method, rule.rule), _Place(rule.endpoint, rule.rule, endpoint)


def _is_plain(environ: Environ) -> bool:
    """Whether nothing about the request needs more than its few lines: no prefix, no files, no stream."""
    length: str = environ.get("CONTENT_LENGTH") or "0"
    return (
        not environ.get("SCRIPT_NAME")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and not environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
        and length.isdecimal()
        and int(length) <= LONGEST_BODY
    )


def _read(environ: Environ) -> bytes:
    """All of the body that comes, for Flask to read again, which finds it short where a client broke off."""
    length, parts = int(environ.get("CONTENT_LENGTH") or 0), []
    while length and (part := environ["wsgi.input"].read(length)):
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _finish(exchange: Exchange, answer: Answer) -> None:
    """What Flask's hooks do to an answer. Raises what a commit raises."""
    error_notes.write()
    answer.headers.update(exchange.more_headers)
    answer.headers.update(cross_origin.headers())
    settle(answer.status_code)
    answer.headers.setdefault("Cache-Control", NOT_KEPT)


def _add_more_headers(response: Any) -> Any:
    """What an endpoint wants of the answer, where Flask makes it."""
    exchange = find_exchange()
    if exchange is not None:
        response.headers.update(exchange.more_headers)
    return response
