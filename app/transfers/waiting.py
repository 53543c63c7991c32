"""The list of what waits for an officer, each line leading to the page on which it is done."""

from collections.abc import Mapping

from flask import render_template, url_for

from app.access import permissions, signed_in_person
from app.display_formats import civil_date
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.presenting import views_of
from app.translation import gettext as _
from profiles.entitlements.explanation import with_article
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date as day_of
from profiles.transfers.waiting import Act, waiting_for

_PAGES: Mapping[Act, str] = {
    Act.APPROVE: "transfers.approve",
    Act.CHANGE_DATES: "transfers.dates",
    Act.REVIEW_HOLD: "transfers.transfer",
    Act.UNBLOCK: "transfers.transfer",
    Act.CONFIRM_FIRST_PAY: "transfers.first_pay",
}


@blueprint.get("/transfers/waiting")
@requires(Permission.APPROVE_TRANSFER)
def waiting() -> str:
    """What the officer is to do, the most urgent first, and what is late."""
    session, now = request_session(), request_time()
    found = waiting_for(session, signed_in_person(), permissions(), now)
    views = views_of(session, [one.transfer for one in found], now)
    rows = [
        {
            "href": url_for(_PAGES[one.act], transfer_id=one.transfer.id, side=one.side.value),
            "name": view.name,
            "what": _acts()[one.act],
            "whose": with_article(view.organisation_of(one.side)),
            "due": civil_date(one.due_on),
            "late": one.due_on < day_of(now),
        }
        for one, view in zip(found, views, strict=True)
    ]
    return render_template("transfers/waiting.html", rows=rows)


def _acts() -> Mapping[Act, str]:
    return {
        Act.APPROVE: _("Approve or refuse"),
        Act.CHANGE_DATES: _("The start date has passed: change the dates"),
        Act.REVIEW_HOLD: _("On hold: look at it again"),
        Act.UNBLOCK: _("Blocked: settle what stands in the way"),
        Act.CONFIRM_FIRST_PAY: _("Confirm the first pay"),
    }
