"""With the codes of both officers somebody who works nowhere makes a passkey, and accepts with it.

Every way in that the account had goes, and nobody is signed in: it opens on the first day of the appointment.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from app.access_changes import sign_out_everywhere
from app.listed_names import known_name
from app.my_profile.blueprint import blueprint
from app.my_profile.invited import find_open, invitation_over, organisation_of
from app.my_profile.returning import works_nowhere
from app.recovery.forms import CodesForm
from app.recovery.using import GOOD_FOR, count_wrong_codes
from app.request_transaction import request_session, request_time, roll_back
from app.translation import gettext as _
from identity.context import current
from identity.recovery import old_credentials
from identity.recovery.codes import CodePair
from identity.sessions.browsers import browser_label
from identity.sign_in import challenges, passkeys
from identity.sign_in.forms import AnswerForm
from identity.sign_in.offered import policy_for
from identity.sign_in.passkeys import InvalidPasskey, NewPasskey, UnverifiedAnswer
from identity.sign_in.relying_party import RelyingParty
from identity.sign_in.throttling import Wait
from identity.sign_in.waiting import say_how_long
from identity.sign_in_policy.policy import PersonsPolicy
from profiles.appointments import claims
from profiles.appointments.claim_models import ReturnClaim
from profiles.audit.service import Initiator
from profiles.entitlements.explanation import with_article
from profiles.errors import Conflict
from profiles.roles.permissions import public
from profiles.transfers import invited

_COOKIE_KEY = "return_codes_given"


@dataclass(frozen=True)
class _Returner:
    """Whose account the codes open, which were given in this browser."""

    claim: ReturnClaim
    name: str
    policy: PersonsPolicy


@blueprint.get("/invited/<token>/returning/codes")
@public
def return_codes(token: str) -> Response:
    """Ask for both codes."""
    return _ask(token, CodesForm(formdata=None), 200)


@blueprint.post("/invited/<token>/returning/codes")
@public
def submit_return_codes(token: str) -> Response:
    """Both are right: go on to the passkey or, where no account is theirs, say so and end it."""
    form = CodesForm()
    if find_open(token) is None:
        return invitation_over()
    if not form.validate_on_submit():
        return _ask(token, form, 422)
    pair, now = CodePair.of(form.first.data or "", form.second.data or ""), request_time()
    claim = claims.find_opened(request_session(), token, pair.hashes, now)
    if claim is None:
        return _refuse_codes(token, form)
    if claim.person_id is None or not works_nowhere(request_session(), claim.person_id, now):
        claims.end_without_account(request_session(), now, claim)
        return redirect(url_for("my_profile.state_return", token=token), 303)
    session[_COOKIE_KEY] = [*pair.hashes, now.isoformat()]
    return redirect(url_for("my_profile.return_passkey", token=token), 303)


@blueprint.get("/invited/<token>/returning/passkey")
@public
def return_passkey(token: str) -> Response:
    """Let the browser make the passkey; looking at the page spends nothing."""
    whose = _find(token)
    if whose is None:
        return redirect(url_for("my_profile.return_codes", token=token))
    return _show(token, whose, AnswerForm(formdata=None), 200)


@blueprint.post("/invited/<token>/returning/passkey")
@public
def return_with_new_passkey(token: str) -> Response:
    """Spend the codes, take away what was, keep the passkey and accept: all of it or nothing."""
    whose, form, now = _find(token), AnswerForm(), request_time()
    if whose is None or whose.claim.person_id is None:
        return redirect(url_for("my_profile.return_codes", token=token), 303)
    person_id, database = whose.claim.person_id, request_session()
    challenge = challenges.challenges(_purpose(whose)).read(form.note.data or "", now)
    made = _verified(whose.policy, form.answer.data or "", challenge.value) if challenge else None
    if challenge is None or made is None or not form.validate():
        return _again(token, form, _("Your browser made no passkey that can be used here. Try again"), 422)
    answer, new = made
    life: timedelta = current_app.config["MOVE_INVITATION_LIFE"]
    try:
        claims.spend(database, now, whose.claim)
        by = Initiator.person(person_id)
        sign_out_everywhere(database, person_id, now, old_credentials.REASON, by)
        old_credentials.remove(database, person_id, now, by)
        invited.end_accepted(database, person_id, now)
        found = invited.accept(database, now, unverified_token=token, person_id=person_id, life=life)
    except Conflict as refused:
        roll_back()
        return _again(token, form, refused.message, 409)
    label = browser_label(request.user_agent.string)[: passkeys.LONGEST_NAME]
    is_first = challenges.spend(database, challenge)
    if not is_first or passkeys.add(database, person_id, label, new, answer.transports, now) is None:
        roll_back()
        return _again(token, form, _("Your browser made no passkey that can be used here. Try again"), 422)
    session.pop(_COOKIE_KEY, None)
    organisation = with_article(organisation_of(found))
    page = render_template("my_profile/returning_accepted.html", name=whose.name, organisation=organisation)
    return Response(page, 200, mimetype="text/html")


def _find(token: str) -> _Returner | None:
    """Who gave both codes here a moment ago, while they still open the account."""
    kept, now, database = session.get(_COOKIE_KEY), request_time(), request_session()
    if kept is None or now - datetime.fromisoformat(kept[2]).astimezone(UTC) >= GOOD_FOR:
        return None
    claim = claims.find_opened(database, token, (kept[0], kept[1]), now)
    if claim is None or claim.person_id is None or not works_nowhere(database, claim.person_id, now):
        return None
    name = known_name(database, claim.person_id, now)
    return _Returner(claim, name, policy_for(database, claim.person_id))


def _verified(
    policy: PersonsPolicy, unverified_text: str, challenge: bytes
) -> tuple[UnverifiedAnswer, NewPasskey] | None:
    settings = current().settings
    try:
        answer = passkeys.read_answer(unverified_text)
        new = passkeys.verify_new(
            RelyingParty.of(settings.issuer), answer, challenge, settings.attestation_roots
        )
    except InvalidPasskey:
        return None
    accepted = policy.accepts_passkey(new.aaguid, hardware_bound=new.is_hardware_bound)
    return (answer, new) if accepted else None


def _refuse_codes(token: str, form: CodesForm) -> Response:
    roll_back()
    waits = count_wrong_codes()
    if isinstance(waits, Wait):
        return say_how_long(waits, form, lambda: _ask(token, form, 429))
    form.form_errors.append(
        _("These are not the two codes for this invitation, or are too old. Check both with the officers")
    )
    return _ask(token, form, 422)


def _again(token: str, form: AnswerForm, refusal: str, status: int) -> Response:
    whose = _find(token)
    if whose is None:
        return redirect(url_for("my_profile.return_codes", token=token), 303)
    form.form_errors.append(refusal)
    return _show(token, whose, form, status)


def _ask(token: str, form: CodesForm, status: int) -> Response:
    if find_open(token) is None:
        return invitation_over()
    page = render_template("my_profile/returning_codes.html", form=form, token=token)
    return Response(page, status, mimetype="text/html")


def _show(token: str, whose: _Returner, form: AnswerForm, status: int) -> Response:
    challenge, note = challenges.challenges(_purpose(whose)).make(request_time())
    person_id = whose.claim.person_id
    assert person_id is not None  # noqa: S101
    site = RelyingParty.of(current().settings.issuer)
    attested = whose.policy.wants_attestation
    page = render_template(
        "my_profile/returning_passkey.html",
        form=form,
        name=whose.name,
        options=site.registration_options(
            passkeys.account_of(person_id, "", whose.name), (), challenge.value, attested=attested
        ),
        attested=attested,
        note=note,
    )
    return Response(page, status, mimetype="text/html")


def _purpose(whose: _Returner) -> str:
    """A challenge is good for one claim alone."""
    return f"passkey of a return {whose.claim.id}"
