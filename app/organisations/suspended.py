"""Organisations that are suspended: an administrator of the platform asks to lift it, another one does."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.apps.deciding import Hrefs, approve_found, decision_page
from app.apps.policy_flow import Case, submit_case
from app.apps.rule_form import reason_field
from app.display_formats import civil_datetime
from app.organisations.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.deciding import get_waiting_for, waiting_for
from profiles.access_policy.models import PolicyChange, PolicyKind
from profiles.access_policy.reinstating import ReinstatementWanted
from profiles.access_policy.service import refuse
from profiles.errors import NotFound
from profiles.organisations import reading
from profiles.roles.permissions import Permission, requires
from profiles.suspensions import service
from profiles.suspensions.models import OrganisationSuspension

LIST = "/organisations/suspended"
LIFT = f"{LIST}/<uuid:organisation_id>/lift"
ONE = f"{LIST}/waiting/<uuid:policy_change_id>"


class LiftForm(FlaskForm):  # type: ignore[misc]
    """Why it is over."""

    reason = reason_field(_l("The other administrator and auditors read it."))


@blueprint.get(LIST)
@requires(Permission.REINSTATE_ORGANISATIONS)
def suspended_organisations() -> str:
    """Each, since when and why, and whether somebody has asked to lift it."""
    session, now = request_session(), request_time()
    names = reading.names_ever(session, now)
    waits = {
        one.organisation_id: one.id
        for one in waiting_for(session, PolicyKind.REINSTATEMENT, permissions(), now)
    }
    rows = [
        {
            "name": names[one.organisation_id],
            "since": civil_datetime(one.valid_from),
            "reason": one.reason,
            "waits": one.organisation_id in waits,
            "href": url_for("organisations.waiting_lift", policy_change_id=waits[one.organisation_id])
            if one.organisation_id in waits
            else url_for("organisations.ask_to_lift", organisation_id=one.organisation_id),
        }
        for one in service.suspended_organisations(session, now)
    ]
    return render_template("organisations/suspended.html", rows=rows, alone_up_to=_alone_up_to())


@blueprint.get(LIFT)
@requires(Permission.REINSTATE_ORGANISATIONS, fresh=True)
def ask_to_lift(organisation_id: UUID) -> Response:
    """Ask why it is over."""
    return _ask(_suspension(organisation_id), LiftForm(formdata=None))


@blueprint.post(LIFT)
@requires(Permission.REINSTATE_ORGANISATIONS, fresh=True)
def submit_lift(organisation_id: UUID) -> Response:
    """Check whom it wakes; once that was checked, lift it or let it wait for a second administrator."""
    held, form = _suspension(organisation_id), LiftForm()
    if not form.validate_on_submit():
        return _ask(held, form, 422)
    wanted = ReinstatementWanted(organisation_id, held.id)
    back_href = url_for("organisations.suspended_organisations")
    return submit_case(
        Case(
            wanted,
            _name(organisation_id),
            back_href,
            form,
            lambda status: _again(organisation_id, form, status),
        )
    )


@blueprint.get(ONE)
@requires(Permission.REINSTATE_ORGANISATIONS, fresh=True)
def waiting_lift(policy_change_id: UUID) -> str:
    """Who asked for it and why, and whom it wakes."""
    found = _get(request_session(), policy_change_id)
    hrefs = Hrefs(
        back=url_for("organisations.suspended_organisations"),
        approve=url_for("organisations.approve_lift", policy_change_id=found.id),
        refuse=url_for("organisations.refuse_lift", policy_change_id=found.id),
    )
    return decision_page(found, hrefs)


@blueprint.get(f"{ONE}/approve")
@blueprint.get(f"{ONE}/refuse")
@requires(Permission.REINSTATE_ORGANISATIONS)
def back_to_lift(policy_change_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("organisations.waiting_lift", policy_change_id=policy_change_id))


@blueprint.post(f"{ONE}/approve")
@requires(Permission.REINSTATE_ORGANISATIONS, fresh=True)
def approve_lift(policy_change_id: UUID) -> Response:
    """Its people can sign in again."""
    approve_found(lambda session: _get(session, policy_change_id))
    flash(_("The suspension is lifted: its people can sign in again."), "success")
    return redirect(url_for("organisations.suspended_organisations"), 303)


@blueprint.post(f"{ONE}/refuse")
@requires(Permission.REINSTATE_ORGANISATIONS, fresh=True)
def refuse_lift(policy_change_id: UUID) -> Response:
    """It stays suspended."""
    session = request_session()
    refuse(session, _get(session, policy_change_id), request_time(), signed_in_person())
    flash(_("The organisation stays suspended."), "success")
    return redirect(url_for("organisations.suspended_organisations"), 303)


def _get(session: Session, policy_change_id: UUID) -> PolicyChange:
    kind = PolicyKind.REINSTATEMENT
    return get_waiting_for(session, policy_change_id, kind, permissions(), request_time())


def _suspension(organisation_id: UUID) -> OrganisationSuspension:
    found = service.find_organisation_suspension(request_session(), organisation_id, request_time())
    if found is None:
        raise NotFound(_("The organisation is not suspended."))
    return found


def _name(organisation_id: UUID) -> str:
    return reading.names_ever(request_session(), request_time())[organisation_id]


def _again(organisation_id: UUID, form: Any, status: int) -> Response:
    return _ask(_suspension(organisation_id), form, status)


def _ask(held: OrganisationSuspension, form: LiftForm, status: int = 200) -> Response:
    page = render_template(
        "organisations/lift.html",
        form=form,
        name=_name(held.organisation_id),
        held=held,
        alone_up_to=_alone_up_to(),
    )
    return Response(page, status, mimetype="text/html")


def _alone_up_to() -> int:
    return int(current_app.config["SECOND_OFFICER_ABOVE"])
