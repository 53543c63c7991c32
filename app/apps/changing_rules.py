"""An app's owner adds, changes or ends a rule from a day on."""

from uuid import UUID

from flask import render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions
from app.apps.blueprint import blueprint
from app.apps.policy_flow import Case, submit_case
from app.apps.policy_words import conditions_in_words, conditions_of
from app.apps.rule_form import EndRuleForm, RuleForm, begin_with
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.models import Action
from profiles.access_policy.rules import RuleWanted
from profiles.apps.models import AccessRule
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import rules_of
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.temporal import history

PATH = "/apps/<uuid:app_id>/rules"


@blueprint.get(f"{PATH}/add")
@requires(Permission.CHANGE_RULES, fresh=True)
def add_rule(app_id: UUID) -> Response:
    """Ask for every condition."""
    return _ask(app_id, None, _form(app_id, None, blank=True))


@blueprint.post(f"{PATH}/add")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_added_rule(app_id: UUID) -> Response:
    """Check it or, once it was checked, record it or let it wait."""
    return _submit(app_id, None)


@blueprint.get(f"{PATH}/<uuid:rule_id>/change")
@requires(Permission.CHANGE_RULES, fresh=True)
def change_rule(app_id: UUID, rule_id: UUID) -> Response:
    """The rule as it is, to be changed from a day on."""
    held = _held(app_id, rule_id)
    return _ask(app_id, held, _form(app_id, held, blank=True))


@blueprint.post(f"{PATH}/<uuid:rule_id>/change")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_changed_rule(app_id: UUID, rule_id: UUID) -> Response:
    """Check it or, once it was checked, record it or let it wait."""
    return _submit(app_id, _held(app_id, rule_id))


@blueprint.get(f"{PATH}/<uuid:rule_id>/end")
@requires(Permission.CHANGE_RULES, fresh=True)
def end_rule(app_id: UUID, rule_id: UUID) -> Response:
    """Ask for the last day."""
    held = _held(app_id, rule_id)
    return _ask_end(app_id, held, EndRuleForm(formdata=None, data={"version": str(held.id)}))


@blueprint.post(f"{PATH}/<uuid:rule_id>/end")
@requires(Permission.CHANGE_RULES, fresh=True)
def submit_ended_rule(app_id: UUID, rule_id: UUID) -> Response:
    """Check it or, once it was checked, record it or let it wait."""
    held, form = _held(app_id, rule_id), EndRuleForm()
    if not form.validate_on_submit():
        return _ask_end(app_id, held, form, 422)
    wanted = RuleWanted(
        app_id,
        Action.END,
        last_day=form.data["last_day"],
        version_id=_seen(form),
    )
    app = _app(app_id)
    return submit_case(
        Case(
            wanted,
            app.app_name,
            url_for("apps.app", app_id=app_id),
            form,
            lambda status: _ask_end(app_id, _held(app_id, rule_id), form, status),
        )
    )


def _submit(app_id: UUID, held: AccessRule | None) -> Response:
    rule_id = held.fact_id if held else None
    form = _form(app_id, held)
    if not form.validate_on_submit():
        return _ask(app_id, held, form, 422)
    app = _app(app_id)
    wanted = RuleWanted(
        app_id,
        Action.CHANGE if held else Action.ADD,
        form.conditions(),
        form.data["first_day"],
        form.data["last_day"],
        _seen(form) if held else None,
    )
    return submit_case(
        Case(
            wanted,
            app.app_name,
            url_for("apps.app", app_id=app_id),
            form,
            lambda status: _ask(app_id, _held(app_id, rule_id) if rule_id else None, form, status),
        )
    )


def _app(app_id: UUID) -> AppRules:
    """An app whose rules the person may change. Raises NotFound, also for one that others own."""
    rules = rules_of(request_session(), app_id, request_time())
    if not permissions().allows(Permission.CHANGE_RULES, rules.organisation_id):
        raise NotFound("There is no such app.")
    return rules


def _held(app_id: UUID, rule_id: UUID) -> AccessRule:
    """A rule that has not ended. Raises NotFound."""
    _app(app_id)
    now = request_time()
    for one in history(request_session(), AccessRule, now, app_id=app_id, fact_id=rule_id):
        if one.valid_to is None or one.valid_to > now:
            return one
    raise NotFound(_("There is no such rule, or it has ended."))


def _seen(form: RuleForm | EndRuleForm) -> UUID:
    try:
        return UUID(form.data["version"])
    except ValueError:
        return UUID(int=0)


def _form(app_id: UUID, held: AccessRule | None, *, blank: bool = False) -> RuleForm:
    known = organisations.tree(request_session(), request_time())
    if blank:
        return RuleForm(_app(app_id), known, held, formdata=None, data=begin_with(held))
    return RuleForm(_app(app_id), known, held)


def _ask(app_id: UUID, held: AccessRule | None, form: RuleForm, status: int = 200) -> Response:
    page = render_template("apps/rule.html", app=_app(app_id), form=form, is_new=held is None)
    return Response(page, status, mimetype="text/html")


def _ask_end(app_id: UUID, held: AccessRule, form: EndRuleForm, status: int = 200) -> Response:
    app = _app(app_id)
    rows = conditions_in_words(request_session(), app, conditions_of(held), request_time())
    page = render_template("apps/end_rule.html", app=app, form=form, rows=rows)
    return Response(page, status, mimetype="text/html")
