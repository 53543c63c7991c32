"""The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError
from authlib.oidc.core.errors import InteractionRequiredError, LoginRequiredError
from flask import redirect, request, url_for
from sqlmodel import Session

from identity.acr import SINGLE_FACTOR, UnmetAuthenticationRequirements, can_be_reached, lowest
from identity.authorization_request import (
    AuthorizationRequest,
    CannotReturn,
    Obstacle,
    find_return_address,
    read,
)
from identity.authorization_server import issue_code, token_issuer
from identity.clients.enabled import is_enabled
from identity.context import Context, current
from identity.endpoints import asked_vectors
from identity.endpoints import authorization_pages as pages
from identity.exchange import Answer, Page, current_exchange, direct, in_flask
from identity.form_redirects import AUTHORIZATION_PATH
from identity.keys.errors import InvalidJWT
from identity.parameters import Parameters
from identity.pushed_requests.references import first_seen_note
from identity.reauthentication import PARAMETER, must_sign_in
from identity.sessions.cookie import session_limits, signed_in_now
from identity.sessions.errors import SessionEnded
from identity.sessions.service import SignedIn, is_seen_due, note_seen
from identity.sign_in.asked import Asked
from identity.subjects.service import find_sub
from identity.unfolded_requests import UnfoldedRequest, is_at_document, push_document, unfold
from identity.vectors_of_trust import Vector
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure import service as disclosure
from profiles.errors import Conflict
from profiles.roles.permissions import public


@dataclass(frozen=True)
class Visit:
    """An authorization request that is in order, at this moment, as it was sent and what it carried."""

    context: Context
    asked: AuthorizationRequest
    parameters: Parameters
    unfolded: UnfoldedRequest
    now: datetime

    def accepting(self, vectors: tuple[Vector, ...]) -> "Visit":
        """The same visit, as if the client accepted these vectors of trust."""
        if vectors == self.asked.vectors:
            return self
        return replace(self, asked=replace(self.asked, vectors=vectors))


@public
@direct
def authorization() -> Answer | Page:
    """Lead the person on: to sign in, to a reason for refusing, to a notice, or back with a code.

    A request that was posted from another site comes without the session's cookie (SameSite), so it is asked
    again by GET; the cookie then comes along, and POST works as GET does (OpenID Connect Core §3.1.2.1).
    """
    exchange = current_exchange()
    if exchange.method == "POST":
        posted = Parameters([*exchange.query, *exchange.form])
        if posted.too_large:
            return Page(partial(pages.cannot_return, CannotReturn(Obstacle.MALFORMED)))
        return pages.ask_again(posted)
    return _answer(_go_on)


@public
@in_flask
def answer_notice() -> Answer | Page:
    """The person has read the notice, and goes on or does not; the request is judged again from its start."""
    return _answer(_cancel if "cancel" in request.form else _go_on_after_notice)


def _answer(step: Callable[[Visit], Answer | Page]) -> Answer | Page:
    """Errors go back to the client, once it and its address are known to be registered."""
    context = current()
    now = context.now()
    parameters = Parameters(current_exchange().query)
    try:
        if is_at_document(parameters):
            return pages.ask_again(push_document(context, parameters, now))
        unfolded = unfold(context, parameters, now)
        return_address = find_return_address(unfolded.parameters, context.find_client)
    except CannotReturn as obstacle:
        return Page(partial(pages.cannot_return, obstacle))
    except OAuth2Error as error:
        return _send_back_unread(context, parameters, error)
    try:
        unfolded.check_way(return_address.client)
        asked = read(unfolded.parameters, return_address)
        return step(Visit(context, asked, parameters, unfolded, now))
    except CannotReturn as obstacle:
        context.roll_back()
        return Page(partial(pages.cannot_return, obstacle))
    except OAuth2Error as error:
        context.roll_back()
        _use_up(context, unfolded, now)
        return pages.send_back(return_address, context.settings.issuer, dict(error.get_body()))


def _use_up(context: Context, unfolded: UnfoldedRequest, now: datetime) -> None:
    """An error answers a pushed request as a code does, so that its reference is good for nothing more.

    A request object is in the client's hands: whoever has it could ask anew, and it gives one code.
    """
    if unfolded.reference is not None:
        with context.own_transaction() as session:
            unfolded.spend(session, now)


def _send_back_unread(context: Context, parameters: Parameters, error: OAuth2Error) -> Answer | Page:
    """What it carries is refused, so the answer goes to the address beside it, if that one is registered."""
    try:
        return_address = find_return_address(parameters, context.find_client)
    except CannotReturn:
        return Page(partial(pages.cannot_return, CannotReturn(Obstacle.MALFORMED)))
    return pages.send_back(return_address, context.settings.issuer, dict(error.get_body()))


def _go_on(visit: Visit) -> Answer | Page:
    return _let_in(visit, notice_digest=None)


def _go_on_after_notice(visit: Visit) -> Answer | Page:
    return _let_in(visit, notice_digest=request.form.get("digest", ""))


def _cancel(_visit: Visit) -> Answer | Page:
    raise AccessDeniedError("the person did not go on")


def _let_in(visit: Visit, notice_digest: str | None) -> Answer | Page:
    asked, now, silent = visit.asked, visit.now, "none" in visit.asked.prompts
    if silent and asked.return_address.is_anybodys:
        # Not even whether somebody is signed in: any program on the device could be asking.
        raise InteractionRequiredError("a native app is never answered without a page")
    essential = asked.claims.essential_acrs
    if essential and not can_be_reached(essential, visit.context.settings.acr_values):
        raise UnmetAuthenticationRequirements
    with visit.context.reading() as session:
        vectors = asked_vectors.reachable(session, asked, visit.context.settings.acr_values, now)
        visit = visit.accepting(vectors)
        signed_in = signed_in_now(session)
        if signed_in is None:
            return _sign_in(visit, again=None)
        fitting = asked_vectors.fitting(session, vectors, signed_in.person_id, now)
        mendable = visit.accepting(fitting)
        if signed_in.is_limited or _must_sign_in(session, mendable, signed_in):
            return _sign_in(mendable if fitting else visit, again=signed_in)
        access = disclosure.access(session, signed_in.person_id, asked.client.app_id, now)
        if not access.allowed:
            return _refuse(visit, session, signed_in, access)
        if access.gets_no_tokens:
            return _stop(visit, session, signed_in, access)
        if vectors and not fitting:
            return _ask_for_check(visit, session, signed_in)
        notice = _notice_needed(session, asked, signed_in, now)
        if notice is not None and notice.digest != notice_digest:
            if silent:
                raise InteractionRequiredError("the person has not seen what is shared")
            name = pages.name_of(session, signed_in, now)
            shown = (asked.return_address, notice, name, _with_note(visit))
            return Page(partial(pages.notice, *shown))
    return _return_with_code(visit, signed_in, access, notice)


def _notice_needed(
    session: Session, asked: AuthorizationRequest, signed_in: SignedIn, now: datetime
) -> disclosure.NoticeView | None:
    """What the person must go on from: a notice that is new to them.

    Any program on a person's device can ask in a native app's name and receive the answer, so that nobody is
    sent there without having pressed a button below its name, whatever they have read before (RFC 8252 §8.6).
    """
    if asked.return_address.is_anybodys:
        return disclosure.notice_of(session, asked.client.app_id, now)
    return disclosure.notice_needed(session, signed_in.person_id, asked.client.app_id, now)


def _return_with_code(
    visit: Visit, signed_in: SignedIn, access: disclosure.Decision, notice: disclosure.NoticeView | None
) -> Answer | Page:
    """All writing is here, in one short transaction.

    Raises CannotReturn when a request that counts once gave its code to somebody else meanwhile, or when the
    client has been disabled since this process read it.
    """
    context, asked, now = visit.context, visit.asked, visit.now
    session = context.session(writes=True)
    if not visit.unfolded.spend(session, now):
        raise CannotReturn(Obstacle.SPENT_REFERENCE)
    try:
        if notice is not None:
            disclosure.acknowledge_notice(
                session, signed_in.person_id, asked.client.app_id, notice.digest, now
            )
        if is_seen_due(signed_in, now):
            note_seen(session, signed_in, now, session_limits(session, signed_in.person_id))
        code = issue_code(context, session, asked, signed_in, access, now)
    except SessionEnded:
        context.roll_back()
        with context.reading() as session:
            if not is_enabled(session, asked.client.client_id):
                raise CannotReturn(Obstacle.UNKNOWN_CLIENT) from None
        return _sign_in(visit, again=None)
    except Conflict:
        context.roll_back()
        return pages.ask_again(visit.parameters)
    return pages.send_back(asked.return_address, context.settings.issuer, {"code": code})


def _must_sign_in(session: Session, visit: Visit, signed_in: SignedIn) -> bool:
    """Because of ``prompt``, ``max_age`` or ``acr``, or because the request names somebody else.

    Raises LoginRequiredError when somebody else signed in all the same (OpenID Connect Core §3.1.2.2).
    """
    first_seen = first_seen_note().read(visit.parameters, visit.now)
    accepted_subs = _accepted_subs(session, visit)
    if accepted_subs:
        sub = find_sub(session, visit.asked.client.sector, signed_in.person_id)
        if not all(sub in accepted for accepted in accepted_subs):
            if first_seen is not None and signed_in.auth_time >= first_seen:
                raise LoginRequiredError("somebody else than the request names is signed in")
            return True
    return must_sign_in(visit.asked, signed_in, first_seen, visit.now, visit.context.settings.acr_values)


def _accepted_subs(session: Session, visit: Visit) -> tuple[frozenset[str], ...]:
    """Whom the ``claims`` parameter names, and whom the hint names, an ID token that we gave this client.

    Raises InvalidRequestError when the hint is none.
    """
    unverified_hint, named = visit.asked.unverified_id_token_hint, visit.asked.claims.accepted_subs
    if unverified_hint is None:
        return named
    try:
        hint = token_issuer(visit.context).read_hint(session, unverified_hint, visit.now)
    except InvalidJWT:
        raise InvalidRequestError("id_token_hint is not an ID token of ours") from None
    if hint["aud"] != visit.asked.client.client_id:
        raise InvalidRequestError("id_token_hint was given to another client")
    return (*named, frozenset({hint["sub"]}))


def _sign_in(visit: Visit, *, again: SignedIn | None) -> Page:
    """To the sign-in page, which comes back to this very request with a note of when it was first seen.

    ``again`` is who is signed in, but not as is asked.
    """
    if "none" in visit.asked.prompts:
        raise LoginRequiredError("the person must sign in")
    note = first_seen_note().note(visit.parameters, visit.now)
    next_path = f"{AUTHORIZATION_PATH}?{_query(visit)}&{PARAMETER}={note}"
    easiest = min(visit.asked.vectors, key=lambda one: one.effort, default=None)
    level = lowest(visit.asked.asked_acrs, visit.context.settings.acr_values) or SINGLE_FACTOR
    wanted = Asked(
        next_path,
        fresh=again is not None,
        level=easiest.level if easiest else level,
        insists=visit.asked.insists,
        here=easiest is not None and easiest.here,
    )
    if again is not None and again.is_limited:
        return Page(lambda: redirect(url_for("sign_in.set_up", next=next_path), 303))
    query = wanted.as_query() | {"login_hint": visit.asked.login_hint}
    return Page(lambda: redirect(url_for("sign_in.sign_in", **query), 303))


def _note_refusal(visit: Visit, signed_in: SignedIn, reasons: list[str]) -> None:
    """Leave in the trail that the person was refused, in a transaction of its own."""
    with visit.context.own_transaction() as own:
        append(
            own,
            Event.APP_REFUSED,
            Initiator.person(signed_in.person_id),
            visit.now,
            person_id=signed_in.person_id,
            app_id=visit.asked.client.app_id,
            details={"reasons": reasons},
        )


def _refuse(visit: Visit, session: Session, signed_in: SignedIn, access: disclosure.Decision) -> Page:
    """The person learns why; the app learns ``access_denied`` and no more."""
    denied = AccessDeniedError("the person may not use this app")
    name = pages.name_of(session, signed_in, visit.now)
    _note_refusal(visit, signed_in, [type(reason).__name__ for reason in access.reasons])
    if "none" in visit.asked.prompts:
        raise denied
    return Page(
        partial(
            pages.refusal,
            visit.asked.return_address,
            access,
            name,
            app_name=pages.app_name_of(session, visit.asked.return_address, visit.now),
            issuer=visit.context.settings.issuer,
            error=dict(denied.get_body()),
        )
    )


def _stop(visit: Visit, session: Session, signed_in: SignedIn, access: disclosure.Decision) -> Page:
    """The app has not confirmed that it ended old access, so nobody can sign in to it anew for the moment."""
    denied = AccessDeniedError("nobody can sign in to this app at the moment")
    name = pages.name_of(session, signed_in, visit.now)
    _note_refusal(visit, signed_in, ["OldAccessUnconfirmed"])
    if "none" in visit.asked.prompts:
        raise denied
    return Page(
        partial(
            pages.stopped,
            visit.asked.return_address,
            name=name,
            app_name=pages.app_name_of(session, visit.asked.return_address, visit.now),
            contact=access.how_to_ask,
            issuer=visit.context.settings.issuer,
            error=dict(denied.get_body()),
        )
    )


def _ask_for_check(visit: Visit, session: Session, signed_in: SignedIn) -> Page:
    """The person learns that their identity was not checked far enough, and how to mend that."""
    if "none" in visit.asked.prompts:
        raise InteractionRequiredError("the person must see a page")
    error = UnmetAuthenticationRequirements()
    with visit.context.own_transaction() as own:
        append(
            own,
            Event.APP_REFUSED,
            Initiator.person(signed_in.person_id),
            visit.now,
            person_id=signed_in.person_id,
            app_id=visit.asked.client.app_id,
            details={"reasons": ["IdentityNotChecked"]},
        )
    return Page(
        partial(
            pages.identity_check,
            visit.asked.return_address,
            name=pages.name_of(session, signed_in, visit.now),
            checked=disclosure.identity_confidence(session, signed_in.person_id, visit.now),
            wanted=min(one.identity for one in visit.asked.vectors),
            app_name=pages.app_name_of(session, visit.asked.return_address, visit.now),
            issuer=visit.context.settings.issuer,
            error=dict(error.get_body()),
        )
    )


def _with_note(visit: Visit) -> Parameters:
    """A request that expires, with a note of when it was first seen: reading the notice may outlast it."""
    if not visit.unfolded.counts_once or visit.parameters.find(PARAMETER) is not None:
        return visit.parameters
    note = first_seen_note().note(visit.parameters, visit.now)
    return Parameters([*visit.parameters.pairs, (PARAMETER, note)])


def _query(visit: Visit) -> str:
    """The request as it was sent, without our own note."""
    return pages.query_of(pair for pair in visit.parameters.pairs if pair[0] != PARAMETER)
