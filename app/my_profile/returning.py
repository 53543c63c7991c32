"""Answering an invitation by somebody who works nowhere: they cannot sign in, and have a passkey.

Nothing opens by it but this one answer. There is no session, because there is nothing yet to sign in to.
"""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app, render_template, request
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.listed_names import known_name
from app.my_profile.blueprint import blueprint
from app.my_profile.invited import find_open, invitation_over, organisation_of
from app.request_transaction import request_session, request_time, roll_back
from app.translation import gettext as _
from identity.context import current
from identity.sign_in import passkey_sign_in
from identity.sign_in.passkey_sign_in import PasskeyProof, prove_by_passkey
from identity.sign_in.throttling import Wait
from identity.sign_in.waiting import say_how_long
from profiles.entitlements.explanation import with_article
from profiles.errors import Conflict
from profiles.merges.unions import ids_of, survivor_of
from profiles.portable_profile.leavers import has_died
from profiles.roles.permissions import public
from profiles.sign_in.standing import standing_of
from profiles.transfers import invited
from profiles.transfers.models import MoveInvitation


class ReturningForm(FlaskForm):  # type: ignore[misc]
    """A form of one button, which the browser answers."""


@blueprint.get("/invited/<token>/returning")
@public
def returning(token: str) -> Response:
    """What is offered, and a button that accepts with a passkey."""
    found = find_open(token)
    return invitation_over() if found is None else _show(found, token, ReturningForm(formdata=None), 200)


@blueprint.post("/invited/<token>/returning")
@public
def return_with_passkey(token: str) -> Response:
    """Accept for the account whose passkey has answered; nobody is signed in by it."""
    found, context = find_open(token), current()
    if found is None:
        return invitation_over()
    form = ReturningForm()
    proved = prove_by_passkey(
        context,
        unverified_answer=request.form.get("answer", ""),
        unverified_note=request.form.get("note", ""),
        source=request.remote_addr or "",
        only=None,
        purpose=_purpose(token),
        admits=works_nowhere,
    )
    if isinstance(proved, Wait):
        return say_how_long(proved, form, lambda: _show(_again(token), token, form, 429))
    session, now = request_session(), request_time()
    if not isinstance(proved, PasskeyProof) or not passkey_sign_in.spend(context, session, proved):
        roll_back()
        form.form_errors.append(
            _("That passkey did not work here. If you work in the Civil Service now, sign in instead")
        )
        return _show(_again(token), token, form, 422)
    life: timedelta = current_app.config["MOVE_INVITATION_LIFE"]
    try:
        accepted = invited.accept(session, now, unverified_token=token, person_id=proved.person_id, life=life)
    except Conflict as refused:
        roll_back()
        form.form_errors.append(refused.message)
        return _show(_again(token), token, form, 409)
    page = render_template(
        "my_profile/returning_accepted.html",
        name=known_name(session, proved.person_id, now),
        organisation=with_article(organisation_of(accepted)),
    )
    return Response(page, 200, mimetype="text/html")


def works_nowhere(session: Session, person_id: UUID, at: datetime) -> bool:
    """Whether somebody may answer so: who can sign in does that, and a united record has no say.

    Nor has the device of somebody who has died, whoever holds it.
    """
    standing = standing_of(session, person_id, at)
    is_own = survivor_of(session, person_id) == person_id
    comes_back = is_own and not standing.may_sign_in and not standing.is_suspended
    return comes_back and not has_died(session, ids_of(session, person_id))


def _again(token: str) -> MoveInvitation:
    return invited.get_open(request_session(), token, request_time())


def _show(found: MoveInvitation, token: str, form: ReturningForm, status: int) -> Response:
    page = render_template(
        "my_profile/returning.html",
        form=form,
        token=token,
        invitation=found,
        organisation=organisation_of(found),
        passkey=passkey_sign_in.offer(current(), purpose=_purpose(token)),
    )
    return Response(page, status, mimetype="text/html")


def _purpose(token: str) -> str:
    """A challenge is good for this invitation alone."""
    return f"answer invitation {hashlib.sha256(token.encode()).hexdigest()}"
