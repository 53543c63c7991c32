"""What pages say of a loan: agreements, history and previews in words, as far as the reader may know."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.display_formats import civil_date, civil_datetime
from app.listed_names import known_name, listed_name
from app.loans.words import act_words, doer_words, gate_words, outcome_words, payer_words, state_words
from app.transfers.presenting import PreviewItem, in_words
from app.translation import gettext as _
from profiles.entitlements.explanation import sentences, with_article
from profiles.entitlements.preview import AccessChange, Change
from profiles.entitlements.reasons import OnLoan
from profiles.loans import gates, reading
from profiles.loans.acting import Waiting
from profiles.loans.models import Loan, LoanAgreement, LoanSide, LoanState, LoanStep
from profiles.loans.policy import organisation_of
from profiles.organisations import service as organisations
from profiles.people.service import display_name, name_of
from profiles.temporal import civil_date as day_of


@dataclass(frozen=True)
class LoanView:
    """A loan with the names that a page needs."""

    loan: Loan
    name: str
    home: str
    host: str

    def organisation_of(self, side: LoanSide) -> str:
        """The name of a side's organisation."""
        return self.home if side is LoanSide.HOME else self.host


def view_of(session: Session, loan: Loan, now: datetime) -> LoanView:
    """The loan with its names."""
    name = display_name(name_of(session, loan.person_id, now))
    return replace(views_of(session, [loan], now)[0], name=name)


def views_of(session: Session, loans: Iterable[Loan], now: datetime) -> list[LoanView]:
    """Loans with their names, for a list; organisations are looked up once."""
    known = organisations.tree(session, now).organisations

    def called(loan: Loan, side: LoanSide) -> str:
        """One that was closed meanwhile is called as when the loan was drafted."""
        organisation_id = organisation_of(loan, side)
        if organisation_id in known:
            return known[organisation_id].name
        return organisations.get(session, organisation_id, loan.created_at).name

    return [
        LoanView(
            loan,
            listed_name(session, loan.person_id, now),
            called(loan, LoanSide.HOME),
            called(loan, LoanSide.HOST),
        )
        for loan in loans
    ]


def summary_rows(view: LoanView, agreement: LoanAgreement) -> list[tuple[str, str]]:
    """Who goes where, when, what for and who pays."""
    loan = view.loan
    return [
        (_("Name"), view.name),
        (_("Home organisation"), view.home),
        (_("Host"), view.host),
        (_("Start date"), civil_date(loan.start_date)),
        (_("Last day"), civil_date(loan.last_day)),
        (_("What it is for"), loan.purpose),
        (_("Who bears the cost"), payer_words()[agreement.payer]),
    ]


def post_rows(session: Session, agreement: LoanAgreement, now: datetime) -> list[tuple[str, str]]:
    """The post at the host, once its HR have described it."""
    if agreement.described_by is None:
        return []
    manager_id = agreement.line_manager_id
    return [
        (_("Job title"), agreement.job_title),
        (_("Grade"), agreement.local_grade),
        (_("Profession"), agreement.profession),
        (_("Team or unit"), agreement.unit),
        (_("Place of work"), agreement.location),
        (_("Line manager"), known_name(session, manager_id, now) if manager_id else ""),
        (_("Clearance that the post needs"), agreement.required_level or _("None")),
        *(
            [
                (_("Signed agreement"), agreement.outside_reference),
                (_("Whom to ask there"), agreement.outside_contact),
            ]
            if agreement.outside_reference
            else []
        ),
    ]


def agreement_rows(session: Session, view: LoanView) -> list[list[str]]:
    """Every agreement, what became of it and who has agreed so far."""
    rows = []
    for one in reading.agreements_of(session, view.loan.id):
        agreed = [
            _(
                "%(who)s, %(when)s",
                who=view.organisation_of(approval.side),
                when=civil_date(approval.approved_at),
            )
            for approval in reading.approvals_of(session, one.id)
        ]
        if one.outside_reference:
            agreed.append(
                _("%(who)s: reference %(reference)s", who=view.host, reference=one.outside_reference)
            )
        if one.signed_at is not None:
            agreed.append(_("%(who)s, %(when)s", who=view.name, when=civil_date(one.signed_at)))
        rows.append(
            [
                civil_date(one.last_day),
                outcome_words()[one.outcome],
                "; ".join(agreed) or "–",
                payer_words()[one.payer],
            ]
        )
    return rows


def history_rows(
    session: Session, view: LoanView, sides: Collection[LoanSide], *, since_host_knows: bool = False
) -> list[list[str]]:
    """Every step: what it became, when, by whom and why, as far as the reader's ``sides`` may know.

    ``since_host_knows`` leaves out what came before the host learned of the loan.
    """
    steps: Sequence[LoanStep] = reading.history_of(session, view.loan.id)
    if since_host_knows:
        known = [number for number, one in enumerate(steps) if one.to_state is LoanState.HOME_APPROVED]
        steps = steps[known[0] :] if known else ()
    return [
        [state_words()[one.to_state], civil_datetime(one.at), _actor(one, view, sides), _reason(one, sides)]
        for one in steps
    ]


