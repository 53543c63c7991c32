"""Drafting a bulk move: from where to where, when, and who."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import DraftForm
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.bulk_moves import drafting
from profiles.errors import Invalid
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires


@blueprint.get("/bulk-moves/new")
@requires(Permission.PREPARE_TRANSFER)
def new() -> str:
    """Ask for it."""
    return _show(_form())


@blueprint.post("/bulk-moves/new")
@requires(Permission.PREPARE_TRANSFER)
def draft() -> Response | tuple[str, int]:
    """Draft the list; nothing changes for anybody before both organisations have agreed."""
    form = _form()
    if not form.validate_on_submit():
        return _show(form), 422
    try:
        move = drafting.draft(
            request_session(),
            request_time(),
            officer_id=signed_in_person(),
            permissions=permissions(),
            wish=form.wish(),
        )
    except Invalid as refused:
        roll_back()
        form = _form()
        form.validate()
        show_refusal(form, refused)
        return _show(form), 422
    flash(_("The list is drafted. Officers of both departments agree to it now."), "success")
    return redirect(url_for("bulk_moves.bulk_move", bulk_move_id=move.id), 303)


def _form() -> DraftForm:
    known = organisations.tree(request_session(), request_time()).organisations
    mine = permissions().organisations(Permission.PREPARE_TRANSFER)
    return DraftForm([one for one in known.values() if one.id in mine], known.values())


def _show(form: DraftForm) -> str:
    return render_template("bulk_moves/new.html", form=form)
