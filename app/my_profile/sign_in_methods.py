"""Your sign-in methods: the passkeys that open your account, and how to add, name and remove them.

Adding and removing wants a recent sign-in, and two factors of whoever has two: a stolen password must not be
able to put its own key beside the owner's.
"""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.access import hold_session, signed_in_person
from app.my_profile.blueprint import blueprint
from app.my_profile.sessions import end_others
from app.request_transaction import reading, request_session, request_time, roll_back
from app.translation import gettext as _
from app.widgets import TextInput, stripped
from identity.context import current
from identity.sessions.browsers import browser_label
from identity.sign_in import challenges, one_time_codes, passkeys, passwords, recovery_codes
from identity.sign_in.challenges import Challenge
from identity.sign_in.next_path import safe_next_path
from identity.sign_in.offered import find_deadline, policy_for
from identity.sign_in.passkeys import InvalidPasskey, NewPasskey
from identity.sign_in.relying_party import RelyingParty
from identity.sign_in_policy.policy import PersonsPolicy
from profiles.people import service as people
from profiles.roles.permissions import Demand, signed_in
from profiles.sign_in.models import Method


class NameForm(FlaskForm):  # type: ignore[misc]
    """What a person calls one of their passkeys."""

    name = StringField(
        _l("Name"),
        [
            DataRequired(_l("Enter a name for the passkey")),
            Length(max=passkeys.LONGEST_NAME, message=_l("Use %(max)d characters or fewer")),
        ],
        filters=[stripped],
        widget=TextInput(),
    )


class NewPasskeyForm(NameForm):
    """A name, and what ``passkeys.js`` fills in: the browser's answer to the challenge of the note."""

    note = HiddenField()
    answer = HiddenField()


@blueprint.get("/profile/sign-in-methods")
@signed_in()
def sign_in_methods() -> str:
    """Each way in that the person has."""
    session, person_id = request_session(), signed_in_person()
    return render_template(
        "my_profile/sign_in_methods.html",
        passkeys=passkeys.of_person(session, person_id),
        deadline=find_deadline(session, person_id),
        accepts_codes=Method.PASSWORD_AND_CODE in policy_for(session, person_id).methods,
        password=passwords.find_stored(session, person_id),
        most=passkeys.MOST,
        codes_are_on=one_time_codes.is_on(session, person_id),
        recovery_codes=recovery_codes.left(session, person_id),
    )


@blueprint.get("/profile/sign-in-methods/passkeys/new")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN, while_limited=True)
def new_passkey() -> str:
    """Name a new passkey and let the browser make it."""
    return _show_new(NewPasskeyForm(formdata=None, name=browser_label(request.user_agent.string)))


@blueprint.post("/profile/sign-in-methods/passkeys/new")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN, while_limited=True)
def add_passkey() -> Response | tuple[str, int]:
    """Keep a passkey that answers our challenge and verified its holder; each challenge once."""
    form, now, person_id = NewPasskeyForm(), request_time(), signed_in_person()
    if not form.validate_on_submit():
        return _show_new(form), 422
    challenge = challenges.challenges(_purpose(person_id)).read(form.note.data or "", now)
    if challenge is None or not _added(form, challenge):
        roll_back()
        form.form_errors.append(_problem())
        return _show_new(form), 422
    flash(_("You can now sign in with the passkey “%(name)s”.", name=form.name.data), "success")
    # Whoever came because something wants a passkey goes on with it.
    back = request.args.get("next")
    return redirect(safe_next_path(back) if back else url_for("my_profile.sign_in_methods"), 303)


@blueprint.get("/profile/sign-in-methods/passkeys/<uuid:passkey_id>")
@signed_in()
def passkey(passkey_id: UUID) -> str:
    """One passkey, its name to change."""
    found = passkeys.get_own(request_session(), signed_in_person(), passkey_id)
    return render_template("my_profile/passkey.html", passkey=found, form=NameForm(obj=found))


