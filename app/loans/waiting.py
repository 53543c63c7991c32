"""The lists of what waits for an officer, each line leading to where it is done, and of what others do."""

from collections.abc import Mapping

from flask import render_template, url_for

from app.access import permissions, signed_in_person
from app.loans.blueprint import blueprint
from app.loans.presenting import views_of, waiting_rows
from app.request_transaction import request_session, request_time
from profiles.loans.acting import Act, Waiting, waiting_for
from profiles.roles.permissions import Permission, requires

_PAGES: Mapping[Act, str] = {
    Act.APPROVE: "loans.approve",
    Act.DESCRIBE_POST: "loans.describe",
    Act.RECORD_OUTSIDE: "loans.outside",
    Act.CHANGE_DATES: "loans.change",
    Act.SETTLE_CLEARANCE: "loans.loan",
    Act.REVIEW_HOLD: "loans.loan",
    Act.CONFIRM_RETURN: "loans.confirm_return",
    Act.AGREE_TO_END: "loans.agree_to_end",
    Act.AGREE_START: "loans.answer_start",
}


@blueprint.get("/loans/waiting")
@requires(Permission.APPROVE_TRANSFER)
def waiting() -> str:
    """What the officer is to do and what others are to do, the most urgent first, and what is late."""
    session, now = request_session(), request_time()
    mine, others = waiting_for(session, signed_in_person(), permissions(), now)
    views = views_of(session, [one.loan for one in (*mine, *others)], now)
    rows = waiting_rows([*mine, *others], views, now)
    return render_template(
        "loans/waiting.html",
        rows=[row | {"href": href_of(one)} for row, one in zip(rows, mine, strict=False)],
        others=[
            row | {"href": url_for("loans.loan", loan_id=one.loan.id)}
            for row, one in zip(rows[len(mine) :], others, strict=True)
        ],
    )


def href_of(one: Waiting) -> str:
    """Where it is done."""
    return url_for(_PAGES[one.act], loan_id=one.loan.id, side=one.side.value if one.side else None)
