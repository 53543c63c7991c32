"""Apps and agreements: who runs each, what it may be told, until when, and who gets in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template

from app.access import permissions
from app.apps.agreements import agreement_state, answering_in_words, data_protection_officers
from app.apps.blueprint import blueprint
from app.apps.clients import client_rows
from app.apps.delegating import delegation_rows
from app.apps.managing import may_manage
from app.apps.rules import rule_in_words
from app.display_formats import civil_date, last_day
from app.request_transaction import request_session, request_time
from app.transfers.presenting import in_words
from profiles.access_policy.requests import count_waiting
from profiles.access_policy.service import waiting
from profiles.agreements.service import open_proposals
from profiles.disclosure.claims import agreed_claims
from profiles.disclosure.claims import in_words as claims_in_words
from profiles.disclosure.notices import LAWFUL_BASES
from profiles.entitlements.facts import AgreementFact, AppRules
from profiles.entitlements.service import all_rules
from profiles.errors import NotFound
from profiles.outbox.receipts import late_apps
from profiles.roles.permissions import Permission, requires


@blueprint.get("/apps")
@requires(Permission.SEE_APPS)
def apps() -> str:
    """Every app that the person may see; those whose agreement needs somebody come first."""
    now = request_time()
    shown = [(rules, agreement_state(rules, now)) for rules in _visible()]
    order = ["red", "yellow", "green"]
    shown.sort(key=lambda pair: (order.index(pair[1].colour), pair[0].app_name))
    mine = permissions().organisations(Permission.APPROVE_ACCESS)
    gives = permissions().anywhere(Permission.GRANT_ACCESS)
    asked_for = count_waiting(request_session(), permissions(), now) if gives else None
    waits = len(waiting(request_session(), mine, now)) if mine else None
    return render_template("apps/apps.html", apps=shown, now=now, waits=waits, asked_for=asked_for)


@blueprint.get("/apps/<uuid:app_id>")
@requires(Permission.SEE_APPS)
def app(app_id: UUID) -> str:
    """One app with its agreement, its roles and the rules that give them; for its owner also its clients."""
    session, now = request_session(), request_time()
    rules = visible_app(app_id)
    agreement = rules.find_agreement(now)
    manages = may_manage(rules.organisation_id)
    return render_template(
        "apps/app.html",
        app=rules,
        organisation=rules.organisation_name(now),
        state=agreement_state(rules, now),
        agreement=agreement,
        basis=LAWFUL_BASES[agreement.lawful_basis] if agreement else "",
        told=told_of(rules, agreement, now) if agreement else [],
        rules=_rule_rows(rules, now),
        delegations=delegation_rows(rules),
        may_change_rules=permissions().allows(Permission.CHANGE_RULES, rules.organisation_id),
        officers=[] if agreement else data_protection_officers(session, rules.organisation_id, now),
        manages=manages,
        late=late_apps(session, now, [app_id]).get(app_id),
        answering=answering_of(agreement) if agreement else [],
        may_propose=permissions().allows(Permission.PROPOSE_AGREEMENTS, rules.organisation_id),
        proposal=next(iter(open_proposals(session, {app_id})), None),
        clients=client_rows(session, app_id, now) if manages else [],
    )


def told_of(rules: AppRules, agreement: AgreementFact, at: datetime) -> list[str]:
    """What the app is told by an agreement, in the words of the notice."""
    return [in_words(one) for one in claims_in_words(agreed_claims(rules, agreement, at))]


def answering_of(agreement: AgreementFact) -> list[tuple[str, str]]:
    """How soon the app must confirm that old access ended, and what follows, by an agreement."""
    words = answering_in_words(agreement.acknowledge_within_seconds, agreement.stop_tokens_when_overdue)
    return list(words.items())


def _rule_rows(rules: AppRules, now: datetime) -> list[dict[str, Any]]:
    """The rules that hold, and after them those to come."""
    coming = [one for one in rules.rules if one.valid_to is None or one.valid_to > now]
    return [
        {
            "id": rule.rule_id,
            "role": rules.label_of(rule.role_name),
            "words": rule_in_words(rule, rules, now),
            "since": "" if rule.holds(now) else civil_date(rule.valid_from),
            "until": last_day(rule.valid_to) if rule.valid_to else "",
        }
        for rule in sorted(coming, key=lambda one: (not one.holds(now), one.valid_from))
    ]


def visible_app(app_id: UUID) -> AppRules:
    """An app that the person may see. Raises NotFound, also for one that they may not."""
    rules = next((one for one in _visible() if one.app_id == app_id), None)
    if rules is None:
        raise NotFound("There is no such app.")
    return rules


def _visible() -> list[AppRules]:
    """All apps for who sees them on the platform, otherwise those of the person's organisations."""
    found = all_rules(request_session(), request_time())
    if Permission.SEE_APPS in permissions().platform:
        return found
    mine = permissions().organisations(Permission.SEE_APPS)
    return [one for one in found if one.organisation_id in mine]
