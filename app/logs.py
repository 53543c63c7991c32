"""Structured logs: one JSON line a request, naming the route and never the address, the query or a person."""

import json
import logging
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, Response, request

from identity.exchange import kept

log = structlog.get_logger()
_as_json = json.JSONEncoder().encode


class _Lines:
    """Whether the lines of requests are JSON, as ``configure`` said last in this process."""

    are_json = False


def configure(*, development: bool) -> None:
    """Send every log line to stderr: as JSON, or as readable text in development."""
    _Lines.are_json = not development
    renderer = structlog.dev.ConsoleRenderer() if development else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def init_app(app: Flask) -> None:
    """Log each request when it has been answered, with an id that error pages show as the reference."""
    app.before_request(begin)
    app.after_request(_log)


def request_id() -> str:
    """The id of this request, as error pages show it."""
    known = kept()
    made: str | None = known.get("request_id")
    if made is None:
        made = known["request_id"] = secrets.token_hex(6)
    return made


def begin() -> None:
    """The request has come; once more means nothing."""
    kept().setdefault("request_began", time.perf_counter())


def log_request(method: str, route: str | None, status_code: int) -> None:
    """Write the line of this request."""
    began = kept().get("request_began")
    facts = {
        "request_id": request_id(),
        "method": method,
        "route": route,
        "status": status_code,
        "milliseconds": round((time.perf_counter() - began) * 1000, 1) if began else None,
    }
    if _Lines.are_json:
        _write(facts)
    else:
        log.info("request", **facts)


def _write(facts: dict[str, Any]) -> None:
    """The line that structlog would write, at a fifth of the time."""
    timestamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    facts |= {"event": "request", "level": "info", "timestamp": timestamp}
    sys.stderr.write(_as_json(facts) + "\n")


def _log(response: Response) -> Response:
    log_request(request.method, request.url_rule.rule if request.url_rule else None, response.status_code)
    return response
