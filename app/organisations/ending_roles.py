"""An officer ends a role in Lanyard: by themselves and at once, because it takes access away."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.apps.rule_form import reason_field
from app.display_formats import civil_date, last_day
from app.listed_names import known_name
from app.organisations.blueprint import blueprint
from app.portable_profile.words import role_words
from app.request_transaction import request_session, request_time
from app.role_words import allowed_in_words
from app.translation import gettext as _
from profiles.access_policy.officers import end, may_end
from profiles.errors import NotFound
from profiles.organisations import reading
from profiles.roles.models import RoleAssignment
from profiles.roles.permissions import Permission, requires
from profiles.temporal import known

PATH = "/organisations/officers/<uuid:role_id>/end"


class EndForm(FlaskForm):  # type: ignore[misc]
    """Why."""

    reason = reason_field(_l("Auditors read it."))


@blueprint.get(PATH)
@requires(Permission.CONFIRM_ROLES)
def end_role(role_id: UUID) -> Response:
    """What they can do no more, and why it ends."""
    return _ask(_held(request_session(), role_id), EndForm(formdata=None))


@blueprint.post(PATH)
@requires(Permission.CONFIRM_ROLES)
def submit_end(role_id: UUID) -> Response:
    """End it; the person is told.

    Without a fresh sign-in, unlike giving one: it takes access away, which must not wait.
    """
    session, now, form = request_session(), request_time(), EndForm()
    held = _held(session, role_id)
    if not form.validate_on_submit():
        return _ask(held, form, 422)
    person_id = held.person_id
    end(session, now, held, signed_in_person(), form.data["reason"])
    settle_people(session, [person_id], now, "A role in Lanyard was ended.")
    flash(_("The role has ended. They get a mail."), "success")
    return redirect(url_for("organisations.officers"), 303)


def _held(session: Session, role_id: UUID) -> RoleAssignment:
    """One that is not over, and that the reader may end. Raises NotFound."""
    now = request_time()
    query = select(RoleAssignment).where(col(RoleAssignment.fact_id) == role_id, known(RoleAssignment, now))
    for one in session.exec(query.order_by(col(RoleAssignment.valid_from))):
        if (one.valid_to is None or one.valid_to > now) and may_end(session, permissions(), one, now):
            return one
    raise NotFound(_("There is no such role, or it is over."))


def _ask(held: RoleAssignment, form: EndForm, status: int = 200) -> Response:
    session, now, place = request_session(), request_time(), held.organisation_id
    where = reading.names_ever(session, now)[place] if place else _("All of Lanyard")
    page = render_template(
        "organisations/end_role.html",
        form=form,
        rows=[
            (_("Who"), known_name(session, held.person_id, now)),
            (_("Role"), role_words()[held.role]),
            (
                _("Where"),
                _("%(organisation)s and below it", organisation=where) if held.include_subtree else where,
            ),
            (_("First day"), civil_date(held.valid_from)),
            (_("Last day"), last_day(held.valid_to) if held.valid_to else _("No end date")),
        ],
        allows=allowed_in_words(held.role),
    )
    return Response(page, status, mimetype="text/html")
