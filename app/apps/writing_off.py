"""What a client will never confirm: an owner or a data protection officer proposes to write it off."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.apps.agreements import data_protection_officers
from app.apps.blueprint import blueprint
from app.apps.rule_form import reason_field
from app.listed_names import known_name
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from identity.clients.models import Client
from profiles.agreements import writing_off
from profiles.apps import service as apps
from profiles.apps.models import App
from profiles.errors import Conflict, Invalid, NotFound
from profiles.outbox.receipts import LateClient, late_clients
from profiles.roles.permissions import Permission, requires

PATH = "/apps/<uuid:app_id>/write-offs"


class WriteOffForm(FlaskForm):  # type: ignore[misc]
    """Why nobody can be using old access at the client any more."""

    reason = reason_field(
        _l("For example: it was taken out of service on 1 May. The other officer and auditors read it.")
    )


@blueprint.get(f"{PATH}/new/<client_id>")
@requires(Permission.PROPOSE_AGREEMENTS, fresh=True)
def new_write_off(app_id: UUID, client_id: str) -> Response:
    """Ask why nobody need wait for its answer any more."""
    return _ask(_app(app_id), _late(app_id, client_id), WriteOffForm(formdata=None))


@blueprint.post(f"{PATH}/new/<client_id>")
@requires(Permission.PROPOSE_AGREEMENTS, fresh=True)
def propose_write_off(app_id: UUID, client_id: str) -> Response:
    """Write it down; nothing changes before somebody else has confirmed it."""
    app, late, form = _app(app_id), _late(app_id, client_id), WriteOffForm()
    if not form.validate_on_submit():
        return _ask(app, late, form, 422)
    try:
        proposed = writing_off.propose(
            request_session(),
            request_time(),
            app=app,
            client_id=client_id,
            reason=form.data["reason"],
            officer_id=signed_in_person(),
        )
    except Invalid as refused:
        show_refusal(form, refused)
        return _ask(app, late, form, 422)
    except Conflict as refused:
        form.form_errors.append(refused.message)
        return _ask(app, late, form, 409)
    flash(_("It is proposed. A data protection officer who did not propose it must confirm it."), "success")
    return redirect(url_for("apps.write_off", app_id=app_id, write_off_id=proposed.id), 303)


@blueprint.get(f"{PATH}/<uuid:write_off_id>")
@requires(Permission.PROPOSE_AGREEMENTS)
def write_off(app_id: UUID, write_off_id: UUID) -> str:
    """What is to be let go, why, and who asked for it."""
    session, now, app = request_session(), request_time(), _app(app_id)
    found = writing_off.get_open(session, write_off_id, app_id)
    client = session.get(Client, found.client_id)
    return render_template(
        "apps/write_off.html",
        app=app,
        write_off=found,
        client=client_name(found.client_id),
        is_registered=client is not None,
        is_disabled=client is not None and client.disabled_at is not None,
        messages=writing_off.count_covered(session, found),
        proposer=known_name(session, found.proposed_by, now),
        is_own=found.proposed_by in permissions().parties,
        may_confirm=permissions().allows(Permission.CONFIRM_AGREEMENTS, app.organisation_id),
        officers=data_protection_officers(session, app.organisation_id, now),
    )


@blueprint.get(f"{PATH}/<uuid:write_off_id>/confirm")
@blueprint.get(f"{PATH}/<uuid:write_off_id>/withdraw")
@requires(Permission.PROPOSE_AGREEMENTS)
def back_to_write_off(app_id: UUID, write_off_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("apps.write_off", app_id=app_id, write_off_id=write_off_id))


@blueprint.post(f"{PATH}/<uuid:write_off_id>/confirm")
@requires(Permission.CONFIRM_AGREEMENTS, fresh=True)
def confirm_write_off(app_id: UUID, write_off_id: UUID) -> Response:
    """A second officer lets it go."""
    session, app = request_session(), apps.get(request_session(), app_id)
    if not permissions().allows(Permission.CONFIRM_AGREEMENTS, app.organisation_id):
        raise NotFound("There is no such app.")
    found = writing_off.get_open(session, write_off_id, app_id)
    number = writing_off.confirm(
        session, request_time(), app=app, write_off=found, officer_id=signed_in_person()
    )
    text = ngettext("%(num)s message is written off.", "%(num)s messages are written off.", number)
    flash(str(text), "success")
    return redirect(url_for("apps.messages", app_id=app_id), 303)


@blueprint.post(f"{PATH}/<uuid:write_off_id>/withdraw")
@requires(Permission.PROPOSE_AGREEMENTS, fresh=True)
def withdraw_write_off(app_id: UUID, write_off_id: UUID) -> Response:
    """Nothing comes of it."""
    session, app = request_session(), _app(app_id)
    found = writing_off.get_open(session, write_off_id, app_id)
    writing_off.withdraw(session, request_time(), app=app, write_off=found, officer_id=signed_in_person())
    flash(_("The proposal is withdrawn. What is overdue stays so."), "success")
    return redirect(url_for("apps.messages", app_id=app_id), 303)


def client_name(client_id: str) -> str:
    """What to call a client; by its id once it is registered no more."""
    client = request_session().get(Client, client_id)
    return client.client_name if client is not None else client_id


def _app(app_id: UUID) -> App:
    app = apps.get(request_session(), app_id)
    if not permissions().allows(Permission.PROPOSE_AGREEMENTS, app.organisation_id):
        raise NotFound("There is no such app.")
    return app


def _late(app_id: UUID, client_id: str) -> LateClient:
    for one in late_clients(request_session(), request_time(), app_id):
        if one.client_id == client_id:
            return one
    raise NotFound("There is nothing overdue that this client has not confirmed.")


def _ask(app: App, late: LateClient, form: WriteOffForm, status: int = 200) -> Response:
    page = render_template(
        "apps/new_write_off.html", app=app, late=late, client=client_name(late.client_id), form=form
    )
    return Response(page, status, mimetype="text/html")
