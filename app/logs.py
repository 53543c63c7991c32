"""Structured logs: one JSON line a request, naming the route and never the address, the query or a person."""

import logging
import secrets
import sys
import time

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()


def configure(*, development: bool) -> None:
    """Send every log line to stderr: as JSON, or as readable text in development."""
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
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def begin() -> None:
    """The request has come; once more means nothing."""
    if "request_began" not in g:
        g.request_began = time.perf_counter()


def log_request(method: str, route: str | None, status_code: int) -> None:
    """Write the line of this request."""
    began = g.get("request_began")
    log.info(
        "request",
        request_id=request_id(),
        method=method,
        route=route,
        status=status_code,
        milliseconds=round((time.perf_counter() - began) * 1000, 1) if began else None,
    )


def _log(response: Response) -> Response:
    log_request(request.method, request.url_rule.rule if request.url_rule else None, response.status_code)
    return response
