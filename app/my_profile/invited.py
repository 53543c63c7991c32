"""An invitation to move: the page that its link opens, and the answer from the account of who signs in."""

from datetime import timedelta
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import hold_session, signed_in_person
from app.my_profile.blueprint import blueprint
from app.my_profile.which_employment import WhichForm, which_form
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.entitlements.explanation import with_article
from profiles.errors import Conflict, NotFound
from profiles.organisations import service as organisations
from profiles.people.service import addresses_of, display_name, name_of
from profiles.roles.permissions import Demand, public, signed_in
from profiles.transfers import invited
from profiles.transfers.models import MoveInvitation


@blueprint.get("/invited/<token>")
@public
def invitation(token: str) -> Response:
    """Who invites, and where to sign in; looking at it answers nothing."""
    found = find_open(token)
    if found is None:
        return invitation_over()
    page = render_template("my_profile/invitation.html", token=token, organisation=organisation_of(found))
    return Response(page, 200, mimetype="text/html")


@blueprint.get("/profile/invitations/<token>")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def answer_invitation(token: str) -> Response:
    """What is offered, from which account it is answered, and what an answer tells them."""
    found = find_open(token)
    return invitation_over() if found is None else _ask(token, found, which_form())


@blueprint.post("/profile/invitations/<token>")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def accept_invitation(token: str) -> Response:
    """Say yes."""
    hold_session(request_session())
    life: timedelta = current_app.config["MOVE_INVITATION_LIFE"]
    form, asked = which_form(), find_open(token)
    if form is not None and asked is not None and not form.validate_on_submit():
        return _ask(token, asked, form, 422)
    try:
        found = invited.accept(
            request_session(),
            request_time(),
            unverified_token=token,
            person_id=signed_in_person(),
            life=life,
            employment_id=form.chosen if form is not None else None,
        )
    except NotFound:
        return invitation_over()
    flash(
        _(
            "You have accepted. Now %(organisation)s say whether they meant you, and then prepare your move.",
            organisation=with_article(organisation_of(found)),
        ),
        "success",
    )
    return redirect(url_for("my_profile.transfer_code"), 303)


@blueprint.post("/profile/invitations/<token>/decline")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def decline_invitation(token: str) -> Response:
    """Say no."""
    session, now = request_session(), request_time()
    try:
        invited.decline(session, now, unverified_token=token, person_id=signed_in_person())
    except NotFound:
        return invitation_over()
    flash(_("You have declined. They do not learn who did."), "success")
    return redirect(url_for("my_profile.profile"), 303)


@blueprint.get("/profile/invitations/<token>/decline")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def back_to_invitation(token: str) -> Response:
    """The answer is given on the page of the invitation."""
    return redirect(url_for("my_profile.answer_invitation", token=token))


@blueprint.post("/profile/accepted-invitations/<uuid:accepted_id>/take-back")
@signed_in(here=True)
def take_back_acceptance(accepted_id: UUID) -> Response:
    """Think again, while no move is prepared."""
    invited.take_back(
        request_session(), request_time(), invitation_id=accepted_id, person_id=signed_in_person()
    )
    flash(_("You have taken it back. Nothing changes for you."), "success")
    return redirect(url_for("my_profile.transfer_code"), 303)


def organisation_of(invitation: MoveInvitation) -> str:
    """Who invites."""
    return organisations.get(request_session(), invitation.organisation_id, request_time()).name


def find_open(token: str) -> MoveInvitation | None:
    """The invitation of a link that is good."""
    try:
        return invited.get_open(request_session(), token, request_time())
    except NotFound:
        return None


def _ask(token: str, found: MoveInvitation, form: WhichForm | None, status: int = 200) -> Response:
    session, now, person_id = request_session(), request_time(), signed_in_person()
    refusal = None
    try:
        invited.check_can_move(session, now, found, person_id)
    except Conflict as refused:
        refusal = refused.message
    page = render_template(
        "my_profile/answer_invitation.html",
        token=token,
        form=form,
        invitation=found,
        organisation=organisation_of(found),
        name=display_name(name_of(session, person_id, now)),
        addresses=addresses_of(session, person_id, now),
        refusal=refusal,
    )
    return Response(page, status, mimetype="text/html")


def invitation_over() -> Response:
    """The page of a link that is not, which does not say why."""
    return Response(render_template("my_profile/invitation_over.html"), 404, mimetype="text/html")
