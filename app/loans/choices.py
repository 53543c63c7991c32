"""What an officer can do with a loan now, or in words why not."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlmodel import Session

from app.loans.presenting import LoanView
from app.transfers.choices import Choice
from app.translation import gettext as _
from profiles.entitlements.explanation import with_article
from profiles.errors import ProfileError
from profiles.loans import approving, ending, outside, restarting, states
from profiles.loans.models import LoanSide, LoanState
from profiles.loans.policy import organisation_of
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions

_APPROVED_IN = {
    LoanSide.HOME: (LoanState.EMPLOYEE_SUBMITTED, LoanState.EXTENSION_PENDING),
    LoanSide.HOST: (LoanState.HOME_APPROVED, LoanState.EXTENSION_PENDING),
}
_UNDER_WAY = (LoanState.ON_LOAN, LoanState.RETURN_DUE)


def choices_for(
    session: Session,
    view: LoanView,
    sides: Collection[LoanSide],
    person_id: UUID,
    allowed: Permissions,
    now: datetime,
) -> list[Choice]:
    """The ways to go on first and the ways out last."""
    if allowed.are_of(view.loan.person_id) or person_id == view.loan.person_id:
        return [Choice(_("This is your own loan, so a colleague decides on it."))]
    made: list[Choice] = []
    for side in sorted(sides):
        made += _going_on(session, view, side, person_id, allowed, now)
    made += _restarting(session, view, person_id, allowed, now)
    for side in sorted(sides):
        made += _ending(view, side, allowed, now)
    return made


def _going_on(
    session: Session,
    view: LoanView,
    side: LoanSide,
    person_id: UUID,
    allowed: Permissions,
    now: datetime,
) -> list[Choice]:
    loan, made = view.loan, list[Choice]()
    prepares = allowed.allows(Permission.PREPARE_TRANSFER, organisation_of(loan, side))
    decides = allowed.allows(Permission.APPROVE_TRANSFER, organisation_of(loan, side))
    if side is LoanSide.HOME and prepares and outside.waits(session, loan, now):
        made.append(_recording(session, view, person_id, allowed, now))
    if side is LoanSide.HOST and loan.state is LoanState.HOME_APPROVED and prepares:
        made.append(Choice(_("Describe the post"), _href("describe", view)))
    if decides and loan.state in _APPROVED_IN[side]:
        made.append(_approving(session, view, side, person_id, allowed, now))
    if decides and loan.state is LoanState.ON_HOLD and side is (loan.hold_side or LoanSide.HOME):
        made.append(Choice(_("Let it go on"), _href("resume", view)))
    if decides and side is LoanSide.HOME and ending.is_asked(loan, now):
        made.append(Choice(_("A colleague asks to end it early: look at it"), _href("agree_to_end", view)))
    returns = (LoanState.RETURN_DUE, LoanState.ENDED_EARLY, LoanState.OVERDUE)
    if decides and side is LoanSide.HOME and loan.state in returns and not loan.return_confirmed_by:
        made.append(Choice(_("Confirm the return"), _href("confirm_return", view)))
    if prepares and loan.state in _UNDER_WAY and loan.ends_at > now:
        whose = with_article(view.organisation_of(side))
        text = _("Propose an extension for %(organisation)s", organisation=whose)
        made.append(Choice(text, _href("extend", view, side), "secondary"))
        if side is LoanSide.HOST and states.allows(loan.regime, loan.state, LoanState.CONVERTING):
            made.append(Choice(_("They are to stay: prepare a move"), _href("stay", view), "secondary"))
    changeable = states.BEFORE_START - {LoanState.ON_HOLD}
    if prepares and side is LoanSide.HOME and loan.state in changeable and not _has_begun(view, now):
        made.append(Choice(_("Change the loan"), _href("change", view), "secondary"))
    return made


def _approving(
    session: Session, view: LoanView, side: LoanSide, person_id: UUID, allowed: Permissions, now: datetime
) -> Choice:
    try:
        approving.check_may_approve(session, view.loan, side, person_id, allowed, now)
    except ProfileError as refused:
        return Choice(_(refused.message))
    whose = with_article(view.organisation_of(side))
    return Choice(_("Approve for %(organisation)s", organisation=whose), _href("approve", view, side))


def _recording(
    session: Session, view: LoanView, person_id: UUID, allowed: Permissions, now: datetime
) -> Choice:
    try:
        outside.check_may_record(session, view.loan, person_id, allowed, now)
    except ProfileError as refused:
        return Choice(_(refused.message))
    return Choice(_("Record what the other body has signed"), _href("outside", view))


def _restarting(
    session: Session, view: LoanView, person_id: UUID, allowed: Permissions, now: datetime
) -> list[Choice]:
    if restarting.may_answer(session, view.loan, person_id, allowed, now):
        text = _("It was said that it began on another day: look at it")
        return [Choice(text, _href("answer_start", view))]
    if restarting.may_ask(session, view.loan, person_id, allowed, now):
        return [Choice(_("The start was another day"), _href("restart", view), "secondary")]
    return []


def _ending(view: LoanView, side: LoanSide, allowed: Permissions, now: datetime) -> list[Choice]:
    loan = view.loan
    if not allowed.allows(Permission.APPROVE_TRANSFER, organisation_of(loan, side)):
        return []
    whose, made = with_article(view.organisation_of(side)), list[Choice]()
    if loan.state in states.BEFORE_START - {LoanState.DRAFT, LoanState.ON_HOLD} and not _has_begun(view, now):
        text = _("Put on hold for %(organisation)s", organisation=whose)
        made.append(Choice(text, _href("hold", view, side), "secondary"))
    if loan.state in states.BEFORE_START and not _has_begun(view, now):
        text = _("Decline for %(organisation)s", organisation=whose)
        made.append(Choice(text, _href("decline", view, side), "warning"))
    if loan.state is LoanState.EXTENSION_PENDING:
        text = _("Refuse the extension for %(organisation)s", organisation=whose)
        made.append(Choice(text, _href("refuse_extension", view, side), "warning"))
    asked = side is LoanSide.HOME and ending.is_asked(loan, now)
    if loan.state in states.AT_HOST and loan.ends_at > now and not asked:
        text = _("End it early for %(organisation)s", organisation=whose)
        made.append(Choice(text, _href("end", view, side), "warning"))
    return made


def _has_begun(view: LoanView, now: datetime) -> bool:
    return view.loan.state is LoanState.SCHEDULED and view.loan.begins_at <= now


def _href(page: str, view: LoanView, side: LoanSide | None = None) -> str:
    return url_for(f"loans.{page}", loan_id=view.loan.id, side=side.value if side else None)
