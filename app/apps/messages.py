"""The messages to an app that access ended, and what became of each; its owner has them tried again."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.apps.blueprint import blueprint
from app.apps.managing import managed_app, may_manage
from app.apps.views import visible_app
from app.apps.writing_off import client_name
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.agreements import answering
from profiles.agreements.writing_off import open_write_offs
from profiles.entitlements.facts import AppRules
from profiles.outbox import receipts
from profiles.roles.permissions import Permission, requires

PAGE_SIZE = 50
PATH = "/apps/<uuid:app_id>/messages"


@blueprint.get(PATH)
@requires(Permission.SEE_APPS)
def messages(app_id: UUID) -> str:
    """The newest first; they name nobody."""
    session, now, rules = request_session(), request_time(), visible_app(app_id)
    page = min(max(request.args.get("page", 1, type=int), 1), receipts.MOST_PAGES)
    found = receipts.list_for_app(session, now, app_id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    counts = receipts.counts(session, now, [app_id]).get(app_id, {})
    return render_template(
        "apps/messages.html",
        app=rules,
        late=receipts.late_apps(session, now, [app_id]).get(app_id),
        counts=[(state, counts.get(state, 0)) for state in receipts.ReceiptState],
        unanswered=sum(count for state, count in counts.items() if not state.is_settled),
        manages=may_manage(rules.organisation_id),
        late_clients=_late_clients(rules),
        receipts=found[:PAGE_SIZE],
        page=page,
        last=page + 1 if len(found) > PAGE_SIZE else page,
        page_href=lambda number: url_for("apps.messages", app_id=app_id, page=number),
    )


def _late_clients(rules: AppRules) -> list[dict[str, Any]]:
    """Each client that is late, and where that is written off, for who may ask for it.

    A client that has confirmed everything meanwhile stays in the list until its proposal is withdrawn.
    """
    session, app_id = request_session(), rules.app_id
    if not permissions().allows(Permission.PROPOSE_AGREEMENTS, rules.organisation_id):
        return []
    waiting = {one.client_id: one.id for one in open_write_offs(session, [app_id])}
    late = {one.client_id: one for one in receipts.late_clients(session, request_time(), app_id)}
    return [
        {
            "name": client_name(client_id),
            "messages": late[client_id].messages if client_id in late else 0,
            "since": late[client_id].since if client_id in late else None,
            "proposed": client_id in waiting,
            "href": url_for("apps.write_off", app_id=app_id, write_off_id=waiting[client_id])
            if client_id in waiting
            else url_for("apps.new_write_off", app_id=app_id, client_id=client_id),
        }
        for client_id in dict.fromkeys((*late, *waiting))
    ]


@blueprint.post(f"{PATH}/try-again")
@requires(Permission.MANAGE_CLIENTS)
def try_messages_again(app_id: UUID) -> Response:
    """Have the worker try at once whatever the app has not confirmed, also what was given up."""
    waiting = answering.ask_again(request_session(), managed_app(app_id), signed_in_person(), request_time())
    if waiting:
        text = ngettext(
            "%(num)s message is tried again now. Open this page again in a moment.",
            "%(num)s messages are tried again now. Open this page again in a moment.",
            waiting,
        )
        flash(str(text), "success")
    else:
        flash(_("There is nothing to try again: the app has confirmed everything."), "success")
    return redirect(url_for("apps.messages", app_id=app_id), 303)
