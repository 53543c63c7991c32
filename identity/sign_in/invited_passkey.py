"""Who holds a one-time link, and has no second factor yet, makes a passkey instead of choosing a password."""

from uuid import UUID

from flask import make_response, render_template, request
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from identity.context import current
from identity.sessions import service as sessions
from identity.sessions.browsers import browser_label
from identity.sessions.credentials import CredentialKind
from identity.sessions.credentials import name as credential_name
from identity.sign_in import challenges, invitations, passkeys
from identity.sign_in.blueprint import blueprint
from identity.sign_in.entering import enter
from identity.sign_in.forms import AnswerForm
from identity.sign_in.invited import find_invited, link_is_over, may_choose_password
from identity.sign_in.methods import has_second_factor
from identity.sign_in.next_path import HOME
from identity.sign_in.offered import policy_for
from identity.sign_in.passkeys import InvalidPasskey, NewPasskey, UnverifiedAnswer
from identity.sign_in.relying_party import RelyingParty
from identity.sign_in_policy.policy import PersonsPolicy
from profiles.roles.permissions import public
from profiles.sign_in.service import display_name, known_addresses


@blueprint.get("/invitation/<token>/passkey")
@public
def invitation_passkey(token: str) -> Response:
    """Let the browser make a passkey; looking at the page does not spend the link."""
    person_id = _find_beginner(token)
    if person_id is None:
        return link_is_over()
    return _show(person_id, token, AnswerForm(formdata=None), 200)


@blueprint.post("/invitation/<token>/passkey")
@public
def accept_with_passkey(token: str) -> Response:
    """Spend the link, keep the passkey, end the person's other sessions and sign in."""
    person_id, form, context = _find_beginner(token), AnswerForm(), current()
    if person_id is None:
        return link_is_over()
    challenge = challenges.challenges(_purpose(person_id)).read(form.note.data or "", context.now())
    made = _verified(person_id, form.answer.data or "", challenge.value) if challenge else None
    if challenge is None or made is None or not form.validate():
        return _refuse(person_id, token, form)
    answer, new = made
    session, now = context.session(writes=True), context.now()
    # By a link nobody goes round a second factor that was set up meanwhile.
    if invitations.spend(session, token, now) != person_id or has_second_factor(session, person_id):
        context.roll_back()
        return link_is_over()
    name = browser_label(request.user_agent.string)[: passkeys.LONGEST_NAME]
    is_first_use = challenges.spend(session, challenge)
    passkey_id = passkeys.add(session, person_id, name, new, answer.transports, now) if is_first_use else None
    if passkey_id is None:
        context.roll_back()
        return _refuse(person_id, token, form)
    _end_others(session, person_id)
    return enter(person_id, HOME, amr=new.amr, credential=credential_name(CredentialKind.PASSKEY, passkey_id))


def _find_beginner(token: str) -> UUID | None:
    """Whose link it is, while they have no second factor."""
    person_id = find_invited(token)
    if person_id is None:
        return None
    with current().reading() as session:
        return None if has_second_factor(session, person_id) else person_id


def _verified(
    person_id: UUID, unverified_text: str, challenge: bytes
) -> tuple[UnverifiedAnswer, NewPasskey] | None:
    """What the browser made, verified before anything is written, if it is one that opens the account."""
    settings = current().settings
    try:
        answer = passkeys.read_answer(unverified_text)
        new = passkeys.verify_new(
            RelyingParty.of(settings.issuer), answer, challenge, settings.attestation_roots
        )
    except InvalidPasskey:
        return None
    policy = _policy(person_id)
    accepted = policy.accepts_passkey(new.aaguid, hardware_bound=new.is_hardware_bound)
    return (answer, new) if accepted else None


def _policy(person_id: UUID) -> PersonsPolicy:
    with current().reading() as session:
        return policy_for(session, person_id)


def _end_others(session: Session, person_id: UUID) -> None:
    now = current().now()
    for other in sessions.list_for_person(session, person_id, now):
        sessions.end(session, other.session_id, now, "A passkey was made by a one-time link")


def _refuse(person_id: UUID, token: str, form: AnswerForm) -> Response:
    form.form_errors.append(gettext("Your browser made no passkey that can be used here. Try again"))
    return _show(person_id, token, form, 422)


def _show(person_id: UUID, token: str, form: AnswerForm, status: int) -> Response:
    context = current()
    challenge, note = challenges.challenges(_purpose(person_id)).make(context.now())
    with context.reading() as session:
        name = display_name(session, person_id, context.now())
        address = next(iter(known_addresses(session, person_id, context.now())), "")
    site = RelyingParty.of(context.settings.issuer)
    account, attested = passkeys.account_of(person_id, address, name), _policy(person_id).wants_attestation
    page = render_template(
        "sign_in/invitation_passkey.html",
        form=form,
        name=name,
        token=token,
        options=site.registration_options(account, (), challenge.value, attested=attested),
        attested=attested,
        may_choose_password=may_choose_password(person_id),
        note=note,
    )
    return make_response(page, status)


def _purpose(person_id: UUID) -> str:
    """A challenge is good for one person alone, and for their first passkey."""
    return f"first passkey of {person_id}"
