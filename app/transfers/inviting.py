"""Inviting somebody to join: the invitation, the list of those that were sent, and who has accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.access import permissions, signed_in_person
from app.display_formats import civil_date
from app.listed_names import listed_name
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.blueprint import blueprint
from app.transfers.forms import show_refusal, text_field
from app.transfers.preparing import ask_for_terms, fill_conditions, my_organisations, terms_form
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice, TextInput, stripped
from identity.context import current
from profiles.employments.service import is_employed_from
from profiles.entitlements.explanation import with_article
from profiles.errors import Conflict, Invalid
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires
from profiles.roles.service import Permissions
from profiles.transfers import invitations
from profiles.transfers.invitations import ANSWERED, UNDER_WAY, Post, is_over
from profiles.transfers.models import InvitationState, MoveInvitation
from profiles.transfers.preparing import look_up


class InvitationForm(FlaskForm):  # type: ignore[misc]
    """Where the invitation goes, for whom the officer acts, and what it is for."""

    organisation = RadioField(
        _l("Which organisation do you invite them to?"),
        [InputRequired(_l("Choose the organisation that you invite them to"))],
        widget=Radios(),
    )
    address = StringField(
        _l("Their e-mail address"),
        [
            DataRequired(_l("Enter their e-mail address")),
            Length(max=254, message=_l("Enter a shorter address")),
        ],
        description=_l("The one that they gave you, at work or private. Nobody is told whether it is known."),
        widget=TextInput(),
        filters=[stripped],
    )
    job_title = text_field(_l("Job title"), _l("Enter the job title"))
    unit = text_field(_l("Team or unit (optional)"))
    location = text_field(_l("Place of work (optional)"))
    start_date = CivilDateField(
        _l("Start date, as planned (optional)"),
        [Optional()],
        description=_l("You say the date that counts when they have accepted."),
    )

    def __init__(self, mine: Iterable[OrganisationView], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices = [SelectChoice(str(one.id), one.name) for one in mine]
        self._only = UUID(choices[0].value) if len(choices) == 1 else None
        self.organisation.choices = choices
        if self._only:
            del self.organisation

    @property
    def organisation_id(self) -> UUID:
        """The organisation, once the form is valid."""
        return self._only or UUID(self.organisation.data)


@dataclass(frozen=True)
class InvitationView:
    """An invitation with what a page says of it; ``name`` is that of who accepted, as lists say it."""

    invitation: MoveInvitation
    organisation: str
    name: str
    state: str
    over: bool


@blueprint.get("/transfers/invitations/new")
@requires(Permission.OFFER_POSTS)
def new_invitation() -> Response:
    """Ask for the address and the post."""
    return _ask(InvitationForm(my_organisations()))


@blueprint.post("/transfers/invitations/new")
@requires(Permission.OFFER_POSTS)
def submit_invitation() -> Response:
    """Send it."""
    form = InvitationForm(my_organisations())
    if not form.validate_on_submit():
        return _ask(form, 422)
    life: timedelta = current_app.config["MOVE_INVITATION_LIFE"]
    post = Post(
        form.job_title.data or "", form.unit.data or "", form.location.data or "", form.start_date.data
    )
    try:
        invitation = invitations.invite(
            request_session(),
            request_time(),
            officer_id=signed_in_person(),
            permissions=permissions(),
            organisation_id=form.organisation_id,
            unverified_address=form.address.data or "",
            post=post,
            life=life,
            link=lambda token: current().settings.issuer + url_for("my_profile.invitation", token=token),
        )
    except (Invalid, Conflict) as refused:
        roll_back()
        field = refused.field if isinstance(refused, Invalid) else "address"
        show_refusal(form, Invalid(refused.message, field=field))
        return _ask(form, 422)
    flash(_("The invitation is on its way. You get a mail when it is answered."), "success")
    return redirect(url_for("transfers.invitation", invitation_id=invitation.id), 303)


@blueprint.get("/transfers/invitations")
@requires(Permission.OFFER_POSTS)
def sent_invitations() -> str:
    """Those of the reader's organisations, or the reader's own, the newest first."""
    session, now = request_session(), request_time()
    found = invitations.list_for(
        session, signed_in_person(), permissions(), after=asked_after(), limit=PAGE_SIZE + 1
    )
    page = page_of(found, lambda one: one.id)
    views = [_view(session, one, now) for one in page.rows]
    return render_template("transfers/invitations.html", views=views, page=page)


@blueprint.get("/transfers/invitations/<uuid:invitation_id>")
@requires(Permission.OFFER_POSTS)
def invitation(invitation_id: UUID) -> str:
    """One invitation: how it stands, who has accepted, and what the reader can do."""
    session, now = request_session(), request_time()
    found = _mine(invitation_id)
    accepted = found.state in ANSWERED and not is_over(found, now) and found.person_id is not None
    name = display_name(name_of(session, found.person_id, now)) if accepted and found.person_id else None
    return render_template(
        "transfers/invitation.html",
        view=_view(session, found, now),
        name=name,
        next_href=_next_of(found) if name else None,
    )


@blueprint.post("/transfers/invitations/<uuid:invitation_id>/confirm")
@requires(Permission.OFFER_POSTS)
def confirm_invitation(invitation_id: UUID) -> Response:
    """It is whom they meant: go on with the terms."""
    invitations.confirm(
        request_session(),
        request_time(),
        invitation_id=invitation_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    return redirect(_next_of(_mine(invitation_id)), 303)


@blueprint.post("/transfers/invitations/<uuid:invitation_id>/withdraw")
@requires(Permission.OFFER_POSTS)
def withdraw_invitation(invitation_id: UUID) -> Response:
    """Take it back."""
    invitations.withdraw(
        request_session(),
        request_time(),
        invitation_id=invitation_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
    )
    flash(_("The invitation is withdrawn."), "success")
    return redirect(url_for("transfers.sent_invitations"), 303)


@blueprint.get("/transfers/invitations/<uuid:invitation_id>/confirm")
@blueprint.get("/transfers/invitations/<uuid:invitation_id>/withdraw")
@requires(Permission.OFFER_POSTS)
def back_to_invitation(invitation_id: UUID) -> Response:
    """Both are done on the page of the invitation."""
    return redirect(url_for("transfers.invitation", invitation_id=invitation_id))


@blueprint.get("/transfers/invitations/<uuid:invitation_id>/terms")
@requires(Permission.OFFER_POSTS)
def terms_of_invitation(invitation_id: UUID) -> Response:
    """The terms, with what the invitation said already; from here it goes on as with a code."""
    session, now, found = request_session(), request_time(), _mine(invitation_id)
    employee = look_up(
        session,
        now,
        officer_id=signed_in_person(),
        permissions=permissions(),
        importing_organisation_id=found.organisation_id,
        unverified_code="",
        invitation_id=found.id,
    )
    form = terms_form(found.organisation_id, formdata=None)
    form.invitation.data, form.organisation.data = str(found.id), str(found.organisation_id)
    form.job_title.data, form.unit.data, form.location.data = found.job_title, found.unit, found.location
    form.start_date.data = found.start_date
    fill_conditions(form, employee, found.organisation_id)
    return ask_for_terms(form, employee, found.organisation_id)


def invitation_rows(
    session: Session, officer_id: UUID, allowed: Permissions, now: datetime
) -> list[dict[str, Any]]:
    """What waits for the officer: acceptances to look at, and moves to prepare."""
    return [
        {
            "href": url_for("transfers.invitation", invitation_id=one.id),
            "name": listed_name(session, one.person_id, now) if one.person_id else "",
            "what": _("Say whether you meant who accepted")
            if one.state is InvitationState.ACCEPTED
            else _("Prepare the move of who accepted"),
            "due": civil_date(one.expires_at),
            "late": False,
            "whose": with_article(organisations.get(session, one.organisation_id, now).name),
        }
        for one in invitations.waiting_for(session, officer_id, allowed, now)
    ]


def _next_of(found: MoveInvitation) -> str:
    """Where it goes on with who accepted: a move or, where they work nowhere, an appointment."""
    employed = found.person_id is not None and is_employed_from(
        request_session(), found.person_id, request_time()
    )
    page = "transfers.terms_of_invitation" if employed else "appointments.new"
    return url_for(page, invitation_id=found.id)


def _mine(invitation_id: UUID) -> MoveInvitation:
    return invitations.get_for(request_session(), invitation_id, signed_in_person(), permissions())


def _view(session: Session, found: MoveInvitation, now: datetime) -> InvitationView:
    organisation = organisations.get(session, found.organisation_id, now).name
    over = is_over(found, now)
    state = "expired" if found.state in UNDER_WAY and over else found.state.value
    named = (
        found.person_id if found.state in (*ANSWERED, InvitationState.USED) and state != "expired" else None
    )
    return InvitationView(found, organisation, listed_name(session, named, now) if named else "", state, over)


def _ask(form: InvitationForm, status: int = 200) -> Response:
    page = render_template("transfers/new_invitation.html", form=form)
    return Response(page, status, mimetype="text/html")
