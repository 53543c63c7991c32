"""What pages say of a transfer: tasks, history and previews in words, for one side or for the employee."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.display_formats import civil_date, civil_datetime
from app.listed_names import listed_name
from app.transfers.regime_words import release_words, screening_task
from app.translation import gettext as _
from profiles.entitlements.explanation import Sentence, sentences, with_article
from profiles.entitlements.preview import AccessChange, Change
from profiles.errors import Conflict
from profiles.organisations import service as organisations
from profiles.organisations.move_rules import RULES, Regime
from profiles.people.service import display_name, name_of
from profiles.temporal import civil_date as day_of
from profiles.transfers import service, states, tasks
from profiles.transfers.ending import Cause
from profiles.transfers.models import (
    Side,
    TaskKind,
    Transfer,
    TransferState,
    TransferStep,
    TransferTask,
)
from profiles.transfers.not_joining import Why
from profiles.transfers.parts import DOES, Doer
from profiles.transfers.policy import organisation_of
from profiles.transfers.preview import MovePreview, preview_move


@dataclass(frozen=True)
class TransferView:
    """A transfer with the names that a page needs."""

    transfer: Transfer
    name: str
    exporting: str
    importing: str

    def organisation_of(self, side: Side | None) -> str:
        """The name of a side's organisation; the employee's name for neither side."""
        if side is None:
            return self.name
        return self.exporting if side is Side.EXPORTING else self.importing


@dataclass(frozen=True)
class PreviewItem:
    """What happens at one app, as ``components/access.html`` shows it."""

    app_name: str
    organisation_name: str
    change: Change
    roles_before: tuple[str, ...]
    roles_after: tuple[str, ...]
    reasons: tuple[str, ...]
    at: datetime | None
    app_id: UUID | None = None
    sleeps: bool = False
    """Whether what ends comes back by itself, because the person is on loan meanwhile."""


def view_of(session: Session, transfer: Transfer, now: datetime) -> TransferView:
    """The transfer with its names."""
    name = display_name(name_of(session, transfer.person_id, now))
    return replace(views_of(session, [transfer], now)[0], name=name)


def views_of(session: Session, transfers: Iterable[Transfer], now: datetime) -> list[TransferView]:
    """Transfers with their names, for a list; organisations are looked up once."""
    known = organisations.tree(session, now).organisations

    def called(transfer: Transfer, side: Side) -> str:
        """One that was closed meanwhile is called as when the transfer was prepared."""
        organisation_id = organisation_of(transfer, side)
        if organisation_id in known:
            return known[organisation_id].name
        return organisations.get(session, organisation_id, transfer.created_at).name

    return [
        TransferView(
            transfer,
            listed_name(session, transfer.person_id, now),
            called(transfer, Side.EXPORTING),
            called(transfer, Side.IMPORTING),
        )
        for transfer in transfers
    ]


def in_words(sentence: Sentence) -> str:
    """A sentence of the domain in the language of the page."""
    return _(sentence.message, **sentence.values)


def task_rows(
    session: Session,
    view: TransferView,
    sides: frozenset[Side | None],
    now: datetime,
    hrefs: Mapping[TaskKind, str],
) -> list[dict[str, str]]:
    """The tasks for the task list; ``sides`` are the reader's own, None among them for the employee.

    ``hrefs`` are the pages on which the reader does them.
    """
    return [
        {
            "title": task_titles(view.transfer.regime)[task.kind],
            "status": _task_status(task, view.transfer, sides, now),
            "hint": _task_hint(task, view, sides),
            "href": "" if view.transfer.state in states.ENDED else hrefs.get(task.kind, ""),
        }
        for task in tasks.of_transfer(session, view.transfer.id)
    ]


def task_titles(regime: Regime) -> Mapping[TaskKind, str]:
    """Each task as what is done, in the words of the rules that the move follows."""
    return {
        TaskKind.EMPLOYEE_DETAILS: _("The employee confirms their details"),
        TaskKind.BPSS: screening_task(regime),
        TaskKind.TERMS: _("The employee accepts grade, salary and dates"),
        TaskKind.SIGN_IN: _("A way to sign in that does not belong to the old department"),
        TaskKind.LINE_MANAGER: _("The line manager confirms"),
        TaskKind.CLEARANCE_READY: _("The clearance that the new post needs is there"),
        TaskKind.FIRST_DAY: _("The new line manager arranges the first day"),
        TaskKind.RELEASE: (
            _("Leave and absence records are released")
            if RULES[regime].carries_service
            else release_words(regime)
        ),
        TaskKind.CLEARANCE: _("The security officer releases the clearance or not"),
        TaskKind.PAYROLL_DETAILS: _("Payroll takes up tax, student loan, bank details and advances"),
        TaskKind.FIRST_PAY: _("First pay, leave and pension are confirmed"),
    }


def _task_status(task: TransferTask, transfer: Transfer, sides: frozenset[Side | None], now: datetime) -> str:
    if task.done_at is not None:
        return "done"
    if transfer.state in states.ENDED:
        return "not_needed"
    if task.due_on < day_of(now):
        return "problem"
    own = DOES[task.kind] is (Doer.HR if task.side else Doer.EMPLOYEE)
    return "to_do" if own and task.side in sides else "waiting"


def _task_hint(task: TransferTask, view: TransferView, sides: frozenset[Side | None]) -> str:
    owner = doer_words(DOES[task.kind], task.side, view)
    if task.done_at is not None:
        if DOES[task.kind] is Doer.LINE_MANAGER and task.done_by not in (None, task.owner_id):
            whose = with_article(view.organisation_of(task.side))
            owner = _("A deputy of the line manager in %(organisation)s", organisation=whose)
        return _(
            "%(owner)s, %(date)s. %(outcome)s",
            owner=owner,
            date=civil_date(task.done_at),
            outcome=task.outcome,
        )
    hint = _("%(owner)s, by %(date)s", owner=owner, date=civil_date(task.due_on))
    return f"{hint}. {task.outcome}" if task.outcome and task.side in sides else hint


def doer_words(doer: Doer, side: Side | None, view: TransferView) -> str:
    """Who does something, by their part in the move."""
    whose = with_article(view.organisation_of(side)) if side else view.name
    return {
        Doer.EMPLOYEE: whose,
        Doer.HR: _("HR of %(organisation)s", organisation=whose),
        Doer.LINE_MANAGER: _("The line manager in %(organisation)s", organisation=whose),
        Doer.SECURITY_OFFICER: _("A security officer of %(organisation)s", organisation=whose),
        Doer.PAYROLL: _("Payroll of %(organisation)s", organisation=whose),
    }[doer]


def history_rows(session: Session, view: TransferView, sides: Collection[Side]) -> list[list[str]]:
    """Every step: what it became, when, by whom and why, as far as the reader's ``sides`` may know."""
    acting = {one.officer_id: one.side for one in service.approvals_of(session, view.transfer.id)}
    rows = []
    held_for: Side | None = None
    for step in service.history_of(session, view.transfer.id):
        if step.to_state is TransferState.ON_HOLD:
            held_for = step.reason_for
        who = _actor(step, view, acting, held_for)
        rows.append([state_words()[step.to_state], civil_datetime(step.at), who, _reason(step, sides)])
    return rows


