"""Documents that clients publish about themselves: fetched with limits, and never while a write waits."""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from identity.clients.errors import DocumentUnavailable
from identity.outgoing_http import outgoing_http

MAX_BYTES = 64 * 1024
MAX_REQUEST_OBJECT_BYTES = 8192
MAX_IMAGE_BYTES = 128 * 1024
SECONDS = 5.0
"""For everything from the first connection to the last byte."""

REQUEST_OBJECT_TYPES = ("application/oauth-authz-req+jwt", "application/jwt")
MOST_AT_ONCE = 2
"""Anybody can make a process fetch a request object, so that must not take all its threads."""

FetchDocument = Callable[[str], Any]
"""Returns the JSON at an address. Raises DocumentUnavailable."""
FetchText = Callable[[str], str]
"""Returns the text at an address. Raises DocumentUnavailable."""

OpenHttp = Callable[..., requests.Session]
"""Makes what calls are made with, as ``outgoing_http`` does."""
FetchImage = Callable[[str], bytes]
"""Returns what claims to be an image at an address. Raises DocumentUnavailable."""


def document_fetcher(*, development: bool, open_http: OpenHttp = outgoing_http) -> FetchDocument:
    """How this process fetches; in development also by http and from this very machine."""

    def fetch(uri: str) -> Any:
        with open_http(public_only=not development, lifetime=SECONDS) as http:
            return fetch_json(http, uri)

    return fetch


def image_fetcher(*, development: bool) -> FetchImage:
    """How this process fetches logos, by the same rules."""

    def fetch(uri: str) -> bytes:
        with outgoing_http(public_only=not development, lifetime=SECONDS) as http:
            return fetch_image(http, uri)

    return fetch


def request_object_fetcher(*, development: bool) -> FetchText:
    """How this process fetches request objects (RFC 9101 §5.2.3), so many at once."""
    free = threading.BoundedSemaphore(MOST_AT_ONCE)

    def fetch(uri: str) -> str:
        if not free.acquire(blocking=False):
            raise DocumentUnavailable("cannot be fetched now: try again")
        try:
            with outgoing_http(public_only=not development, lifetime=SECONDS) as http:
                return fetch_request_object(http, uri)
        finally:
            free.release()

    return fetch


def fetch_image(http: requests.Session, uri: str) -> bytes:
    """What is served as a PNG or JPEG, at most 128 KiB, under the rules of ``fetch_json``."""
    return _fetch(http, uri, "image/png, image/jpeg", MAX_IMAGE_BYTES)


def fetch_request_object(http: requests.Session, uri: str) -> str:
    """The JWT at an address, under the rules of ``fetch_json``. Raises DocumentUnavailable."""
    body = _fetch(http, uri, ", ".join(REQUEST_OBJECT_TYPES), MAX_REQUEST_OBJECT_BYTES)
    try:
        return body.decode("ascii").strip()
    except UnicodeDecodeError:
        raise DocumentUnavailable("is not a JWT") from None


def fetch_json(http: requests.Session, uri: str) -> Any:
    """The JSON document at an address: 200, a JSON type, at most 64 KiB, no redirect, no compression.

    Raises DocumentUnavailable, which quotes nothing of what the other side sent.
    """
    body = _fetch(http, uri, "application/json, application/jwk-set+json", MAX_BYTES)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise DocumentUnavailable("is not JSON") from None


def _fetch(http: requests.Session, uri: str, accept: str, most_bytes: int) -> bytes:
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    try:
        with http.get(uri, headers=headers, timeout=SECONDS, allow_redirects=False, stream=True) as answer:
            _check_headers(answer, accept.split(", "))
            body = answer.raw.read(most_bytes + 1, decode_content=False)
    except (requests.RequestException, HTTPError, OSError):
        raise DocumentUnavailable("could not be reached") from None
    if len(body) > most_bytes:
        raise DocumentUnavailable(f"is larger than {most_bytes} bytes")
    return bytes(body)


def _check_headers(answer: requests.Response, accepted: Sequence[str]) -> None:
    if answer.status_code != 200:
        raise DocumentUnavailable(f"answered {answer.status_code}")
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    is_json = "application/json" in accepted and media_type.endswith("+json")
    if media_type not in accepted and not is_json:
        raise DocumentUnavailable(f"is not served as {accepted[0]}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DocumentUnavailable("is compressed")
