"""With both codes, the person makes the passkey that opens their account from now on."""

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from app.recovery.blueprint import blueprint
from app.recovery.completing import complete
from app.recovery.using import Recovering, codes_are_over, find_recovering
from app.request_transaction import request_session, request_time, roll_back
from app.translation import gettext as _
from identity.context import current
from identity.sessions.browsers import browser_label
from identity.sessions.credentials import CredentialKind, name
from identity.sign_in import challenges, passkeys
from identity.sign_in.entering import enter
from identity.sign_in.forms import AnswerForm
from identity.sign_in.next_path import HOME
from identity.sign_in.passkeys import InvalidPasskey, NewPasskey, UnverifiedAnswer
from identity.sign_in.relying_party import RelyingParty
from identity.sign_in_policy.policy import PersonsPolicy
from profiles.roles.permissions import public


@blueprint.get("/recovery/passkey")
@public
def new_passkey() -> Response:
    """Let the browser make a passkey; looking at the page spends nothing."""
    whose = find_recovering()
    return codes_are_over() if whose is None else _show(whose, AnswerForm(formdata=None), 200)


@blueprint.post("/recovery/passkey")
@public
def recover_with_passkey() -> Response:
    """Spend the codes, take away what was, keep the passkey and sign in: all of it or nothing."""
    whose, form, now = find_recovering(), AnswerForm(), request_time()
    if whose is None:
        return codes_are_over()
    challenge = challenges.challenges(_purpose(whose)).read(form.note.data or "", now)
    made = _verified(whose.policy, form.answer.data or "", challenge.value) if challenge else None
    if challenge is None or made is None or not form.validate():
        return _refuse(whose, form)
    answer, new = made
    session = request_session()
    if not complete(session, whose.pair, whose.person_id):
        roll_back()
        return codes_are_over()
    label = browser_label(request.user_agent.string)[: passkeys.LONGEST_NAME]
    is_first = challenges.spend(session, challenge)
    passkey_id = (
        passkeys.add(session, whose.person_id, label, new, answer.transports, now) if is_first else None
    )
    if passkey_id is None:
        roll_back()
        return _refuse(whose, form)
    credential = name(CredentialKind.PASSKEY, passkey_id)
    return enter(whose.person_id, HOME, amr=new.amr, credential=credential)


def _verified(
    policy: PersonsPolicy, unverified_text: str, challenge: bytes
) -> tuple[UnverifiedAnswer, NewPasskey] | None:
    """What the browser made, verified before anything is written, if it is one that opens the account."""
    settings = current().settings
    site = RelyingParty.of(settings.issuer)
    try:
        answer = passkeys.read_answer(unverified_text)
        new = passkeys.verify_new(site, answer, challenge, settings.attestation_roots)
    except InvalidPasskey:
        return None
    accepted = policy.accepts_passkey(new.aaguid, hardware_bound=new.is_hardware_bound)
    return (answer, new) if accepted else None


def _refuse(whose: Recovering, form: AnswerForm) -> Response:
    form.form_errors.append(_("Your browser made no passkey that can be used here. Try again"))
    return _show(whose, form, 422)


def _show(whose: Recovering, form: AnswerForm, status: int) -> Response:
    challenge, note = challenges.challenges(_purpose(whose)).make(request_time())
    account = passkeys.account_of(whose.person_id, next(iter(whose.addresses), ""), whose.name)
    site = RelyingParty.of(current().settings.issuer)
    page = render_template(
        "recovery/passkey.html",
        form=form,
        name=whose.name,
        options=site.registration_options(
            account, (), challenge.value, attested=whose.policy.wants_attestation
        ),
        attested=whose.policy.wants_attestation,
        may_choose_password=whose.may_choose_password,
        note=note,
    )
    return make_response(page, status)


def _purpose(whose: Recovering) -> str:
    """A challenge is good for one person alone, and for their recovery."""
    return f"passkey of a recovery of {whose.person_id}"
