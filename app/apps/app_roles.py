"""The roles that an app knows, on pages: its owner adds, renames and removes them."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.apps.blueprint import blueprint
from app.apps.role_form import RemoveRoleForm, RenameRoleForm, RoleForm
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.access_policy import app_roles
from profiles.apps import roles
from profiles.apps import service as apps
from profiles.apps.models import App, AppRole
from profiles.errors import Conflict, Invalid, NotFound
from profiles.roles.permissions import Permission, requires

PATH = "/apps/<uuid:app_id>/roles"
_ROLE = f"{PATH}/<uuid:app_role_id>"


@blueprint.get(PATH)
@requires(Permission.CHANGE_RULES)
def app_roles_page(app_id: UUID) -> str:
    """Every role, the most powerful first, with what uses it."""
    session, app = request_session(), _app(app_id)
    found = [(one, app_roles.uses_of(session, one, request_time())) for one in apps.roles_of(session, app_id)]
    return render_template("apps/roles.html", app=app, roles=found)


@blueprint.get(f"{PATH}/add")
@requires(Permission.CHANGE_RULES, fresh=True)
def add_role(app_id: UUID) -> Response:
    """Ask what people read, what the app is told, and its rank."""
    return _ask_new(_app(app_id), RoleForm(formdata=None))


@blueprint.post(f"{PATH}/add")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_added_role(app_id: UUID) -> Response:
    """Let the app know it; nobody has it before a rule gives it or somebody does by hand."""
    app, form = _app(app_id), RoleForm()
    if not form.validate_on_submit():
        return _ask_new(app, form, 422)
    typed = {name: form.data[name] for name in ("name", "label", "rank")}
    try:
        app_roles.add(request_session(), request_time(), signed_in_person(), permissions(), app_id, **typed)
    except (Invalid, Conflict) as refused:
        return _ask_new(app, *_refused(form, refused))
    flash(_("The app knows the role. Nobody has it yet: add a rule, or give it by hand."), "success")
    return _back(app_id)


@blueprint.get(f"{_ROLE}/rename")
@requires(Permission.CHANGE_RULES, fresh=True)
def rename_role(app_id: UUID, app_role_id: UUID) -> Response:
    """Ask for the new label."""
    app, role = _app(app_id), _role(app_id, app_role_id)
    return _ask_label(app, role, RenameRoleForm(formdata=None, data={"label": role.label}))


@blueprint.post(f"{_ROLE}/rename")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_renamed_role(app_id: UUID, app_role_id: UUID) -> Response:
    """Let people read the new label; the app is told the same as before."""
    app, role, form = _app(app_id), _role(app_id, app_role_id), RenameRoleForm()
    if not form.validate_on_submit():
        return _ask_label(app, role, form, 422)
    try:
        app_roles.rename(
            request_session(), request_time(), signed_in_person(), permissions(), role, form.data["label"]
        )
    except (Invalid, Conflict) as refused:
        return _ask_label(app, role, *_refused(form, refused))
    flash(_("People read the new name from now on."), "success")
    return _back(app_id)


@blueprint.get(f"{_ROLE}/remove")
@requires(Permission.CHANGE_RULES, fresh=True)
def remove_role(app_id: UUID, app_role_id: UUID) -> Response:
    """Ask once more, or say what still uses it."""
    return _ask_removal(_app(app_id), _role(app_id, app_role_id), RemoveRoleForm(formdata=None))


@blueprint.post(f"{_ROLE}/remove")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_removed_role(app_id: UUID, app_role_id: UUID) -> Response:
    """Let the app know it no more, unless something uses it."""
    app, role, form = _app(app_id), _role(app_id, app_role_id), RemoveRoleForm()
    if not form.validate_on_submit():
        return _ask_removal(app, role, form, 422)
    try:
        app_roles.remove(request_session(), request_time(), signed_in_person(), permissions(), role)
    except Conflict as refused:
        return _ask_removal(app, role, *_refused(form, refused))
    flash(_("The app knows the role no more."), "success")
    return _back(app_id)


def _app(app_id: UUID) -> App:
    app = apps.get(request_session(), app_id)
    if not permissions().allows(Permission.CHANGE_RULES, app.organisation_id):
        raise NotFound(_("There is no such app."))
    return app


def _role(app_id: UUID, role_id: UUID) -> AppRole:
    return roles.find_role(request_session(), app_id, role_id)


def _back(app_id: UUID) -> Response:
    return redirect(url_for("apps.app_roles_page", app_id=app_id), 303)


def _refused(form: Any, refused: Invalid | Conflict) -> tuple[Any, int]:
    if isinstance(refused, Invalid):
        show_refusal(form, refused)
        return form, 422
    form.form_errors.append(refused.message)
    return form, 409


def _ask_new(app: App, form: RoleForm, status: int = 200) -> Response:
    known = apps.roles_of(request_session(), app.id)
    return _page("apps/new_role.html", status, app=app, form=form, roles=known)


def _ask_label(app: App, role: AppRole, form: RenameRoleForm, status: int = 200) -> Response:
    return _page("apps/rename_role.html", status, app=app, role=role, form=form)


def _ask_removal(app: App, role: AppRole, form: RemoveRoleForm, status: int = 200) -> Response:
    used = app_roles.uses_of(request_session(), role, request_time())
    return _page("apps/remove_role.html", status, app=app, role=role, form=form, used=used)


def _page(template: str, status: int, **shown: Any) -> Response:
    return Response(render_template(template, **shown), status, mimetype="text/html")
