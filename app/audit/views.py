"""Pages of the audit trail and of the receipts: what happened, and whether the apps were told. Read-only."""

from collections.abc import Sequence
from math import ceil
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from app.access import answering, permissions
from app.audit.asked import asked_of_trail
from app.request_transaction import request_session, request_time
from profiles.access_requests.withholding import own_withholdings
from profiles.apps import service as apps
from profiles.apps.models import App
from profiles.audit import search as trail
from profiles.audit.search import FoundEntry, Scope
from profiles.errors import NotFound
from profiles.outbox import receipts as outbox
from profiles.outbox.receipts import MOST_PAGES
from profiles.roles.permissions import Permission, requires

PAGE_SIZE = 50

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
@requires(Permission.SEE_AUDIT)
def entries() -> str:
    """The entries that the person may see, the newest first: by event, id, position, initiator or day."""
    asked, page = asked_of_trail(), _page()
    session, scope = request_session(), _scope()
    wanted, most = asked.in_trail(session, scope), PAGE_SIZE * MOST_PAGES
    found: Sequence[FoundEntry] = []
    count = 0
    if not asked.form.errors:
        count = trail.count(session, scope, wanted, most=most)
        found = trail.search(session, scope, wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "audit/entries.html",
        found=found,
        count=count,
        more=count == most,
        asked=asked,
        page=page,
        last=max(1, ceil(count / PAGE_SIZE)),
        page_href=lambda number: url_for("audit.entries", **asked.query, page=number),
    )


@blueprint.get("/audit/<uuid:entry_id>")
@requires(Permission.SEE_AUDIT)
def entry(entry_id: UUID) -> str:
    """One entry with all that it says."""
    return render_template("audit/entry.html", found=trail.get(request_session(), _scope(), entry_id))


@blueprint.get("/receipts")
@requires(Permission.SEE_RECEIPTS)
def receipts() -> str:
    """For each app: how many messages were sent, acknowledged, are overdue or given up."""
    shown = _apps(Permission.SEE_RECEIPTS)
    session, now, app_ids = request_session(), request_time(), [app.id for app in shown]
    return render_template(
        "audit/receipts.html",
        apps=shown,
        counts=outbox.counts(session, now, app_ids),
        late=outbox.late_apps(session, now, app_ids),
        states=list(outbox.ReceiptState),
    )


@blueprint.get("/receipts/<uuid:app_id>")
@requires(Permission.SEE_RECEIPTS)
def app_receipts(app_id: UUID) -> str:
    """The newest messages to one app, and what became of each."""
    app = next((one for one in _apps(Permission.SEE_RECEIPTS) if one.id == app_id), None)
    if app is None:
        raise NotFound("There is no such app among those that you may see.")
    page = _page()
    found = outbox.list_for_app(
        request_session(), request_time(), app.id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE
    )
    return render_template(
        "audit/app_receipts.html",
        app=app,
        receipts=found[:PAGE_SIZE],
        page=page,
        last=page + 1 if len(found) > PAGE_SIZE else page,
        page_href=lambda number: url_for("audit.app_receipts", app_id=app.id, page=number),
    )


def _page() -> int:
    return min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)


def _scope() -> Scope:
    held = answering()
    return Scope(
        organisation_ids=held.organisations(Permission.SEE_AUDIT),
        app_ids=[app.id for app in _apps(Permission.SEE_AUDIT)],
        platform=Permission.SEE_AUDIT in held.platform,
        without=own_withholdings(request_session(), held.parties),
    )


def _apps(permission: Permission) -> list[App]:
    """The apps of the organisations where the permission is held; on the platform, all."""
    held = permissions()
    everywhere = permission in held.platform
    return list(apps.apps_of(request_session(), None if everywhere else held.organisations(permission)))
