"""Turns every exception into an answer: a page for people, problem+json (RFC 9457) for programs.

No answer ever carries the text of an exception that was not written for the person who reads it.
"""

import json
import traceback
from http import HTTPStatus

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from app.logs import log, request_id
from app.request_transaction import roll_back
from profiles.errors import Conflict, Invalid, InvalidTransition, NotFound, NotPermitted, ProfileError

STATUSES: dict[type[ProfileError], HTTPStatus] = {
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    InvalidTransition: HTTPStatus.CONFLICT,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.BAD_REQUEST,
}


def init_app(app: Flask) -> None:
    """Register a handler for each kind of exception."""
    app.register_error_handler(ProfileError, _profile_error)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(IntegrityError, _somebody_was_first)
    app.register_error_handler(OperationalError, _database_busy)
    app.register_error_handler(Exception, _unexpected)


def error_answer(status: int, reason: str = "") -> Response:
    """The answer for a status: nothing that the request has written stays."""
    roll_back()
    if _wants_page():
        page = render_template("errors/error.html", status=status, reason=reason, reference=request_id())
        return make_response(page, status)
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if reason:
        problem["detail"] = reason
    problem["instance"] = f"urn:lanyard:request:{request_id()}"
    response = make_response(json.dumps(problem), status)
    response.content_type = "application/problem+json"
    return response


def _wants_page() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best == "text/html" and not request.path.startswith("/api/")


def _profile_error(error: ProfileError) -> Response:
    status = next(status for kind, status in STATUSES.items() if isinstance(error, kind))
    return error_answer(status, error.message)


def _form_expired(_error: CSRFError) -> Response:
    return error_answer(
        HTTPStatus.BAD_REQUEST, "This form was open for too long, or did not come from our own pages."
    )


def _http_exception(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    answer = error_answer(error.code or 500)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            answer.headers[name] = value
    return answer


def _somebody_was_first(_error: IntegrityError) -> Response:
    log.warning("refused by the database", request_id=request_id())
    return error_answer(HTTPStatus.CONFLICT)


def _database_busy(_error: OperationalError) -> Response:
    log.error("database not available", request_id=request_id())
    answer = error_answer(HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = "2"
    return answer


def _unexpected(error: Exception) -> Response:
    # Where it happened, not what it says: an exception's text can hold a person's data.
    where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log.error("unexpected", request_id=request_id(), exception=type(error).__name__, where=where[-8:])
    return error_answer(HTTPStatus.INTERNAL_SERVER_ERROR)
