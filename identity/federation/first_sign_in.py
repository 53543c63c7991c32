"""The first sign-in with a department's account: its holder proves whose it is, and it is linked.

By the passkey that they brought from elsewhere, or by a code from HR of the department.
"""

from uuid import UUID

from flask import Blueprint, request
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.acr import FEDERATED
from identity.context import current
from identity.federation import linking_codes, links, providers
from identity.federation.browser import remember_provider
from identity.federation.errors import LinkTaken
from identity.federation.models import UpstreamProvider
from identity.federation.problems import Problem, show_problem
from identity.federation.unknown_account import ProvenAccount, find_proven, show_unknown
from identity.federation.welcoming import speaks_for
from identity.sessions.credentials import CredentialKind, name
from identity.sessions.upstream_session import ProvenElsewhere
from identity.sign_in import passkey_sign_in
from identity.sign_in.asked import asked
from identity.sign_in.entering import enter
from identity.sign_in.forms import CodeForm
from identity.sign_in.passkey_sign_in import PasskeyProof, prove_by_passkey
from identity.sign_in.throttling import Attempt, Wait, forget_quiet, give_back, take_attempt
from identity.sign_in.waiting import say_how_long
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict
from profiles.roles.permissions import public

blueprint = Blueprint("first_sign_in", __name__)


@blueprint.post("/sign-in/department/account/passkey")
@public
def link_with_passkey() -> Response:
    """Whoever holds the passkey says that the account is theirs; they are signed in by the passkey."""
    found = _proven()
    if found is None:
        return show_problem(Problem.OVER, None)
    account, provider = found
    context = current()
    proved = prove_by_passkey(
        context,
        unverified_answer=request.form.get("answer", ""),
        unverified_note=request.form.get("note", ""),
        source=request.remote_addr or "",
        only=None,
    )
    form = CodeForm(formdata=None)
    if isinstance(proved, Wait):
        return say_how_long(proved, form, lambda: _show(account, provider, form, 429))
    session = context.session(writes=True)
    if proved is None or not passkey_sign_in.spend(context, session, proved):
        context.roll_back()
        form.form_errors.append(gettext("That passkey did not work here. Try again, or choose another way"))
        return _show(account, provider, form, 422)
    return _link_to_holder(session, account, provider, proved)


@blueprint.post("/sign-in/department/account/code")
@public
def link_with_code() -> Response:
    """The code from HR says whose account it is; they are signed in by the account."""
    found, form = _proven(), CodeForm()
    if found is None:
        return show_problem(Problem.OVER, None)
    account, provider = found
    if not form.validate_on_submit():
        return _show(account, provider, form, 422)
    context = current()
    now = context.now()
    context.roll_back()
    with context.own_transaction() as own:
        attempt = take_attempt(
            own,
            f"{account.issuer} {account.subject}",
            request.remote_addr or "",
            now,
            kind="linking code",
        )
    if isinstance(attempt, Wait):
        return say_how_long(attempt, form, lambda: _show(account, provider, form, 429))
    session = context.session(writes=True)
    try:
        person_id = linking_codes.spend(
            session, form.data["code"], provider.organisation_id, now, is_moving=context.is_moving
        )
    except Conflict as moving:
        _note_failure(attempt, provider, None)
        form.code.errors = [moving.message]
        return _show(account, provider, form, 409)
    if person_id is None or not speaks_for(session, provider, person_id, now):
        _note_failure(attempt, provider, person_id)
        form.code.errors = [
            gettext("The code is not right, was used already or is not for this account. Ask your HR team")
        ]
        return _show(account, provider, form, 422)
    link_id = _link(session, account, provider, person_id)
    if link_id is None or not links.note_use(session, link_id, now):
        context.roll_back()
        return show_problem(Problem.TAKEN, provider)
    give_back(session, attempt)
    response = enter(
        person_id,
        asked().next_path,
        amr=(*account.amr, FEDERATED),
        elsewhere=ProvenElsewhere(link_id, account.level, account.auth_time, account.there),
        credential=name(CredentialKind.LINK, link_id),
    )
    remember_provider(response, provider.id)
    return response


def _link_to_holder(
    session: Session, account: ProvenAccount, provider: UpstreamProvider, proved: PasskeyProof
) -> Response:
    context = current()
    if not speaks_for(session, provider, proved.person_id, context.now()):
        context.roll_back()
        return show_problem(Problem.WORKS_ELSEWHERE, provider, asked().next_path)
    if _link(session, account, provider, proved.person_id) is None:
        context.roll_back()
        return show_problem(Problem.TAKEN, provider)
    response = enter(proved.person_id, asked().next_path, amr=proved.amr, credential=proved.credential)
    remember_provider(response, provider.id)
    return response


def _link(
    session: Session, account: ProvenAccount, provider: UpstreamProvider, person_id: UUID
) -> UUID | None:
    """None when the account opens somebody else's profile."""
    try:
        return links.link(
            session,
            current().now(),
            issuer=account.issuer,
            subject=account.subject,
            realm=provider.realm,
            person_id=person_id,
            initiator=Initiator.person(person_id),
        )
    except LinkTaken:
        return None


def _proven() -> tuple[ProvenAccount, UpstreamProvider] | None:
    """The account that this browser proved, and its provider while it is in use."""
    account = find_proven()
    if account is None:
        return None
    with current().reading() as session:
        provider = providers.find_in_use(session, account.provider_id)
    return None if provider is None else (account, provider)


def _show(account: ProvenAccount, provider: UpstreamProvider, form: CodeForm, status: int) -> Response:
    return show_unknown(provider, account.label, asked().next_path, can_link=True, form=form, status=status)


def _note_failure(attempt: Attempt, provider: UpstreamProvider, person_id: UUID | None) -> None:
    """Keep the failure; a code that was right but came too early, or for another department, stays good."""
    context = current()
    context.roll_back()
    now, initiator = context.now(), Initiator.system("sign-in")
    with context.own_transaction() as own:
        events = [Event.SIGN_IN_FAILED]
        if attempt.began_window:
            events.append(Event.SIGN_IN_THROTTLED)
            forget_quiet(own, now)
        for event in events:
            append(
                own,
                event,
                initiator,
                now,
                person_id=person_id,
                organisation_id=provider.organisation_id,
                details={"step": "linking code"},
                personal={"source": request.remote_addr or ""},
            )
