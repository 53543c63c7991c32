"""Everything that one organisation holds about a person, as items that can be read, reviewed and told.

Each fact is told with all its versions, also those that were replaced. Ids of other people are left out,
and what came with a union that was taken back: it is another's.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, SQLModel, col

from profiles.access_policy.models import PolicyChange, RoleRequest
from profiles.appointments.claim_models import ReturnClaim
from profiles.appointments.models import Appointment
from profiles.apps.models import App
from profiles.audit.models import AuditEntry
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMovePayCorrection
from profiles.bulk_moves.policy import organisation_of
from profiles.clearances.models import Sponsorship
from profiles.concerns.models import Concern
from profiles.disclosure.models import Disclosure, Notice, ReleaseWithholding
from profiles.disclosure.withheld import find_withheld
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.imports.records.models import FieldConflict
from profiles.loads import Load
from profiles.loans.models import Loan, LoanAgreement, LoanSide, LoanStep
from profiles.merges.given_away import GivenAway
from profiles.merges.models import MergeRequest
from profiles.merges.unions import ids_of
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.people.models import SensitiveMark
from profiles.portable_profile.export import instant
from profiles.portable_profile.kinds import MODELS, OF_VETTING, Kind
from profiles.portable_profile.models import RecordChange
from profiles.questions.models import Question
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import INSTANT, Fact, civil_date
from profiles.transfers.models import (
    DetailsCorrection,
    MoveInvitation,
    Side,
    Transfer,
    TransferCode,
    TransferInterruption,
    TransferStep,
)
from profiles.transfers.payroll_models import PayCheck, PayCorrection

UNREVIEWED = frozenset(
    {
        *("audit", "session", "browser", "password", "passkey", "department-account", "account-notice"),
        *("one-time-codes", "name-at-apps", "app-session", "disowned-session", "recovery"),
        *("recovery-code", "invitation", "linking-code", "help-allowance", "transfer-code"),
    }
)
"""Sections of the person's own doings and of names of events, in which there is nothing to withhold."""
_LEFT_OUT = frozenset(
    {
        *Fact.model_fields,
        *("code_hash", "token_hash", "invited_by", "people"),
        *("person_id", "search_key", "content_hash", "session_reference", "claims_digest", "in_flight"),
        *("line_manager_id", "approved_by", "proposed_by", "decided_by", "answered_by", "prepared_by"),
        *(
            "redated_by",
            "owner_id",
            "ended_by",
            "settled_by",
            "by",
            "version",
            "version_id",
            "load_id",
            "reminded_at",
            "clearance_agreed_by",
            "agreed_clearances",
            "return_confirmed_by",
            "hold_owner_id",
            "described_by",
            "agreed_by",
            "lift_asked_by",
            "end_asked_by",
            "restart_by",
        ),
    }
)


@dataclass(frozen=True)
class Item:
    """One thing that is held; ``id`` names exactly this content."""

    id: str
    section: str
    data: Mapping[str, Any]


def organisations_holding(
    session: Session, person_id: UUID, now: datetime, *, as_they_know: bool = False
) -> list[UUID]:
    """The organisations that hold something of a person, the one that answers for the rest first.

    That is the present employer or, of somebody who works nowhere now, the last one. What another record of
    theirs says counts. ``as_they_know``: without what they are not told, for a time, that an app was told.
    """
    people = ids_of(session, person_id)
    query = select(Employment).where(col(Employment.person_id).in_(people), _published(Employment, now))
    begun = [one for one in session.execute(query).scalars() if one.valid_from <= now]
    begun.sort(
        key=lambda one: (one.superseded_at is None, one.valid_to is None or one.valid_to > now, one.id)
    )
    found = [one.organisation_id for one in reversed(begun)]
    for model in (Posting, Sponsorship, AccountSuspension):
        theirs = select(col(model.organisation_id)).where(
            col(model.person_id).in_(people), _published(model, now)
        )
        found += [one for one in session.execute(theirs).scalars() if one is not None]
    told = select(col(App.organisation_id)).where(
        col(App.id).in_(select(col(Disclosure.app_id)).where(col(Disclosure.person_id).in_(people))),
        col(App.id).not_in(find_withheld(session, people, now) if as_they_know else ()),
    )
    found += session.execute(told).scalars()
    return list(dict.fromkeys(found))


def held_by(
    session: Session, person_id: UUID, organisation_id: UUID, now: datetime, *, is_lead: bool
) -> list[Item]:
    """What the organisation holds; where it ``is_lead``, also what no organisation owns."""
    known = organisations.tree(session, now).organisations
    person_ids = ids_of(session, person_id)
    given_away = GivenAway.of(session, person_ids)
    withheld = find_withheld(session, person_ids, now)
    reader = _Reader(session, person_ids, organisation_id, is_lead, now, known, given_away, withheld)
    return [*reader.facts(), *reader.rest()]


