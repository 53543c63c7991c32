"""Documents that clients publish about themselves: fetched with limits, and never while a write waits."""

import json
from collections.abc import Callable
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from identity.clients.errors import DocumentUnavailable
from identity.outgoing_http import outgoing_http

MAX_BYTES = 64 * 1024
SECONDS = 5.0
"""For everything from the first connection to the last byte."""

FetchDocument = Callable[[str], Any]
"""Returns the JSON at an address. Raises DocumentUnavailable."""


def document_fetcher(*, development: bool) -> FetchDocument:
    """How this process fetches; in development also by http and from this very machine."""

    def fetch(uri: str) -> Any:
        with outgoing_http(public_only=not development, lifetime=SECONDS) as http:
            return fetch_json(http, uri)

    return fetch


def fetch_json(http: requests.Session, uri: str) -> Any:
    """The JSON document at an address: 200, a JSON type, at most 64 KiB, no redirect, no compression.

    Raises DocumentUnavailable, which quotes nothing of what the other side sent.
    """
    headers = {"Accept": "application/json, application/jwk-set+json", "Accept-Encoding": "identity"}
    try:
        with http.get(uri, headers=headers, timeout=SECONDS, allow_redirects=False, stream=True) as answer:
            _check_headers(answer)
            body = answer.raw.read(MAX_BYTES + 1, decode_content=False)
    except (requests.RequestException, HTTPError, OSError):
        raise DocumentUnavailable("could not be reached") from None
    if len(body) > MAX_BYTES:
        raise DocumentUnavailable(f"is larger than {MAX_BYTES} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise DocumentUnavailable("is not JSON") from None


def _check_headers(answer: requests.Response) -> None:
    if answer.status_code != 200:
        raise DocumentUnavailable(f"answered {answer.status_code}")
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise DocumentUnavailable("is not served as JSON")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DocumentUnavailable("is compressed")
