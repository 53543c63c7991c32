"""What comes of it that somebody proved an account at their department: they are let in, or it is linked.

A department's provider speaks only for people whom it has a link with, and only while they work there.
Nobody is ever made by signing in.
"""

from datetime import datetime
from uuid import UUID

from flask import flash, redirect
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.acr import FEDERATED
from identity.context import current
from identity.federation import links
from identity.federation.attempts import GOOD_FOR
from identity.federation.browser import remember_provider
from identity.federation.errors import LinkTaken
from identity.federation.levels import believed_amr, level_of
from identity.federation.models import UpstreamLink, UpstreamProvider
from identity.federation.problems import Problem, show_problem
from identity.federation.returning import Returned
from identity.federation.unknown_account import ProvenAccount, remember, show_unknown
from identity.sessions import service as sessions
from identity.sessions.cookie import signed_in_now
from identity.sessions.credentials import CredentialKind, name
from identity.sessions.holding import hold
from identity.sessions.upstream_session import ProvenElsewhere
from identity.sign_in import invitations
from identity.sign_in.entering import enter
from identity.sign_in.methods import has_second_factor
from identity.sign_in.offered import policy_for
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.sign_in.models import Method
from profiles.sign_in.service import may_sign_in, works_for


def let_in(returned: Returned) -> Response:
    """Begin a session for the person whose account it is, who works there now."""
    context, provider = current(), returned.provider
    session, now = context.session(writes=True), context.now()
    link = links.find_link(session, returned.identity.issuer, returned.identity.subject)
    if link is None or link.realm != provider.realm or not speaks_for(session, provider, link.person_id, now):
        return _refuse(link, returned, now)
    if links.is_parked(session, link, now):
        return _refuse(link, returned, now)
    if returned.purpose.fresh and _is_stale(returned, now):
        return show_problem(Problem.NOT_FRESH, provider, returned.purpose.next_path)
    if not links.note_use(session, link.id, now):
        return _refuse(link, returned, now)
    response = _enter(link.person_id, returned, link.id)
    remember_provider(response, provider.id)
    return response


def link_to_person(returned: Returned) -> Response:
    """Link the account to the person who began this signed in, and still is."""
    context, provider = current(), returned.provider
    session, now = context.session(writes=True), context.now()
    signed_in, person_id = signed_in_now(), returned.purpose.person_id
    if person_id is None or signed_in is None or signed_in.person_id != person_id or signed_in.is_limited:
        return show_problem(Problem.OVER, provider)
    hold(session, signed_in, now)
    if not speaks_for(session, provider, person_id, now):
        return show_problem(Problem.WORKS_ELSEWHERE, provider)
    if Method.DEPARTMENT not in policy_for(session, person_id).methods:
        return show_problem(Problem.NOT_ACCEPTED, provider)
    if _is_stale(returned, now):
        return show_problem(Problem.NOT_FRESH, provider)
    try:
        _link(session, returned, person_id, now)
    except LinkTaken:
        context.roll_back()
        return show_problem(Problem.TAKEN, provider)
    flash(gettext("Your %(name)s now signs you in.", name=provider.name), "success")
    return redirect(returned.purpose.next_path, 303)


def link_by_invitation(returned: Returned) -> Response:
    """Spend the invitation, link the account to its person and let them in: the first sign-in of all."""
    context, provider, token_hash = current(), returned.provider, returned.purpose.invitation_hash
    session, now = context.session(writes=True), context.now()
    person_id = invitations.spend_hashed(session, token_hash, now) if token_hash else None
    if person_id is None or not is_first_way_in(session, person_id) or _is_stale(returned, now):
        context.roll_back()
        return show_problem(Problem.OVER, provider)
    if not speaks_for(session, provider, person_id, now):
        context.roll_back()
        return show_problem(Problem.OVER, provider)
    try:
        link_id = _link(session, returned, person_id, now)
    except LinkTaken:
        context.roll_back()
        return show_problem(Problem.TAKEN, provider)
    for other in sessions.list_for_person(session, person_id, now):
        sessions.end(session, other.session_id, now, "A department's account was linked by a one-time link")
    if not links.note_use(session, link_id, now):
        context.roll_back()
        return show_problem(Problem.OVER, provider)
    response = _enter(person_id, returned, link_id)
    remember_provider(response, provider.id)
    return response


def _link(session: Session, returned: Returned, person_id: UUID, now: datetime) -> UUID:
    return links.link(
        session,
        now,
        issuer=returned.identity.issuer,
        subject=returned.identity.subject,
        realm=returned.provider.realm,
        person_id=person_id,
        initiator=Initiator.person(person_id),
    )


def _enter(person_id: UUID, returned: Returned, link_id: UUID) -> Response:
    level = level_of(returned.identity, returned.provider)
    return enter(
        person_id,
        returned.purpose.next_path,
        amr=(*believed_amr(returned.identity, returned.provider), FEDERATED),
        elsewhere=ProvenElsewhere(link_id, level, returned.identity.auth_time, returned.identity.there),
        credential=name(CredentialKind.LINK, link_id),
    )


def is_first_way_in(session: Session, person_id: UUID) -> bool:
    """Whether a one-time link may link an account: to somebody who has nothing stronger or linked yet.

    Otherwise whoever holds a link for a new password would go round the second factor, or take the place of
    an account that is linked already.
    """
    return not has_second_factor(session, person_id) and not links.accounts_of(session, person_id)


def _is_stale(returned: Returned, now: datetime) -> bool:
    """Whether the provider did not ask anew, or does not say so."""
    auth_time = returned.identity.auth_time
    return auth_time is None or now - auth_time > GOOD_FOR


def speaks_for(session: Session, provider: UpstreamProvider, person_id: UUID, now: datetime) -> bool:
    """Whether the provider may say that somebody is this person, now."""
    return may_sign_in(session, person_id, now) and works_for(
        session, person_id, provider.organisation_id, now
    )


def _refuse(link: UpstreamLink | None, returned: Returned, now: datetime) -> Response:
    """The same page for an account that is unknown and for one that opens nothing any more.

    There its holder may prove whose it is, once they have signed in to it anew.
    """
    context, person_id = current(), link.person_id if link else None
    context.roll_back()
    with context.own_transaction() as own:
        append(
            own,
            Event.SIGN_IN_FAILED,
            Initiator.system("sign-in"),
            now,
            person_id=person_id,
            organisation_id=returned.provider.organisation_id,
            details={"provider_id": str(returned.provider.id)},
        )
    account, can_link = ProvenAccount.of(returned.identity, returned.provider), not _is_stale(returned, now)
    if can_link:
        remember(account, now)
    elif returned.purpose.fresh:
        return show_problem(Problem.NOT_FRESH, returned.provider, returned.purpose.next_path)
    return show_unknown(returned.provider, account.label, returned.purpose.next_path, can_link=can_link)