@blueprint.post("/profile/sign-in-methods/passkeys/<uuid:passkey_id>")
@signed_in()
def rename_passkey(passkey_id: UUID) -> Response | tuple[str, int]:
    """Give it another name."""
    session, person_id, form = request_session(), signed_in_person(), NameForm()
    found = passkeys.get_own(session, person_id, passkey_id)
    if not form.validate_on_submit():
        return render_template("my_profile/passkey.html", passkey=found, form=form), 422
    passkeys.rename(session, person_id, passkey_id, form.data["name"], request_time())
    flash(_("The passkey is now called “%(name)s”.", name=form.name.data), "success")
    return redirect(url_for("my_profile.sign_in_methods"), 303)


@blueprint.get("/profile/sign-in-methods/passkeys/<uuid:passkey_id>/remove")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def ask_to_remove_passkey(passkey_id: UUID) -> str:
    """Say what removing it means, above all when it is the last way in."""
    session, person_id = request_session(), signed_in_person()
    has_password = passwords.find_stored(session, person_id) is not None
    return render_template(
        "my_profile/remove_passkey.html",
        passkey=passkeys.get_own(session, person_id, passkey_id),
        is_last=len(passkeys.of_person(session, person_id)) == 1,
        has_password=has_password,
    )


@blueprint.post("/profile/sign-in-methods/passkeys/<uuid:passkey_id>/remove")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def remove_passkey(passkey_id: UUID) -> Response:
    """Let it open nothing from now on."""
    passkeys.remove(request_session(), signed_in_person(), passkey_id, request_time())
    end_others("A passkey was removed")
    flash(_("The passkey is removed. Delete it on your device too."), "success")
    return redirect(url_for("my_profile.sign_in_methods"), 303)


def _show_new(form: NewPasskeyForm) -> str:
    context, person_id, now = current(), signed_in_person(), request_time()
    challenge, note = challenges.challenges(_purpose(person_id)).make(now)
    with reading() as session:
        address = next(iter(people.addresses_of(session, person_id, now)), "")
        account = passkeys.account_of(
            person_id, address, people.display_name(people.name_of(session, person_id, now))
        )
        known = passkeys.known_of(session, person_id)
        attested = _wants_attestation(policy_for(session, person_id))
    site = RelyingParty.of(context.settings.issuer)
    return render_template(
        "my_profile/new_passkey.html",
        form=form,
        action=url_for(
            "my_profile.add_passkey", next=request.args.get("next"), attested=request.args.get("attested")
        ),
        options=site.registration_options(account, known, challenge.value, attested=attested),
        attested=attested,
        note=note,
        full=len(known) >= passkeys.MOST,
    )


def _added(form: NewPasskeyForm, challenge: Challenge) -> bool:
    """Verified before anything is written."""
    settings, person_id = current().settings, signed_in_person()
    try:
        answer = passkeys.read_answer(form.answer.data or "")
        new = passkeys.verify_new(
            RelyingParty.of(settings.issuer), answer, challenge.value, settings.attestation_roots
        )
    except InvalidPasskey:
        return False
    session, now = request_session(), request_time()
    hold_session(session)
    if not _is_accepted(policy_for(session, person_id), new) or not challenges.spend(session, challenge):
        return False
    made = passkeys.add(session, person_id, form.data["name"], new, answer.transports, now)
    return made is not None


def _is_accepted(policy: PersonsPolicy, new: NewPasskey) -> bool:
    """Whether it would open the account, and is proven hardware where that is what was asked for."""
    if _wants_attestation(policy) and not new.is_hardware_bound:
        return False
    return policy.accepts_passkey(new.aaguid, hardware_bound=new.is_hardware_bound)


def _wants_attestation(policy: PersonsPolicy) -> bool:
    """Because of a policy, or because an app wants a level that only proven hardware reaches."""
    return policy.wants_attestation or request.args.get("attested") == "1"


def _problem() -> str:
    if _wants_attestation(policy_for(request_session(), signed_in_person())):
        return _(
            "Your browser made no passkey that is proven to stay on its device, of a make that is accepted "
            "here. Use a security key from your organisation, and let the browser tell us its make"
        )
    return _("Your browser made no passkey that can be used here. Try again")


def _purpose(person_id: UUID) -> str:
    """A challenge to make a passkey is good for one person alone."""
    return f"new passkey of {person_id}"
