"""What a person sees of an authorization request: the notice, a refusal, or that it leads nowhere."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import make_response, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.authorization_request import FORM_POST, CannotReturn, ReturnAddress
from identity.clients.registry import RegisteredClient
from identity.context import current
from identity.endpoints import error_notes
from identity.exchange import Answer, Page
from identity.form_redirects import AUTHORIZATION_PATH, allow_form_redirect
from identity.parameters import Parameters
from identity.sessions.cookie import signed_in_now
from identity.sessions.service import SignedIn
from profiles.disclosure import service as disclosure
from profiles.sign_in.service import app_in_words, display_name


def notice(
    return_address: ReturnAddress, shown: disclosure.NoticeView, name: str, parameters: Parameters
) -> Response:
    """What is shared, with whom, why, on which basis and for how long (UK GDPR Art 13).

    The answer carries the whole request, also the note that the person has signed in for it.
    """
    allow_form_redirect(return_address.redirect_uri)
    action = f"{url_for('protocol.answer_notice')}?{query_of(parameters.pairs)}"
    client = return_address.client
    page = render_template(
        "authorization/notice.html",
        notice=shown,
        name=name,
        action=action,
        client_name=client.client_name,
        is_anybodys=return_address.is_anybodys,
        policy_uri=client.policy_uri,
        tos_uri=client.tos_uri,
    )
    return make_response(page)


def send_back(return_address: ReturnAddress, issuer: str, answer: Mapping[str, str]) -> Answer | Page:
    """Back to the client with an answer, in the response mode that it asked for.

    By form_post the page is a form, so that the answer stands in no address (Form Post Response Mode §2).
    """
    if "error" in answer:
        error_notes.note(answer["error"], answer.get("error_description"), return_address.client)
    if return_address.response_mode != FORM_POST:
        return Answer.elsewhere(return_address.with_answer(issuer, answer))
    return Page(partial(_posted_back, return_address, issuer, answer))


def _posted_back(return_address: ReturnAddress, issuer: str, answer: Mapping[str, str]) -> Response:
    allow_form_redirect(return_address.redirect_uri)
    page = render_template(
        "authorization/form_post.html",
        app_name=return_address.client.client_name,
        action=return_address.redirect_uri,
        fields=return_address.fields(issuer, answer),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response


def refusal(
    return_address: ReturnAddress,
    access: disclosure.Decision,
    name: str,
    *,
    app_name: str,
    issuer: str,
    error: Mapping[str, str],
) -> Response:
    """Why the person may not use the app, and whom to ask; from there they take the error to the app."""
    page = render_template(
        "authorization/refusal.html",
        app_name=app_name,
        name=name,
        reasons=disclosure.explain(access),
        how_to_ask=access.how_to_ask,
        **_way_back(return_address, issuer, error),
    )
    return make_response(page, 403)


def stopped(
    return_address: ReturnAddress,
    *,
    name: str,
    app_name: str,
    contact: str,
    issuer: str,
    error: Mapping[str, str],
) -> Response:
    """That the app has not confirmed that it ended old access; it is nothing that the person did."""
    page = render_template(
        "authorization/stopped.html",
        app_name=app_name,
        name=name,
        contact=contact,
        **_way_back(return_address, issuer, error),
    )
    return make_response(page, 403)


def identity_check(
    return_address: ReturnAddress,
    *,
    name: str,
    checked: int,
    wanted: int,
    app_name: str,
    issuer: str,
    error: Mapping[str, str],
) -> Response:
    """That the app asks for a check of identity that the record does not have, and who can record one.

    ``checked`` and ``wanted`` are levels of confidence by GPG 45, 0 for none.
    """
    page = render_template(
        "authorization/identity_check.html",
        app_name=app_name,
        name=name,
        checked=checked,
        wanted=wanted,
        **_way_back(return_address, issuer, error),
    )
    return make_response(page, 403)


def _way_back(return_address: ReturnAddress, issuer: str, error: Mapping[str, str]) -> dict[str, Any]:
    """How the person takes an error from a page to the app: by a link, or by a form where it wants one."""
    error_notes.note(error["error"], error.get("error_description"), return_address.client)
    by_form = return_address.response_mode == FORM_POST
    if by_form:
        allow_form_redirect(return_address.redirect_uri)
    return {
        "return_href": return_address.redirect_uri if by_form else return_address.with_answer(issuer, error),
        "return_fields": return_address.fields(issuer, error) if by_form else None,
    }


def cannot_return(error: CannotReturn) -> Response:
    """The page instead of a redirect: the client or its address is not registered."""
    error_notes.note(error.obstacle, "shown to the person, who was not sent back to the app")
    page = render_template(
        "authorization/cannot_return.html", obstacle=error.obstacle, contact=_contact_of(error.client)
    )
    return make_response(page, 400)


def _contact_of(client: RegisteredClient | None) -> str | None:
    """Whom to tell; only to somebody who is signed in, because ids of clients stand in addresses."""
    if client is None or signed_in_now() is None:
        return None
    context = current()
    with context.reading() as session:
        return disclosure.contact_of(session, client.app_id, context.now())


def ask_again(parameters: Parameters) -> Answer:
    """The same request by GET."""
    return Answer.elsewhere(f"{AUTHORIZATION_PATH}?{query_of(parameters.pairs)}")


def query_of(pairs: Iterable[tuple[str, str]]) -> str:
    """Parameters as they stand in an address."""
    return urlencode(list(pairs))


def name_of(session: Session, signed_in: SignedIn, now: datetime) -> str:
    """Who is signed in, for the page to say."""
    return display_name(session, signed_in.person_id, now)


def app_name_of(session: Session, return_address: ReturnAddress, now: datetime) -> str:
    """What our own records call the app, whatever its client calls itself."""
    client = return_address.client
    named = app_in_words(session, client.app_id, now)
    return named.name if named else client.client_name