def _reason(step: TransferStep, sides: Collection[Side]) -> str:
    if step.reason and step.reason_for is not None and step.reason_for not in sides:
        return _("Not shown to you")
    causes = {
        Cause.RESIGNED.value: _("Resigned"),
        Cause.DISMISSED.value: _("Dismissed"),
        Cause.DIED.value: _("Died"),
        Why.OFFER_WITHDRAWN.value: _("The offer is withdrawn"),
    }
    if step.to_state is TransferState.CANCELLED:
        return causes.get(step.reason, "–")
    return step.reason or "–"


def _actor(
    step: TransferStep, view: TransferView, approved: Mapping[UUID, Side], held_for: Side | None
) -> str:
    if step.by is None:
        by_record = (step.to_state, step.from_state)
        changed = TransferState.BLOCKED in by_record or step.to_state is TransferState.CANCELLED
        return _("The record changed") if changed else _("The date came")
    if step.by == view.transfer.person_id:
        return view.name
    if step.reason_for is not None:
        side = step.reason_for
    elif step.from_state in states.INTERRUPTED and step.to_state not in states.ENDED:
        side = held_for if step.from_state is TransferState.ON_HOLD and held_for else Side.EXPORTING
    elif step.by in approved:
        side = approved[step.by]
    else:
        side = Side.EXPORTING if step.to_state is TransferState.OBJECTED else Side.IMPORTING
    return _("HR of %(organisation)s", organisation=with_article(view.organisation_of(side)))


