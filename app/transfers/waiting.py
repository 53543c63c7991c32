"""The lists of what waits for an officer, each line leading to where it is done, and of what others do."""

from collections.abc import Mapping
from uuid import UUID, uuid5

from flask import render_template, url_for

from app.access import permissions, signed_in_person
from app.paging import page_behind
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.presenting import views_of
from app.transfers.who_acts import waiting_rows
from profiles.entitlements.explanation import with_article
from profiles.roles.permissions import Permission, requires
from profiles.transfers.models import TaskKind
from profiles.transfers.waiting import Act, Waiting, waiting_for, waiting_for_others

_PAGES: Mapping[Act | TaskKind, str] = {
    Act.NAME_MANAGER: "transfers.name_manager",
    Act.ANSWER_CORRECTION: "transfers.correction",
    Act.APPROVE: "transfers.approve",
    Act.CHANGE_DATES: "transfers.dates",
    Act.REVIEW_HOLD: "transfers.transfer",
    Act.AGREE_START: "transfers.decide_start",
    Act.UNBLOCK: "transfers.transfer",
    TaskKind.BPSS: "transfers.bpss",
}


@blueprint.get("/transfers/waiting")
@requires(Permission.APPROVE_TRANSFER)
def waiting() -> str:
    """What the officer is to do and what others are to do, the most urgent first, and what is late."""
    session, now = request_session(), request_time()
    page = page_behind(waiting_for(session, signed_in_person(), permissions(), now), _key)
    others_page = page_behind(
        waiting_for_others(session, signed_in_person(), permissions(), now), _key, "after_other"
    )
    mine, others = page.rows, others_page.rows
    views = views_of(session, [one.transfer for one in (*mine, *others)], now)
    own_views = views[: len(mine)]
    rows = [
        row | {"href": href_of(one), "whose": with_article(view.organisation_of(one.side))}
        for row, one, view in zip(waiting_rows(mine, own_views, now), mine, own_views, strict=True)
    ]
    following = [
        row | {"href": url_for("transfers.transfer", transfer_id=one.transfer.id)}
        for row, one in zip(waiting_rows(others, views[len(mine) :], now), others, strict=True)
    ]
    return render_template(
        "transfers/waiting.html", rows=rows, page=page, others=following, others_page=others_page
    )


def _key(one: Waiting) -> UUID:
    """What is to be done of a transfer, by which side."""
    return uuid5(one.transfer.id, f"{one.act}:{one.side}")


def href_of(one: Waiting) -> str:
    """Where it is done."""
    side = one.side.value if one.side else None
    return url_for(_PAGES[one.act], transfer_id=one.transfer.id, side=side)
