"""Apps and agreements: who runs each, what it may be told, until when, and who gets in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, render_template

from app.access import permissions
from app.apps.rules import rule_in_words
from app.display_formats import civil_date, last_day
from app.request_transaction import request_session, request_time
from app.transfers.presenting import in_words
from app.translation import gettext as _
from profiles.disclosure.claims import agreed_claims
from profiles.disclosure.claims import in_words as claims_in_words
from profiles.disclosure.notices import LAWFUL_BASES
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import all_rules
from profiles.errors import NotFound
from profiles.roles.permissions import Permission, requires

RENEW_WITHIN = timedelta(days=90)

blueprint = Blueprint("apps", __name__)


@dataclass(frozen=True)
class AgreementState:
    """Where an app's agreement stands, as a tag: its text and colour, and a sentence."""

    text: str
    colour: str
    detail: str


@blueprint.get("/apps")
@requires(Permission.SEE_APPS)
def apps() -> str:
    """Every app that the person may see; those whose agreement needs somebody come first."""
    now = request_time()
    shown = [(rules, agreement_state(rules, now)) for rules in _visible()]
    order = ["red", "yellow", "green"]
    shown.sort(key=lambda pair: (order.index(pair[1].colour), pair[0].app_name))
    return render_template("apps/apps.html", apps=shown, now=now)


@blueprint.get("/apps/<uuid:app_id>")
@requires(Permission.SEE_APPS)
def app(app_id: UUID) -> str:
    """One app with its agreement, its roles and the rules that give them."""
    now = request_time()
    rules = next((one for one in _visible() if one.app_id == app_id), None)
    if rules is None:
        raise NotFound("There is no such app.")
    agreement = rules.find_agreement(now)
    return render_template(
        "apps/app.html",
        app=rules,
        organisation=rules.organisation_name(now),
        state=agreement_state(rules, now),
        agreement=agreement,
        basis=LAWFUL_BASES[agreement.lawful_basis] if agreement else "",
        told=[in_words(one) for one in claims_in_words(agreed_claims(rules, agreement, now))]
        if agreement
        else [],
        rules=[
            (rules.label_of(rule.role_name), rule_in_words(rule, rules, now))
            for rule in rules.rules
            if rule.holds(now)
        ],
    )


def agreement_state(rules: AppRules, now: datetime) -> AgreementState:
    """Whether an agreement is in force, soon to be renewed, over, or never made."""
    agreement = rules.find_agreement(now)
    if agreement is not None:
        if agreement.valid_to is None:
            return AgreementState(_("In force"), "green", _("Without an end date"))
        detail = _("Until %(day)s", day=last_day(agreement.valid_to))
        if agreement.valid_to - now <= RENEW_WITHIN:
            return AgreementState(_("Due for renewal"), "yellow", detail)
        return AgreementState(_("In force"), "green", detail)
    over = [one.valid_to for one in rules.agreements if one.valid_to is not None and one.valid_to <= now]
    if over:
        return AgreementState(_("Expired"), "red", _("Since %(day)s", day=civil_date(max(over))))
    coming = [one.valid_from for one in rules.agreements]
    if coming:
        return AgreementState(_("Not yet in force"), "red", _("From %(day)s", day=civil_date(min(coming))))
    return AgreementState(_("None"), "red", _("Nobody can use the app"))


def _visible() -> list[AppRules]:
    """All apps for who sees them on the platform, otherwise those of the person's organisations."""
    found = all_rules(request_session(), request_time())
    if Permission.SEE_APPS in permissions().platform:
        return found
    mine = permissions().organisations(Permission.SEE_APPS)
    return [one for one in found if one.organisation_id in mine]
