"""An app's owner lets officers of other organisations give its roles to their own people."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions
from app.apps.blueprint import blueprint
from app.apps.grant_form import DelegationForm, EndDelegationForm
from app.apps.policy_flow import Case, submit_case
from app.display_formats import last_day
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.delegations import DelegationWanted, delegations_of
from profiles.access_policy.models import Action
from profiles.apps.models import AppDelegation
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import rules_of
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires

PATH = "/apps/<uuid:app_id>/delegations"


@blueprint.get(f"{PATH}/add")
@requires(Permission.CHANGE_RULES, fresh=True)
def add_delegation(app_id: UUID) -> Response:
    """Ask to whom, for which role and until when."""
    return _ask(app_id, _form(app_id, formdata=None, data={"role_name": ""}))


@blueprint.post(f"{PATH}/add")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_added_delegation(app_id: UUID) -> Response:
    """Check it or, once it was checked, let it wait for a second officer."""
    form = _form(app_id)
    if not form.validate_on_submit():
        return _ask(app_id, form, 422)
    wanted = DelegationWanted(
        app_id,
        Action.ADD,
        UUID(form.data["to_id"]),
        form.data["include_subtree"],
        form.data["role_name"] or None,
        form.data["last_day"],
        longest_days=current_app.config["DELEGATION_LONGEST_DAYS"],
    )
    return _submit(wanted, form, lambda status: _ask(app_id, form, status))


@blueprint.get(f"{PATH}/<uuid:delegation_id>/end")
@requires(Permission.CHANGE_RULES, fresh=True)
def end_delegation(app_id: UUID, delegation_id: UUID) -> Response:
    """Ask why."""
    held = _held(app_id, delegation_id)
    return _ask_end(app_id, held, EndDelegationForm(formdata=None, data={"version": str(held.id)}))


@blueprint.post(f"{PATH}/<uuid:delegation_id>/end")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_ended_delegation(app_id: UUID, delegation_id: UUID) -> Response:
    """Check it or, once it was checked, end it."""
    held, form = _held(app_id, delegation_id), EndDelegationForm()
    if not form.validate_on_submit():
        return _ask_end(app_id, held, form, 422)
    wanted = DelegationWanted(
        app_id, Action.END, held.organisation_id, held.include_subtree, held.role_name, version_id=held.id
    )
    return _submit(wanted, form, lambda status: _ask_end(app_id, _held(app_id, delegation_id), form, status))


def delegation_rows(
    rules: AppRules, at: datetime | None = None, known_at: datetime | None = None
) -> list[dict[str, str]]:
    """To whom the app's owner delegates now, or did at ``at`` as known at ``known_at``."""
    session, at = request_session(), at or request_time()
    known = organisations.tree(session, at, known_at).organisations
    return [
        {
            "to": _to(one, known[one.organisation_id].name if one.organisation_id in known else "–"),
            "role": rules.label_of(one.role_name) if one.role_name else _("Any role"),
            "until": last_day(one.valid_to) if one.valid_to else "–",
            "href": url_for("apps.end_delegation", app_id=rules.app_id, delegation_id=one.fact_id),
        }
        for one in delegations_of(session, rules.app_id, at, known_at)
    ]


def _to(one: AppDelegation, name: str) -> str:
    return _("%(organisation)s and below it", organisation=name) if one.include_subtree else name


def _app(app_id: UUID) -> AppRules:
    rules = rules_of(request_session(), app_id, request_time())
    if not permissions().allows(Permission.CHANGE_RULES, rules.organisation_id):
        raise NotFound("There is no such app.")
    return rules


def _held(app_id: UUID, delegation_id: UUID) -> AppDelegation:
    app = _app(app_id)
    for one in delegations_of(request_session(), app.app_id, request_time()):
        if one.fact_id == delegation_id:
            return one
    raise NotFound(_("There is no such delegation, or it has ended."))


def _form(app_id: UUID, **kwargs: Any) -> DelegationForm:
    return DelegationForm(_app(app_id), organisations.tree(request_session(), request_time()), **kwargs)


def _submit(wanted: DelegationWanted, form: Any, ask: Any) -> Response:
    back_href = url_for("apps.app", app_id=wanted.app_id)
    return submit_case(Case(wanted, _app(wanted.app_id).app_name, back_href, form, ask))


def _ask(app_id: UUID, form: DelegationForm, status: int = 200) -> Response:
    page = render_template("apps/delegation.html", app=_app(app_id), form=form)
    return Response(page, status, mimetype="text/html")


def _ask_end(app_id: UUID, held: AppDelegation, form: EndDelegationForm, status: int = 200) -> Response:
    app = _app(app_id)
    row = next(one for one in delegation_rows(app) if str(held.fact_id) in one["href"])
    page = render_template("apps/end_delegation.html", app=app, form=form, row=row)
    return Response(page, status, mimetype="text/html")
