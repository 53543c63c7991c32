"""How you sign in on your first morning: the employee names what they will have with them."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.access import signed_in_person
from app.first_morning import ways_in
from app.my_profile.blueprint import blueprint
from app.my_profile.moving import my_transfer
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.transfers.presenting import TransferView
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice
from identity.context import current
from identity.federation.lasting import LastingWay
from identity.sessions.credentials import CredentialKind
from identity.sign_in.offered import has_password
from identity.sign_in_policy.service import methods_within
from profiles.errors import Invalid
from profiles.roles.permissions import signed_in
from profiles.sign_in.models import Method
from profiles.transfers import first_morning, tasks
from profiles.transfers.models import TaskKind


class WayInForm(FlaskForm):  # type: ignore[misc]
    """Which of the ways in that last."""

    way_in = RadioField(
        _l("What will you sign in with?"),
        [InputRequired(_l("Choose what you will sign in with"))],
        widget=Radios(),
    )


@blueprint.get("/profile/transfers/<uuid:transfer_id>/first-morning")
@signed_in(here=True)
def first_morning_of(transfer_id: UUID) -> Response:
    """What of theirs opens the account then, or how to make a passkey, and by when."""
    view = my_transfer(transfer_id)
    ways = _ways(view)
    form = _form(ways)
    credentials = [one.credential for one in ways]
    if view.transfer.way_in in credentials or len(ways) == 1:
        form.way_in.data = view.transfer.way_in if view.transfer.way_in in credentials else credentials[0]
    return _show(view, ways, form)


@blueprint.post("/profile/transfers/<uuid:transfer_id>/first-morning")
@signed_in(here=True)
def submit_first_morning(transfer_id: UUID) -> Response:
    """Keep what they named; a move that was blocked for want of it goes on."""
    view = my_transfer(transfer_id)
    ways = _ways(view)
    form = _form(ways)
    if not form.validate_on_submit():
        return _show(view, ways, form, 422)
    try:
        first_morning.confirm(
            request_session(),
            request_time(),
            transfer_id=transfer_id,
            person_id=signed_in_person(),
            ways_in=[one.credential for one in ways],
            way_in=form.way_in.data,
        )
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show(my_transfer(transfer_id), ways, form, 422)
    flash(_("You have said what you will sign in with on your first morning."), "success")
    return redirect(url_for("my_profile.transfer", transfer_id=transfer_id), 303)


def _ways(view: TransferView) -> list[LastingWay]:
    return ways_in(request_session(), view.transfer, current().settings.platform)


def _form(ways: list[LastingWay]) -> WayInForm:
    form = WayInForm()
    form.way_in.choices = [SelectChoice(one.credential, _in_words(one)) for one in ways]
    return form


def _in_words(way: LastingWay) -> str:
    if way.kind is CredentialKind.PASSKEY:
        return _("The passkey “%(name)s”", name=way.label)
    if way.kind is CredentialKind.PASSWORD:
        return _("Your Lanyard password with a code from your authenticator app")
    return _("Your account at %(provider)s", provider=way.label)


def _show(view: TransferView, ways: list[LastingWay], form: WayInForm, status: int = 200) -> Response:
    session, now, transfer = request_session(), request_time(), view.transfer
    methods = methods_within(
        session, transfer.importing_organisation_id, transfer.join_at, current().settings.platform
    )
    page = render_template(
        "my_profile/first_morning.html",
        view=view,
        form=form,
        ways=ways,
        may_confirm=first_morning.may_confirm(transfer, now),
        task=tasks.get(session, transfer, TaskKind.SIGN_IN),
        offers_codes=Method.PASSWORD_AND_CODE in methods and has_password(session, transfer.person_id),
    )
    return Response(page, status, mimetype="text/html")
