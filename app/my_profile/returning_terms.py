"""Somebody who comes back reads the terms of their employment and accepts them, with their passkey each time.

The link in the mail leads here and says nothing of them: whoever reads the mail needs the passkey too. Nobody
is signed in by it, because there is nothing yet to sign in to.
"""

from datetime import datetime
from uuid import UUID

from flask import render_template, request, url_for
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.appointments.presenting import organisation_of, rows_of
from app.my_profile.blueprint import blueprint
from app.my_profile.returning import works_nowhere
from app.request_transaction import request_session, request_time, roll_back
from app.translation import gettext as _
from identity.context import current
from identity.sign_in import passkey_sign_in
from identity.sign_in.mail_links import APPOINTMENT_TERMS
from identity.sign_in.passkey_sign_in import PasskeyProof, prove_by_passkey
from identity.sign_in.throttling import Wait
from identity.sign_in.waiting import say_how_long
from profiles.appointments import accepting
from profiles.appointments.models import Appointment
from profiles.roles.permissions import public
from profiles.sign_in.service import may_sign_in

PATH = "/invited/terms/<token>"


class TermsReadForm(FlaskForm):  # type: ignore[misc]
    """A form of one button, which the browser answers."""


@blueprint.get(PATH)
@public
def appointment_terms(token: str) -> Response:
    """Ask for the passkey."""
    found = _find(token)
    return _over() if found is None else _ask(token, found, TermsReadForm(formdata=None), 200)


@blueprint.post(PATH)
@public
def read_appointment_terms(token: str) -> Response:
    """The terms, for the passkey of the person, and a button that accepts them with it."""
    return _proved(token, "read")


@blueprint.post(f"{PATH}/accept")
@public
def accept_appointment_terms(token: str) -> Response:
    """Accept them; a second officer decides next."""
    return _proved(token, "accept")


def _proved(token: str, deed: str) -> Response:
    found, context, form = _find(token), current(), TermsReadForm()
    if found is None:
        return _over()
    proved = prove_by_passkey(
        context,
        unverified_answer=request.form.get("answer", ""),
        unverified_note=request.form.get("note", ""),
        source=request.remote_addr or "",
        only=found.person_id,
        purpose=_purpose(found, deed),
        admits=_comes_back,
    )
    if isinstance(proved, Wait):
        return say_how_long(proved, form, lambda: _ask(token, _again(token), form, 429))
    session, now = request_session(), request_time()
    if not isinstance(proved, PasskeyProof) or not passkey_sign_in.spend(context, session, proved):
        roll_back()
        form.form_errors.append(_("That passkey did not work here. Try again"))
        return _ask(token, _again(token), form, 422)
    found = _again(token)
    if deed == "accept":
        where = context.settings.issuer + url_for("appointments.appointments")
        accepting.accept_terms(session, now, appointment_id=found.id, person_id=proved.person_id, where=where)
        organisation = organisation_of(session, found, now)
        return _show("my_profile/returning_terms_accepted.html", organisation=organisation)
    return _show(
        "my_profile/returning_terms.html",
        token=token,
        organisation=organisation_of(session, found, now),
        rows=rows_of(session, found, now),
        passkey=passkey_sign_in.offer(context, purpose=_purpose(found, "accept")),
    )


def _comes_back(session: Session, person_id: UUID, at: datetime) -> bool:
    return works_nowhere(session, person_id, at) or may_sign_in(session, person_id, at)


def _find(token: str) -> Appointment | None:
    """The appointment whose terms wait for the person."""
    appointment_id = APPOINTMENT_TERMS.find(token, request_time())
    found = request_session().get(Appointment, appointment_id) if appointment_id else None
    return found if found is not None and accepting.waits_for_person(found) else None


def _again(token: str) -> Appointment:
    return request_session().get_one(Appointment, APPOINTMENT_TERMS.find(token, request_time()))


def _over() -> Response:
    return _show("my_profile/returning_terms_over.html", 404)


def _ask(token: str, found: Appointment, form: TermsReadForm, status: int) -> Response:
    return _show(
        "my_profile/returning_terms_asked.html",
        status,
        form=form,
        token=token,
        organisation=organisation_of(request_session(), found, request_time()),
        passkey=passkey_sign_in.offer(current(), purpose=_purpose(found, "read")),
    )


def _show(template: str, status: int = 200, **shown: object) -> Response:
    return Response(render_template(template, **shown), status, mimetype="text/html")


def _purpose(found: Appointment, deed: str) -> str:
    """A challenge is good for these terms alone."""
    return f"{deed} terms {found.id} {found.version}"
