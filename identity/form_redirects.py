"""Lets a form's answer lead to a client: Chromium applies form-action to every redirect after a form.

The same page may say which client that is.
"""

from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.base import OAuth2Error
from flask import g

from identity.authorization_request import CannotReturn, find_return_address
from identity.clients.registry import RegisteredClient
from identity.context import current
from identity.parameters import Parameters
from identity.unfolded_requests import unfold

AUTHORIZATION_PATH = "/authorize"


def allow_form_redirect(registered_uri: str) -> None:
    """Let forms of this request's page end at this registered address; ``app.security_headers`` reads it.

    A policy can name no IPv6 address (CSP3 §2.3.1), so that of ``[::1]`` names the scheme alone.
    """
    parts = urlsplit(registered_uri)
    is_web = parts.scheme in {"http", "https"} and "[" not in parts.netloc
    origin = f"{parts.scheme}://{parts.netloc.lower()}" if is_web else f"{parts.scheme}:"
    g.form_action_origins = [*g.get("form_action_origins", ()), origin]


def allow_form_redirect_after(next_path: str) -> RegisteredClient | None:
    """The same for a form that leads on to ``next_path``, when that is a client's authorization request.

    Return the client; None when it leads to a page of our own, or nowhere.
    """
    parts = urlsplit(next_path)
    if parts.path != AUTHORIZATION_PATH:
        return None
    unverified = Parameters(parse_qsl(parts.query, keep_blank_values=True))
    context = current()
    try:
        asked = unfold(context, unverified, context.now()).parameters
        return_address = find_return_address(asked, context.find_client)
    except (CannotReturn, OAuth2Error):
        return None
    allow_form_redirect(return_address.redirect_uri)
    return return_address.client