@dataclass(frozen=True)
class _Reader:
    session: Session
    person_ids: Collection[UUID]
    organisation_id: UUID
    is_lead: bool
    now: datetime
    known: Mapping[UUID, OrganisationView]
    given_away: GivenAway
    withheld: Collection[UUID]
    """The apps of which they are not told, for a time, that they were told anything."""

    def facts(self) -> Iterator[Item]:
        """All versions of all facts of the profile."""
        sponsored = {
            one.clearance_id for one in self._rows(Sponsorship) if self._is_ours(one.organisation_id)
        }
        apps = self._app_owners()
        for kind, model in MODELS.items():
            for row in self._rows(model, _published(model, self.now)):
                if kind in OF_VETTING and kind is not Kind.SPONSORSHIP:
                    clearance_id = row.fact_id if kind is Kind.CLEARANCE else row.clearance_id
                    ours = clearance_id in sponsored
                elif isinstance(row, Entitlement):
                    ours = self._is_ours(apps.get(row.app_id))
                else:
                    ours = self._is_ours(getattr(row, "organisation_id", None))
                if ours:
                    yield self._item(kind.value, row, _times(row))

    def rest(self) -> Iterator[Item]:
        """What the person was told of, asked, moved and suspended by, and what was done to the record."""
        apps, unknown = self._app_owners(), set()
        for row in self._rows(Disclosure):
            if row.app_id in self.withheld:
                unknown.add(row.id)
            elif self._is_ours(apps.get(row.app_id)):
                yield self._item("release", row)
        for row in self._rows(Notice):
            if row.app_id not in self.withheld and self._is_ours(apps.get(row.app_id)):
                yield self._item("notice", row)
        agreed = col(ReleaseWithholding.agreed_at).is_not(None)
        for row in self._rows(ReleaseWithholding, agreed, self._owned(ReleaseWithholding)):
            if row.app_id not in self.withheld:
                yield self._item("withholding", row)
        conflicts = (FieldConflict, "field-conflict")
        others = ((PolicyChange, "policy-change"), (RoleRequest, "role-request"))
        asked = ((Question, "question"), (Concern, "concern"), (RecordChange, "record-change"))
        for model, section in (*asked, conflicts, *others):
            for row in self._rows(model, self._owned(model)):
                if not isinstance(row, Question) or row.disclosure_id not in unknown:
                    yield self._item(section, row)
        for fact, section in ((AccountSuspension, "suspension"), (SensitiveMark, "sensitive-mark")):
            for row in self._rows(fact, self._owned(fact)):
                yield self._item(section, row, _times(row))
        for row in self._rows(MergeRequest, self._owned(MergeRequest)):
            yield self._item("union", row, hidden=_OF_THE_UNION)
        for row in self._rows(MoveInvitation, self._owned(MoveInvitation)):
            yield self._item("move-invitation", row)
        for row in self._rows(Appointment, self._owned(Appointment)):
            yield self._item("appointment", row)
        yield from self._transfers()
        yield from self._loans()
        yield from self._bulk_moves()
        if self.is_lead:
            yield from (self._item("transfer-code", one) for one in self._rows(TransferCode))
            for row in self._rows(ReturnClaim):
                yield self._item("return-claim", row, hidden=_OF_THE_CLAIM)
        for row in self._rows(AuditEntry, self._owned(AuditEntry)):
            if row.app_id not in self.withheld:
                yield Item(f"audit/{row.id}", "audit", {"at": instant(row.at), "event": row.event})

    def _bulk_moves(self) -> Iterator[Item]:
        """That they moved with many is the old organisation's; a correction, the side's that it was for."""
        for row in self._rows(BulkMoveMember):
            if row.organisation_id == self.organisation_id:
                yield self._item("bulk-move-member", row)
        corrections = (
            select(BulkMovePayCorrection, BulkMove)
            .join(BulkMoveMember, col(BulkMoveMember.id) == col(BulkMovePayCorrection.member_id))
            .join(BulkMove, col(BulkMove.id) == col(BulkMovePayCorrection.bulk_move_id))
            .where(col(BulkMoveMember.person_id).in_(self.person_ids))
            .order_by(col(BulkMovePayCorrection.id))
        )
        for corrected, move in self.session.execute(corrections):
            if organisation_of(move, corrected.side) == self.organisation_id:
                yield self._item("pay-correction", corrected)

    def _transfers(self) -> Iterator[Item]:
        for row in self._rows(Transfer):
            sides = {
                side
                for side, theirs in (
                    (Side.EXPORTING, row.exporting_organisation_id),
                    (Side.IMPORTING, row.importing_organisation_id),
                )
                if theirs == self.organisation_id
            }
            if not sides:
                continue
            # The terms are the new department's offer, and reasons for one side are that side's own.
            hidden = frozenset() if Side.IMPORTING in sides else _OFFERED
            yield self._item("transfer", row, hidden=hidden)
            for step in self._of(TransferStep, row.id):
                if step.reason_for is None or step.reason_for in sides:
                    yield self._item("transfer-step", step)
            if Side.EXPORTING in sides:
                for asked in self._of(DetailsCorrection, row.id):
                    yield self._item("transfer-correction", asked)
            if Side.IMPORTING in sides:
                for check in self._of(PayCheck, row.id):
                    yield self._item("pay-check", check)
            for corrected in self._of(PayCorrection, row.id):
                if corrected.side in sides:
                    yield self._item("pay-correction", corrected)
            for stop in self._of(TransferInterruption, row.id):
                if stop.side in sides:
                    yield self._item("transfer-interruption", stop)

    def _loans(self) -> Iterator[Item]:
        """Loans of which the organisation is home, or a host that has learned of it."""
        sides: dict[UUID, LoanSide] = {}
        for row in self._rows(Loan):
            if row.home_organisation_id == self.organisation_id:
                sides[row.id] = LoanSide.HOME
            elif row.host_organisation_id == self.organisation_id and row.host_informed:
                sides[row.id] = LoanSide.HOST
            else:
                continue
            hidden = frozenset() if row.hold_side in (None, sides[row.id]) else frozenset({"hold_reason"})
            yield self._item("loan", row, hidden=hidden)
        for agreement in self._of_loans(LoanAgreement):
            if agreement.loan_id in sides:
                yield self._item("loan-agreement", agreement)
        for step in self._of_loans(LoanStep):
            if step.loan_id in sides and step.reason_for in (None, sides[step.loan_id]):
                yield self._item("loan-step", step)

    def _of_loans(self, model: Any) -> Iterable[Any]:
        theirs = select(col(Loan.id)).where(col(Loan.person_id).in_(self.person_ids))
        query = select(model).where(col(model.loan_id).in_(theirs)).order_by(col(model.id))
        return self.session.execute(query).scalars().all()

    def _of(self, model: Any, transfer_id: UUID) -> Iterable[Any]:
        query = select(model).where(col(model.transfer_id) == transfer_id).order_by(col(model.id))
        return self.session.execute(query).scalars().all()

    def _rows(self, model: Any, *conditions: Any) -> list[Any]:
        query = select(model).where(col(model.person_id).in_(self.person_ids), *conditions)
        found = self.session.execute(query.order_by(col(model.id))).scalars()
        return [one for one in found if not (isinstance(one, Fact) and self.given_away.has(one))]

    def _owned(self, model: Any) -> Any:
        ours = col(model.organisation_id) == self.organisation_id
        return or_(ours, col(model.organisation_id).is_(None)) if self.is_lead else ours

    def _is_ours(self, organisation_id: UUID | None) -> bool:
        return self.is_lead if organisation_id is None else organisation_id == self.organisation_id

    def _app_owners(self) -> dict[UUID, UUID]:
        return {one.id: one.organisation_id for one in self.session.execute(select(App)).scalars()}

    def _item(
        self,
        section: str,
        row: SQLModel,
        times: Mapping[str, Any] | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> Item:
        said = dict(times or {})
        for name, value in row:
            if name in _LEFT_OUT or name in hidden or value is None or value == "":
                continue
            said[name.removesuffix("_id")] = self._plain(value)
        return Item(f"{section}/{getattr(row, 'id')}", section, said)  # noqa: B009 - every table has one

    def _plain(self, value: Any) -> Any:
        if isinstance(value, UUID):
            known = self.known.get(value)
            return known.name if known else str(value)
        if isinstance(value, datetime):
            return instant(value)
        if isinstance(value, date):
            return value.isoformat()
        return value.value if isinstance(value, Enum) else value


_OF_THE_CLAIM = frozenset({"first_officer", "second_officer", "first_code_hash", "second_code_hash"})
_OF_THE_UNION = frozenset({"merge_id", "seen", "content", "second_by", "security_by"})
_OFFERED = frozenset(
    {
        *("local_grade", "job_title", "profession", "unit", "location"),
        *("employment_number", "work_address", "salary_pence", "bpss_checked_on"),
        *("fte_thousandths", "pay_location", "contract_type"),
    }
)


def _published(model: Any, now: datetime) -> Any:
    published = select(col(Load.id)).where(col(Load.published_at) <= now)
    return or_(col(model.load_id).is_(None), col(model.load_id).in_(published))


def _times(row: Any) -> dict[str, Any]:
    """Both time lines of a fact, and where it comes from."""
    return {
        "fact": str(row.fact_id),
        "from": civil_date(row.valid_from).isoformat(),
        "until": civil_date(row.valid_to - INSTANT).isoformat() if row.valid_to else None,
        "recorded_at": instant(row.recorded_at),
        "replaced_at": instant(row.superseded_at) if row.superseded_at else None,
        "source": row.source,
        "reason": row.reason,
    }