def state_words() -> Mapping[TransferState, str]:
    """Each state as people call it."""
    return {
        TransferState.DRAFT: _("Draft"),
        TransferState.OFFERED: _("Offered"),
        TransferState.ACCEPTED: _("Accepted"),
        TransferState.IN_PROGRESS: _("In progress"),
        TransferState.SCHEDULED: _("Scheduled"),
        TransferState.LEFT: _("Left old post"),
        TransferState.JOINED: _("Joined new post"),
        TransferState.RECONCILING: _("Checking first pay"),
        TransferState.COMPLETED: _("Completed"),
        TransferState.ON_HOLD: _("On hold"),
        TransferState.BLOCKED: _("Blocked"),
        TransferState.WITHDRAWN: _("Withdrawn"),
        TransferState.DECLINED: _("Declined"),
        TransferState.OBJECTED: _("Objection raised"),
        TransferState.CANCELLED: _("Cancelled"),
        TransferState.EXPIRED: _("Expired"),
    }


def approval_rows(session: Session, view: TransferView) -> list[tuple[str, str]]:
    """For each side, whether and when it approved."""
    approved = {one.side: one.approved_at for one in service.approvals_of(session, view.transfer.id)}
    return [
        (
            view.organisation_of(side),
            _("Approved on %(date)s", date=civil_datetime(approved[side]))
            if side in approved
            else _("Not approved yet"),
        )
        for side in Side
    ]


def find_preview(
    session: Session, transfer: Transfer, now: datetime, side: Side | None
) -> MovePreview | None:
    """The preview at the apps of a side's organisation and those below it, or at all for the employee.

    None when the move has become impossible, because the employment has ended meanwhile.
    """
    whose = None
    if side is not None:
        whose = organisations.tree(session, now).subtree_of(organisation_of(transfer, side))
    try:
        return preview_move(session, transfer, now, whose)
    except Conflict:
        return None


def preview_items(preview: MovePreview, view: TransferView, side: Side | None) -> list[PreviewItem]:
    """The preview's changes in words.

    The old department reads what gives access now, the new one what will; neither reads of the other's post.
    The employee, for whom ``side`` is None, reads both.
    """
    return [
        preview_item(change, None if side is None else view.name, view.exporting, side)
        for change in preview.changes
    ]


def preview_item(change: AccessChange, name: str | None, exporting: str, side: Side | None) -> PreviewItem:
    """One change in words: about the person of this name, or to the person where there is none."""
    return PreviewItem(
        app_name=change.app_name,
        organisation_name=change.organisation_name,
        change=change.change,
        roles_before=change.roles_before,
        roles_after=() if side is Side.EXPORTING else change.roles_after,
        reasons=tuple(_reasons(change, name, exporting, side)),
        at=change.at,
        app_id=change.app_id,
    )


def _reasons(change: AccessChange, name: str | None, exporting: str, side: Side | None) -> Sequence[str]:
    before = [in_words(sentence) for sentence in sentences(change.reasons_before, name)]
    after = [in_words(sentence) for sentence in sentences(change.reasons, name)]
    if side is Side.EXPORTING:
        if change.change is not Change.ENDS:
            return before
        return [
            *before,
            _("It ends with the post in %(organisation)s.", organisation=with_article(exporting)),
        ]
    if side is Side.IMPORTING or change.change is not Change.ENDS:
        return after
    return [
        *(_("Until then: %(reason)s", reason=reason) for reason in before),
        *(_("After the move: %(reason)s", reason=reason) for reason in after),
    ]
