"""Who has opened the records of people marked sensitive, for the security officers of where they work."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import render_template, url_for

from app.access import permissions
from app.listed_names import known_name, not_named
from app.paging import PAGE_SIZE, CursorPage, asked_after, page_of
from app.people.blueprint import blueprint
from app.people.helped import get_helped
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.audit.models import AuditEntry
from profiles.errors import NotFound
from profiles.people.openings import openings
from profiles.roles.permissions import Permission, requires


@blueprint.get("/people/openings")
@requires(Permission.MARK_SENSITIVE)
def all_openings() -> str:
    """Of everybody who is marked, the newest first; it names none of them."""
    page = _page(None)
    rows = [[_whose(one), *_told(one)] for one in page.rows]
    return render_template("people/openings.html", page=page, rows=rows, back_href=url_for("people.people"))


@blueprint.get("/people/<uuid:person_id>/openings")
@requires(Permission.MARK_SENSITIVE)
def openings_of(person_id: UUID) -> str:
    """Of one person, the newest first."""
    whom, page = get_helped(person_id, Permission.MARK_SENSITIVE), _page(person_id)
    return render_template(
        "people/openings.html",
        page=page,
        rows=[_told(one) for one in page.rows],
        name=whom.name,
        back_href=url_for("people.sensitivity", person_id=person_id),
    )


def _page(person_id: UUID | None) -> CursorPage[AuditEntry]:
    mine = permissions().organisations(Permission.MARK_SENSITIVE)
    found = openings(request_session(), mine, person_id=person_id, before=asked_after(), limit=PAGE_SIZE + 1)
    return page_of(found, lambda one: one.id)


def _whose(entry: AuditEntry) -> dict[str, Any]:
    return {"href": url_for("people.openings_of", person_id=entry.person_id), "text": not_named()}


def _told(entry: AuditEntry) -> Sequence[Any]:
    """Who opened which page, and when."""
    try:
        reader = known_name(request_session(), UUID(entry.initiator), request_time())
    except NotFound:
        reader = entry.initiator
    return [reader, _page_in_words(entry.details["page"]), entry.at]


def _page_in_words(endpoint: str) -> str:
    pages = {
        "people.person": _("Their page"),
        "people.record_as_of": _("The whole record"),
        "people.record_history": _("The history of an entry"),
        "people.posts_and_pay": _("Posts and pay over time"),
        "people.signing_in": _("How they sign in"),
        "people.sensitivity": _("Whether lists name them"),
        "people.openings_of": _("This list"),
        "people.suspension": _("Whether the account is suspended"),
    }
    parts = {
        "people": _("A form about the record"),
        "transfers": _("A transfer"),
        "loans": _("A loan"),
        "recovery": _("A recovery of the account"),
        "data_protection": _("A request or question about their data"),
        "imports": _("An entry of an import"),
        "apps": _("Roles in an app"),
        "security_reports": _("A report of a sign-in"),
    }
    return pages.get(endpoint) or parts.get(endpoint.partition(".")[0], endpoint)
