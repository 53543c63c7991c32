"""All agreements at a glance: which are due, over or missing, and what each leaves unsaid; also as CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Response, render_template, request, url_for

from app.access import permissions
from app.apps.agreements import agreement_state
from app.apps.blueprint import blueprint
from app.csv_files import csv_file
from app.display_formats import INSTANT, LONDON
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.agreements.service import open_proposals
from profiles.agreements.writing_off import open_write_offs
from profiles.entitlements.agreements import Weakness, weaknesses
from profiles.entitlements.facts import AgreementFact, AppRules
from profiles.entitlements.service import all_rules
from profiles.outbox.receipts import late_apps
from profiles.roles.permissions import Permission, requires

DAYS = (30, 90, 180, 365)
_COLUMNS = (
    *("app", "organisation", "weaknesses", "in_force_from", "in_force_until", "purpose", "lawful_basis"),
    *("claims", "retention", "dpia_reference", "suppliers", "contact"),
    *("acknowledge_within_minutes", "stop_tokens_when_overdue"),
)


@dataclass(frozen=True)
class _Link:
    """One app, its agreement in force, and what is weak of it."""

    rules: AppRules
    agreement: AgreementFact | None
    weak: tuple[Weakness, ...]

    @property
    def order(self) -> tuple[int, int, str]:
        """The weakest first."""
        everything = list(Weakness)
        worst = everything.index(self.weak[0]) if self.weak else len(everything)
        return worst, -len(self.weak), self.rules.app_name


@blueprint.get("/apps/agreements")
@requires(Permission.SEE_APPS)
def agreements() -> str:
    """Every agreement that the person may see, the weakest first."""
    now, days = request_time(), _days()
    found, words = _links(days), weakness_words(days)
    app_ids = {link.rules.app_id for link in found}
    waiting = {one.app_id: one.id for one in open_proposals(request_session(), app_ids)}
    letting_go = {one.app_id for one in open_write_offs(request_session(), app_ids)}
    counts = [(words[one], sum(one in link.weak for link in found)) for one in Weakness]
    return render_template(
        "apps/agreements.html",
        total=len(found),
        counts=[(text, count) for text, count in counts if count],
        rows=[
            {
                "name": link.rules.app_name,
                "href": url_for("apps.app", app_id=link.rules.app_id),
                "organisation": link.rules.organisation_name(now),
                "state": agreement_state(link.rules, now),
                "weak": [words[one] for one in link.weak],
                "agreement": link.agreement,
                "next": _next_step(link, waiting),
                "letting_go": url_for("apps.messages", app_id=link.rules.app_id)
                if link.rules.app_id in letting_go
                else "",
            }
            for link in found
        ],
        days=days,
        choices=DAYS,
    )


@blueprint.get("/apps/agreements.csv")
@requires(Permission.SEE_APPS)
def agreements_csv() -> Response:
    """The same as CSV; cells that a spreadsheet would take for a formula begin with an apostrophe."""
    now, days = request_time(), _days()
    rows = (
        (
            *(link.rules.app_name, link.rules.organisation_name(now), " ".join(link.weak)),
            *_of_agreement(link.agreement),
        )
        for link in _links(days)
    )
    return csv_file(_COLUMNS, rows, "agreements.csv")


def weakness_words(days: int) -> Mapping[Weakness, str]:
    """What is weak, in words."""
    return {
        Weakness.NEVER_AGREED: _("No agreement"),
        Weakness.EXPIRED: _("Expired"),
        Weakness.NOT_YET_IN_FORCE: _("Not yet in force"),
        Weakness.UNANSWERED: _("Has not confirmed that it ended old access"),
        Weakness.DUE: _("Ends within %(days)d days", days=days),
        Weakness.NO_DPIA: _("No DPIA reference"),
        Weakness.NO_SUPPLIERS_STATED: _("Suppliers not stated"),
        Weakness.NO_END: _("No end date"),
    }


def _links(days: int) -> list[_Link]:
    now, within = request_time(), timedelta(days=days)
    found = all_rules(request_session(), now)
    if Permission.SEE_APPS not in permissions().platform:
        mine = permissions().organisations(Permission.SEE_APPS)
        found = [one for one in found if one.organisation_id in mine]
    late = late_apps(request_session(), now)
    links = [
        _Link(
            one,
            one.find_agreement(now),
            weaknesses(one, now, within, unanswered=one.app_id in late),
        )
        for one in found
    ]
    return sorted(links, key=lambda link: link.order)


def _next_step(link: _Link, waiting: Mapping[UUID, UUID]) -> tuple[str, str] | None:
    """Where the reader proposes an agreement, or decides on one; None where that is not theirs to do."""
    app_id = link.rules.app_id
    if not permissions().allows(Permission.PROPOSE_AGREEMENTS, link.rules.organisation_id):
        return None
    if app_id in waiting:
        href = url_for("apps.agreement_proposal", app_id=app_id, proposal_id=waiting[app_id])
        return _("Proposed: waits for a second officer"), href
    text = _("Renew or change") if link.agreement else _("Propose an agreement")
    return text, url_for("apps.new_agreement", app_id=app_id)


def _days() -> int:
    asked = request.args.get("days", 90, int)
    return asked if asked in DAYS else 90


def _of_agreement(agreement: AgreementFact | None) -> list[str]:
    if agreement is None:
        return [""] * (len(_COLUMNS) - 3)
    ends_at = agreement.valid_to
    return [
        agreement.valid_from.astimezone(LONDON).date().isoformat(),
        (ends_at - INSTANT).astimezone(LONDON).date().isoformat() if ends_at else "",
        agreement.purpose,
        agreement.lawful_basis.value,
        " ".join(agreement.claims),
        agreement.retention,
        agreement.dpia_reference,
        agreement.suppliers,
        agreement.contact,
        str(max(1, agreement.acknowledge_within_seconds // 60)),
        "yes" if agreement.stop_tokens_when_overdue else "no",
    ]
