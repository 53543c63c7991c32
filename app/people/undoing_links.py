"""Undoing a wrong link: an account of the department opens the profile of somebody whose it is not."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import signed_in_person
from app.people.blueprint import blueprint
from app.people.helped import Helped, get_helped
from app.people.signing_in import accounts_here
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from identity.federation import links
from profiles.audit.service import Initiator
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires


class UndoForm(FlaskForm):  # type: ignore[misc]
    """Why the link is undone; auditors read it."""

    reason = TextAreaField(
        _l("Reason"),
        [
            DataRequired(_l("Enter a reason")),
            Length(max=500, message=_l("Use %(max)d characters or fewer")),
        ],
        filters=[stripped],
        widget=TextArea(),
    )


@blueprint.get("/people/<uuid:person_id>/sign-in/accounts/<uuid:link_id>/undo")
@requires(Permission.UNDO_LINKS, fresh=True)
def undo_link(person_id: UUID, link_id: UUID) -> str:
    """Ask for the reason."""
    whom, name = _linked(person_id, link_id)
    return render_template("people/undo_link.html", whom=whom, name=name, form=UndoForm())


@blueprint.post("/people/<uuid:person_id>/sign-in/accounts/<uuid:link_id>/undo")
@requires(Permission.UNDO_LINKS, fresh=True)
def submit_undo(person_id: UUID, link_id: UUID) -> Response | tuple[str, int]:
    """The account opens nothing any more, the sessions that it opened end, and the person is told."""
    whom, name = _linked(person_id, link_id)
    form = UndoForm()
    if not form.validate_on_submit():
        return render_template("people/undo_link.html", whom=whom, name=name, form=form), 422
    links.end(
        request_session(),
        link_id,
        request_time(),
        "Undone by an officer",
        initiator=Initiator.person(signed_in_person()),
        words=form.data["reason"],
    )
    flash(_("%(account)s does not sign in %(name)s any more.", account=name, name=whom.name), "success")
    return redirect(url_for("people.signing_in", person_id=person_id), 303)


def _linked(person_id: UUID, link_id: UUID) -> tuple[Helped, str]:
    """Whose link it is, and what the account is called. Raises NotFound for any other."""
    whom = get_helped(person_id, Permission.UNDO_LINKS)
    for name, account in accounts_here(request_session(), whom):
        if account.link_id == link_id:
            return whom, name
    raise NotFound(_("This account is not linked any more."))
