"""The list of loans, and the page of one for HR of either side."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.access import permissions, signed_in_person
from app.loans.blueprint import blueprint
from app.loans.choices import choices_for
from app.loans.missing_officers import rows_of
from app.loans.presenting import (
    LoanView,
    agreement_rows,
    history_rows,
    post_rows,
    preview_items,
    standstill_lines,
    subtree_of,
    summary_rows,
    view_of,
    views_of,
)
from app.loans.words import kind_words, state_words
from app.request_transaction import request_session, request_time
from app.transfers.presenting import PreviewItem
from app.transfers.unopened import asked_for_at, unopened
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.loans import acting, policy, reading
from profiles.loans.models import AgreementOutcome, LoanAgreement, LoanSide, LoanState
from profiles.loans.preview import has_begun, preview_extension, preview_loan
from profiles.roles.permissions import Permission, requires

PAGE_SIZE = 25


@blueprint.get("/loans")
@requires(Permission.SEE_TRANSFERS)
def loans() -> str:
    """Loans to and from the organisations that the officer acts for, newest first."""
    session, now = request_session(), request_time()
    wanted = request.args.get("state", "")
    state = next((one for one in LoanState if one.value == wanted), None)
    total = reading.count_for(session, permissions(), state=state)
    last = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, int)), last)
    found = reading.list_for(
        session, permissions(), state=state, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    mine, _others = acting.waiting_for(session, signed_in_person(), permissions(), now)
    return render_template(
        "loans/loans.html",
        loans=views_of(session, found, now),
        total=total,
        page=page,
        last=last,
        href_of=lambda number: url_for("loans.loans", state=wanted, page=number),
        wanted=wanted,
        states=[("", _("Any state")), *((state.value, text) for state, text in state_words().items())],
        may_draft=permissions().anywhere(Permission.PREPARE_TRANSFER),
        waiting=len(mine),
    )


@blueprint.get("/loans/<uuid:loan_id>")
@requires(Permission.SEE_TRANSFERS)
def loan(loan_id: UUID) -> str:
    """A loan for HR of its organisations, of the host's once home has approved; to others there is none."""
    session, now = request_session(), request_time()
    view, sides = officers_view(loan_id)
    agreement = reading.newest(session, loan_id)
    waiting = acting.as_told(acting.waiting_of(session, view.loan, now), sides)
    return render_template(
        "loans/loan.html",
        view=view,
        kind=kind_words()[view.loan.kind],
        summary=summary_rows(view, agreement),
        post=post_rows(session, agreement, now),
        lines=standstill_lines(session, view, sides, now),
        choices=choices_for(session, view, sides, signed_in_person(), permissions(), now),
        who=rows_of(session, waiting, view, now),
        agreements=agreement_rows(session, view),
        history=history_rows(session, view, sides, since_host_knows=LoanSide.HOME not in sides),
        previews=previews_for(view, sides, agreement),
        told_href=url_for("loans.receipts", loan_id=loan_id) if has_begun(view.loan, now) else None,
    )


def officers_view(loan_id: UUID) -> tuple[LoanView, frozenset[LoanSide]]:
    """The loan, and the sides for which the officer sees it. Raises NotFound to everybody else."""
    session, now = request_session(), request_time()
    found = reading.get_for(session, loan_id, signed_in_person(), permissions())
    sides = policy.sides_of(found, permissions())
    if not sides:  # the employee, who is in HR of a third organisation, has a page of their own
        raise NotFound("There is no such loan.")
    return view_of(session, found, now), sides


def view_for(loan_id: UUID, side: LoanSide) -> LoanView:
    """The loan, for an officer of this side. Raises NotFound to everybody else."""
    view, sides = officers_view(loan_id)
    if side not in sides:
        raise NotFound("HR of the other organisation do this.")
    return view


def sided_view(loan_id: UUID) -> tuple[LoanView, LoanSide]:
    """The loan, and the side that the address names or that the officer can only mean."""
    view, sides = officers_view(loan_id)
    asked = request.args.get("side")
    return view, next((one for one in LoanSide if one.value == asked), min(sides))


def previews_for(
    view: LoanView, sides: Collection[LoanSide | None], agreement: LoanAgreement
) -> list[dict[str, Any]]:
    """For each side that the reader is on, what changes at its apps; None is the employee's, who sees all."""
    session, now = request_session(), request_time()
    loan = view.loan
    extends = loan.state is LoanState.EXTENSION_PENDING and agreement.outcome is AgreementOutcome.OPEN
    made: list[dict[str, Any]] = []
    for side in sorted(sides, key=lambda one: one or ""):
        whose = None if side is None else subtree_of(session, loan, side, now)
        changes = (
            preview_extension(session, loan, agreement, now, whose)
            if extends
            else preview_loan(session, loan, now, whose)
        )
        items = preview_items(changes, view, side)
        made.append(
            {
                "side": side,
                "organisation": None if side is None else view.organisation_of(side),
                "changes": items,
                "extends": extends,
                "not_opened": _not_opened(view, side, agreement, items, extends=extends),
            }
        )
    return made


def _not_opened(
    view: LoanView,
    side: LoanSide | None,
    agreement: LoanAgreement,
    items: Sequence[PreviewItem],
    *,
    extends: bool,
) -> list[tuple[str, str]]:
    """The host's apps that do not open by themselves, for the host and for the employee, before it begins.

    Each with where the employee asks for a role. Nothing before the post is described: then none opens.
    """
    session, now, loan = request_session(), request_time(), view.loan
    if side is LoanSide.HOME or extends or not loan.in_flight or agreement.described_by is None:
        return []
    theirs = subtree_of(session, loan, LoanSide.HOST, now)
    return [
        (one.app_name, asked_for_at(one.app_id, loan.start_date, loan.last_day))
        for one in unopened(session, items, theirs, max(now, loan.begins_at), now)
    ]
