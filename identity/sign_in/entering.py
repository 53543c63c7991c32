"""What follows once somebody has proved who they are, in whichever way: a session, and on to the page.

Every way in ends here, so here it is decided whether it is good enough for the person's organisations.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import make_response, redirect, render_template, request, session, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.acr import PASSWORD_AMR, level_of
from identity.context import current
from identity.sessions import service as sessions
from identity.sessions.browsers import browser_label
from identity.sessions.cookie import give_cookie, signed_in_now
from identity.sessions.credentials import CredentialKind, read
from identity.sessions.service import SignedIn
from identity.sessions.upstream_session import ProvenElsewhere
from identity.sign_in import alerts, known_browsers, passkeys, passwords
from identity.sign_in.browser_cookie import browser_cookie, give_browser_cookie
from identity.sign_in.mail_links import THAT_WAS_NOT_ME
from identity.sign_in_policy.policy import Limits, Proof, method_of
from identity.sign_in_policy.service import Person, of_person
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.sign_in.models import Method


def enter(
    person_id: UUID,
    next_path: str,
    *,
    amr: Sequence[str] = PASSWORD_AMR,
    elsewhere: ProvenElsewhere | None = None,
    credential: str = CredentialKind.PASSWORD,
) -> Response:
    """Begin a session, or go on with the person's own, under a token that nobody has seen before.

    ``elsewhere`` says how a department's provider vouches for the person; without it we saw it ourselves.
    ``credential`` is the name of what proved it. Whoever may not sign in, or not in this way, gets no
    session; who may set up by it what is good enough gets one that is good for that alone.
    """
    context = current()
    database, now = context.session(writes=True), context.now()
    person = of_person(database, person_id, now, context.settings.platform)
    proof = _proof(database, amr, elsewhere, credential)
    is_enough = person.policy.met_by(proof)
    since = passwords.find_when_set(database, person_id) if proof.method is Method.PASSWORD else None
    if not person.standing.may_sign_in or not (is_enough or person.policy.allows_set_up(proof, now, since)):
        return _refuse(person_id, person, proof, now)
    label = browser_label(request.user_agent.string)
    token = _begin(database, person_id, person.policy.limits, amr, elsewhere, credential, proof.aaguid, label)
    known = known_browsers.remember(database, person_id, browser_cookie(), label, now)
    begun = sessions.find_signed_in(database, token, now) if known.is_new else None
    if begun is not None:
        _tell_of_new_browser(database, begun, label, now)
    session.clear()
    response = redirect(next_path if is_enough else url_for("sign_in.set_up", next=next_path), 303)
    give_cookie(response, token)
    give_browser_cookie(response, known.cookie)
    return response


def _begin(
    database: Session,
    person_id: UUID,
    limits: Limits,
    amr: Sequence[str],
    elsewhere: ProvenElsewhere | None,
    credential: str,
    aaguid: str | None,
    label: str,
) -> str:
    """The cookie's new token, always another one than before (session fixation)."""
    present, now = signed_in_now(), current().now()
    if present is not None and present.person_id == person_id:
        token = sessions.confirm(
            database,
            present,
            now,
            limits,
            amr=amr,
            elsewhere=elsewhere,
            credential=credential,
            aaguid=aaguid,
        )
        if token is not None:
            return token
    elif present is not None:
        sessions.end(database, present.session_id, now, "Somebody else signed in at this browser")
    return sessions.start(
        database,
        now,
        person_id=person_id,
        limits=limits,
        amr=amr,
        elsewhere=elsewhere,
        credential=credential,
        aaguid=aaguid,
        user_agent=label,
    )


def _proof(
    database: Session, amr: Sequence[str], elsewhere: ProvenElsewhere | None, credential: str
) -> Proof:
    acr = level_of(amr) if elsewhere is None else elsewhere.acr
    kind, credential_id = read(credential)
    is_passkey = kind is CredentialKind.PASSKEY and credential_id is not None
    aaguid = passkeys.find_aaguid(database, credential_id) if is_passkey and credential_id else None
    return Proof(method_of(amr, vouched=elsewhere is not None), acr, aaguid)


def _refuse(person_id: UUID, person: Person, proof: Proof, now: datetime) -> Response:
    """No session; nothing that led here has happened, except what must survive a refusal."""
    context = current()
    context.roll_back()
    with context.own_transaction() as own:
        append(
            own,
            Event.SIGN_IN_REFUSED,
            Initiator.system("sign-in"),
            now,
            person_id=person_id,
            details={
                "method": proof.method.value,
                "acr": proof.acr,
                "least_level": person.policy.least_level,
                "may_sign_in": person.standing.may_sign_in,
            },
        )
    session.clear()
    page = render_template(
        "sign_in/not_enough.html",
        may_sign_in=person.standing.may_sign_in,
        person_id=person_id,
        methods=[one.value for one in Method if one in person.policy.methods],
    )
    return make_response(page, 403)


def _tell_of_new_browser(database: Session, begun: SignedIn, label: str, now: datetime) -> None:
    """With a link for whoever it was not, who need not be able to sign in."""
    where = label or "a browser that we do not know"
    what = f"Somebody signed in to Lanyard as you with {where}, where you had not signed in before."
    path = url_for("disowning.ask", token=THAT_WAS_NOT_ME.token_of(begun.session_id, now))
    what_to_do = (
        f"If this was not you, open {current().settings.issuer}{path} and press the button there. It works "
        f"once, for {THAT_WAS_NOT_ME.good_for.days} days, without signing in: it signs you out everywhere "
        "and locks what that sign-in was made with."
    )
    subject = "A sign-in in a new browser"
    alerts.tell(database, begun.person_id, subject, what, now, what_to_do=what_to_do)