def _reason(step: LoanStep, sides: Collection[LoanSide]) -> str:
    if step.reason and step.reason_for is not None and step.reason_for not in sides:
        return _("Not shown to you")
    return step.reason or "–"


def _actor(step: LoanStep, view: LoanView, sides: Collection[LoanSide]) -> str:
    if step.by is None:
        return _("By itself")
    if step.side is None or step.by == view.loan.person_id:
        return view.name if step.by == view.loan.person_id else _("All have agreed")
    whose = with_article(view.organisation_of(step.side))
    if step.reason_for is not None and step.to_state is not LoanState.ON_HOLD:
        if _is_host_alone(sides):
            return view.organisation_of(step.side)
        return _("A security officer of %(organisation)s", organisation=whose)
    return _("HR of %(organisation)s", organisation=whose)


def waiting_rows(
    found: Sequence[Waiting], views: Sequence[LoanView], now: datetime
) -> list[dict[str, object]]:
    """A row for each thing that waits: whose loan it is, what is done, by whom and by when."""
    return [
        {
            "name": view.name,
            "what": act_words()[one.act],
            "who": doer_words(one, view.name, with_article(view.organisation_of(one.side or LoanSide.HOME))),
            "whose": with_article(view.organisation_of(one.side or LoanSide.HOME)),
            "due": civil_date(one.due_on),
            "late": one.due_on < day_of(now),
        }
        for one, view in zip(found, views, strict=True)
    ]


def standstill_lines(
    session: Session, view: LoanView, sides: Collection[LoanSide | None], now: datetime
) -> list[str]:
    """Why a loan stands still, as far as the reader may know; nothing of one that goes its way."""
    loan = view.loan
    if loan.state is LoanState.AGREEMENT_SIGNED:
        return _gate_lines(view, gates.failing(session, loan, now), sides)
    if loan.state is not LoanState.ON_HOLD:
        return []
    if loan.hold_side is None:
        return [
            _("The host does not exist for the whole of the loan. HR of the home organisation let it go on.")
        ]
    whose = with_article(view.organisation_of(loan.hold_side))
    lines = [_("It is on hold for %(organisation)s. Nothing changes meanwhile.", organisation=whose)]
    if loan.hold_side in sides and loan.hold_owner_id is not None and loan.review_on is not None:
        lines += [
            _("Reason, for your organisation only: %(reason)s", reason=loan.hold_reason),
            _(
                "%(name)s looks at it again on %(date)s.",
                name=display_name(name_of(session, loan.hold_owner_id, now)),
                date=civil_date(loan.review_on),
            ),
        ]
    return lines


def _gate_lines(
    view: LoanView, failing: Collection[gates.Gate], sides: Collection[LoanSide | None]
) -> list[str]:
    """What stands in the way, to home and the employee in full; the host learns whose the rest is."""
    whole = not _is_host_alone(sides)
    known = [gate for gate in failing if whole or gate in gates.SAID_TO_HOST]
    lines = [gate_words()[gate] for gate in known]
    if len(known) < len(failing):
        whose = with_article(view.home)
        lines.append(_("Something must be settled by %(organisation)s first.", organisation=whose))
    return lines


def _is_host_alone(sides: Collection[LoanSide | None]) -> bool:
    return LoanSide.HOST in sides and LoanSide.HOME not in sides


def subtree_of(session: Session, loan: Loan, side: LoanSide, now: datetime) -> Collection[UUID]:
    """The organisations whose apps HR of one side read of."""
    return organisations.tree(session, now).subtree_of(organisation_of(loan, side))


def preview_items(
    changes: Iterable[AccessChange], view: LoanView, side: LoanSide | None
) -> list[PreviewItem]:
    """The changes in words, to HR of a side or to the employee, for whom ``side`` is None."""
    name = None if side is None else view.name
    items = []
    for change in changes:
        after = [in_words(sentence) for sentence in sentences(change.reasons, name)]
        before = [in_words(sentence) for sentence in sentences(change.reasons_before, name)]
        shown = [*before, *after] if change.change is Change.ENDS and side is not LoanSide.HOST else after
        items.append(
            PreviewItem(
                app_name=change.app_name,
                organisation_name=change.organisation_name,
                change=change.change,
                roles_before=change.roles_before,
                roles_after=change.roles_after,
                reasons=tuple(before if side is LoanSide.HOST and change.change is Change.ENDS else shown),
                at=change.at,
                app_id=change.app_id,
                sleeps=change.change is Change.ENDS
                and any(isinstance(one, OnLoan) for one in change.reasons),
            )
        )
    return items
