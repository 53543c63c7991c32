"""Officers meet somebody who comes back without a passkey, and hand over a code each when the time is over.

They read what the person stated, and never whether an account fits it.
"""

from datetime import timedelta
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.appointments.blueprint import blueprint
from app.display_formats import civil_datetime
from app.listed_names import known_name
from app.request_transaction import own_transaction, request_session, request_time, roll_back
from app.translation import gettext as _
from identity.context import current
from identity.recovery import limits
from identity.recovery.codes import hash_of
from identity.sign_in.mail_links import STOP_RETURN
from identity.sign_in.typed_codes import new_code
from profiles.appointments import claims
from profiles.appointments.claim_models import ClaimState, ReturnClaim
from profiles.audit.service import Initiator
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires

PATH = "/appointments/returns/<uuid:invitation_id>"


@blueprint.get(PATH)
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def claim(invitation_id: UUID) -> str:
    """What the person stated, how far it is, and what the officer can do next."""
    session, now, found = request_session(), request_time(), _get(invitation_id)
    refusal = None
    try:
        claims.check_may_check(found, signed_in_person(), permissions())
    except NotPermitted as refused:
        refusal = refused.message
    officers = [one for one in (found.first_officer, found.second_officer) if one]
    is_open = claims.is_open(found, now)
    is_ready = found.ready_at is not None and found.ready_at <= now
    return render_template(
        "appointments/claim.html",
        claim=found,
        organisation=organisations.get(session, found.organisation_id, now).name,
        officers=[known_name(session, one, now) for one in officers],
        refusal=refusal,
        is_open=is_open,
        asks=is_open and found.state in (ClaimState.STATED, ClaimState.CHECKED),
        waits=is_open and not is_ready,
        may_take_code=is_open and is_ready and signed_in_person() in officers,
        days=_wait().days,
    )


@blueprint.post(f"{PATH}/check")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def check_claim(invitation_id: UUID) -> Response:
    """The officer has met the person, and compared them and what they stated with a document."""
    found = _get(invitation_id)
    now, officer_id, place = request_time(), signed_in_person(), found.organisation_id
    claims.check_may_check(found, officer_id, permissions())
    if found.state is ClaimState.STATED:
        roll_back()
        with own_transaction() as own:
            wait = limits.take(own, officer_id, place, now)
        if wait is not None:
            raise Conflict(
                _(
                    "Too many recoveries were begun, so no more can be until %(date)s. Your security "
                    "officers have been told.",
                    date=civil_datetime(wait.until),
                )
            )
        found = _get(invitation_id)
    token = STOP_RETURN.token_of(found.id, now)
    claims.check(
        request_session(),
        now,
        found,
        officer_id=officer_id,
        permissions=permissions(),
        wait=_wait(),
        stop_link=current().settings.issuer + url_for("my_profile.ask_to_stop_return", token=token),
    )
    if found.state is ClaimState.CHECKED:
        flash(_("You have checked who they are. Now a second officer meets them."), "success")
    else:
        flash(_("You have checked who they are. The waiting time runs."), "success")
    return redirect(url_for("appointments.claim", invitation_id=invitation_id), 303)


@blueprint.post(f"{PATH}/code")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def claim_code(invitation_id: UUID) -> str:
    """The officer's code, shown this once."""
    found, code = _get(invitation_id), new_code()
    claims.issue(
        request_session(), request_time(), found, officer_id=signed_in_person(), code_hash=hash_of(code)
    )
    return render_template("appointments/claim_code.html", claim=found, code=code)


@blueprint.post(f"{PATH}/cancel")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def cancel_claim(invitation_id: UUID) -> Response:
    """End it: no passkey is made."""
    claims.cancel(
        request_session(),
        request_time(),
        _get(invitation_id),
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("It is cancelled. Nothing changes for anybody."), "success")
    return redirect(url_for("appointments.claim", invitation_id=invitation_id), 303)


@blueprint.get(f"{PATH}/check")
@blueprint.get(f"{PATH}/code")
@blueprint.get(f"{PATH}/cancel")
@requires(Permission.CONFIRM_RECOVERY)
def back_to_claim(invitation_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("appointments.claim", invitation_id=invitation_id))


@blueprint.post("/appointments/returns/leavers/<uuid:claim_id>/stop")
@requires(Permission.HANDLE_SECURITY_REPORTS, fresh=True)
def stop_claim(claim_id: UUID) -> Response:
    """A security officer of the last employer has reason to think that it is somebody else."""
    session, now = request_session(), request_time()
    found = next(
        (one for one in claims.of_our_leavers(session, permissions(), now) if one.id == claim_id), None
    )
    if found is None:
        raise NotFound(_("There is nothing to stop any more."))
    claims.stop(session, now, found, Initiator.person(signed_in_person()))
    flash(_("It is stopped. The organisation that checked them has been told."), "success")
    return redirect(url_for("recovery.recoveries"), 303)


@blueprint.get("/appointments/returns/leavers/<uuid:claim_id>/stop")
@requires(Permission.HANDLE_SECURITY_REPORTS)
def back_to_leavers(claim_id: UUID) -> Response:
    """The same for the button on the list."""
    return redirect(url_for("recovery.recoveries"))


def _get(invitation_id: UUID) -> ReturnClaim:
    return claims.get_for(request_session(), invitation_id, permissions())


def _wait() -> timedelta:
    wait: timedelta = current_app.config["RETURN_WAIT"]
    return wait
