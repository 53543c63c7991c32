"""What an app's agreement said, who got in by its rules and to whom it delegated, on any day and as known."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for

from app.access import permissions
from app.apps.blueprint import blueprint
from app.apps.delegating import delegation_rows
from app.apps.rules import rule_in_words
from app.apps.views import answering_of, told_of, visible_app
from app.display_formats import civil_date, last_day
from app.portable_profile.asked import AskedDates, asked_dates
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.apps import service as apps
from profiles.disclosure.notices import LAWFUL_BASES
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import rules_of
from profiles.roles.permissions import Permission, requires


@blueprint.get("/apps/<uuid:app_id>/record")
@requires(Permission.SEE_APPS)
def record_as_of(app_id: UUID) -> str:
    """The app on a day, by the knowledge of a day, for whoever sees it as it is now.

    Who had a role by hand is on a page of its own, which names only whom the reader decides on.
    """
    session, asked = request_session(), asked_dates(request_time())
    present = visible_app(app_id)
    then = rules_of(session, app_id, asked.known_at)
    agreement = then.find_agreement(asked.valid_at)
    came_at = apps.get(session, app_id).created_at
    changes_rules = permissions().allows(Permission.CHANGE_RULES, present.organisation_id)
    return render_template(
        "apps/record.html",
        app=present,
        organisation=present.organisation_name(asked.valid_at),
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("apps.record_as_of", app_id=app_id),
        came_at=came_at if min(asked.valid_at, asked.known_at) < came_at else None,
        agreement=agreement,
        basis=LAWFUL_BASES[agreement.lawful_basis] if agreement else "",
        told=told_of(then, agreement, asked.valid_at) if agreement else [],
        answering=answering_of(agreement) if agreement else [],
        rules=_rule_rows(then, asked),
        delegations=delegation_rows(present, asked.valid_at, asked.known_at) if changes_rules else None,
        grants_href=url_for("apps.grants", app=app_id, **asked.query) if changes_rules else None,
    )


def _rule_rows(rules: AppRules, asked: AskedDates) -> list[list[Any]]:
    """The rules that held, the most powerful role first."""
    held = [one for one in rules.rules if one.holds(asked.valid_at)]
    return [
        [
            rules.label_of(one.role_name),
            rule_in_words(one, rules, asked.valid_at),
            civil_date(one.valid_from),
            last_day(one.valid_to) if one.valid_to else _("No end date"),
        ]
        for one in sorted(held, key=lambda one: (-rules.rank_of(one.role_name), one.valid_from))
    ]
