"""The steps of a clearance that a security officer records, each as a change that may wait for a second one.

They speak for a sponsor: the primary one alone grants, lengthens, lifts, shares and limits; what happened to
a clearance is recorded by whoever sponsors or shares it. Who sponsors it is asked again when the change is
recorded, because the person may have moved since.
"""

from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.service import Initiator
from profiles.clearances import aftercare, service, states
from profiles.clearances.correcting import RECORDED_ON_A_PAGE, correct_decision, take_back
from profiles.clearances.left import left_suspended
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import (
    Clearance,
    ClearanceEvent,
    ClearanceEventKind,
    ClearanceStatus,
    Dispensation,
    Sponsorship,
    SponsorshipKind,
)
from profiles.clearances.validity import ValidityPeriods
from profiles.employments.models import ContractType, Employment, Posting
from profiles.errors import Conflict, Invalid
from profiles.portable_profile.kinds import OF_VETTING, Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.versions import get_version
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import Fact, Provenance, civil_date, current, end, history, months_after, supersede

VETTED = frozenset({*OF_VETTING, Kind.DISPENSATION})
"""The kinds that security officers change, and HR does not."""

APPRAISED = frozenset({ClearanceLevel.ESC, ClearanceLevel.DV, ClearanceLevel.EDV})
"""The levels whose holders are appraised every year."""

_CUTTING = frozenset({(Kind.SPONSORSHIP, Action.END), (Kind.CAVEAT, Action.ADD)})
"""What never opens anything, and therefore waits for nobody."""


def waits(wanted: Wanted, *, changes_access: bool, is_suspended: bool) -> bool:
    """Whether a second officer decides; who lets somebody start before a clearance is there is one.

    Nobody lifts a suspension alone, whatever it opens today, nor puts something else in the place of one, nor
    takes back what was recorded.
    """
    if wanted.action is Action.TAKE_BACK:
        return True
    if wanted.kind is Kind.DISPENSATION:
        return wanted.action is Action.ADD
    if (wanted.kind, wanted.action) in _CUTTING:
        return False
    return changes_access or (is_suspended and wanted.action in (Action.STEP, Action.ADD))


def is_of_suspended(session: Session, wanted: Wanted, now: datetime) -> bool:
    """Whether the step is one of a clearance that is suspended, or begins one in the place of such a one.

    Raises Conflict when it was changed.
    """
    if (wanted.kind, wanted.action) == (Kind.CLEARANCE, Action.ADD):
        return bool(left_suspended(session, wanted.person_id, wanted.values["level"], now))
    if (wanted.kind, wanted.action) != (Kind.CLEARANCE, Action.STEP):
        return False
    held = get_version(session, Kind.CLEARANCE, wanted.version_id, wanted.person_id, now)
    return bool(held.status is ClearanceStatus.SUSPENDED)


def record_step(
    session: Session,
    wanted: Wanted,
    now: datetime,
    provenance: Provenance,
    *,
    approved_by: UUID | None,
    periods: ValidityPeriods,
) -> Fact:
    """Record it; return the version that holds from now on.

    Raises Conflict when somebody has changed it meanwhile or the organisation does not sponsor it any more,
    Invalid, naming the field, and what ``profiles.clearances`` raises.
    """
    officer = provenance.recorded_by
    initiator = Initiator.system("preview") if officer is None else Initiator.person(officer)
    step = _STEPS.get((wanted.kind, wanted.action))
    if step is None:
        raise Invalid("This cannot be done to such a record here.")
    return step(_Recording(session, wanted, now, provenance, initiator, approved_by, periods))


class _Recording:
    """One step on its way into the record."""

    def __init__(
        self,
        session: Session,
        wanted: Wanted,
        now: datetime,
        provenance: Provenance,
        initiator: Initiator,
        approved_by: UUID | None,
        periods: ValidityPeriods,
    ) -> None:
        self.session, self.wanted, self.now = session, wanted, now
        self.provenance, self.initiator = provenance, initiator
        self.approved_by, self.periods = approved_by, periods
        employments = current(session, Employment, now, now, person_id=wanted.person_id)
        if {one.contract_type for one in employments} == {ContractType.CONTRACTOR}:
            self.periods = periods.of_contractors()
        self.values: dict[str, Any] = dict(wanted.values)
        self.common = (session, now, provenance, initiator)

    def grant(self) -> Fact:
        """The vetting authority granted it, or was asked for it; this organisation is its sponsor."""
        values, begins = self.values, self.values["valid_from"]
        self._works_here(begins)
        self._make_room(begins, values.get("decided_on"))
        if values.get("status") is ClearanceStatus.REQUESTED:
            return self._request(begins)
        self._decided(values["decided_on"])
        if civil_date(begins) < values["decided_on"]:
            raise Invalid("It cannot be used before it was decided.", field="first_day")
        return service.record_decision(
            *self.common,
            person_id=self.wanted.person_id,
            level=values["level"],
            decided_on=values["decided_on"],
            expires_on=values.get("expires_on"),
            review_due_on=_review(values["level"], values["decided_on"], values.get("review_due_on")),
            sponsor_id=self.wanted.organisation_id,
            valid_from=begins,
            periods=self.periods,
        )

    def _request(self, begins: datetime) -> Fact:
        if begins > self.now:
            raise Invalid("Record an application when it has been made.", field="first_day")
        return service.request(
            *self.common,
            person_id=self.wanted.person_id,
            level=self.values["level"],
            sponsor_id=self.wanted.organisation_id,
            valid_from=begins,
        )

    def _make_room(self, begins: datetime, decided_on: date | None) -> None:
        """End what was left suspended: what was decided since, or is asked for now, takes its place."""
        for one in left_suspended(self.session, self.wanted.person_id, self.values["level"], self.now):
            since = civil_date(one.valid_from)
            words = "A record of this level stands on that day. Enter a later day, of what came after it."
            if decided_on is not None and decided_on <= since:
                raise Invalid(words, field="decided_on")
            if begins <= one.valid_from:
                raise Invalid(words, field="first_day")
            if one.valid_to is None or one.valid_to > begins:
                end(self.session, one, begins, self.now, self.provenance)

    def step(self) -> Fact:
        """It goes on to another status, by the table; what ends its use has a page of its own."""
        held, status = self._version(Kind.CLEARANCE), self.values["status"]
        self._sponsors(held.fact_id)
        if status in states.CUTTING:
            raise Invalid("This cannot be done to such a record here.")
        decided_on = self.values.get("decided_on") or civil_date(self.now)
        self._decided(decided_on)
        return service.set_status(
            *self.common,
            clearance_id=held.fact_id,
            status=status,
            decided_on=decided_on,
            expires_on=self.values.get("expires_on"),
            review_due_on=_review(held.level, decided_on, self.values.get("review_due_on")),
            periods=self.periods,
        )

    def extend(self) -> Fact:
        """The vetting authority lets it be used for longer."""
        held = self._version(Kind.CLEARANCE)
        self._sponsors(held.fact_id)
        return aftercare.extend(
            *self.common,
            clearance_id=held.fact_id,
            until=self.values["expires_on"],
            reference=self.provenance.source.partition(":")[2],
        )

    def correct(self) -> Fact:
        """The vetting authority decided something else than is recorded."""
        held, values = self._version(Kind.CLEARANCE), self.values
        self._sponsors(held.fact_id)
        self._decided(values["decided_on"])
        return correct_decision(
            self.session,
            self.now,
            self.provenance,
            clearance_id=held.fact_id,
            level=values["level"],
            decided_on=values["decided_on"],
            expires_on=values.get("expires_on"),
            review_due_on=_review(values["level"], values["decided_on"], values.get("review_due_on")),
            periods=self.periods,
        )

    def share(self) -> Fact:
        """Another organisation may rely on it too, between two instants."""
        host_id, clearance_id = self.values["organisation_id"], self.values["clearance_id"]
        self._sponsors(clearance_id)
        begins, ends = self.values["valid_from"], self.values.get("valid_to")
        if ends is not None and ends <= begins:
            raise Invalid("The last day must not be before the first.", field="last_day")
        for one in history(self.session, Sponsorship, self.now, clearance_id=clearance_id):
            begun = ends is None or one.valid_from < ends
            if one.organisation_id == host_id and begun and (one.valid_to is None or one.valid_to > begins):
                raise Invalid("This organisation sponsors or shares it then.", field="organisation_id")
        return service.sponsor(
            self.session,
            self.now,
            self.provenance,
            person_id=self.wanted.person_id,
            clearance_id=clearance_id,
            organisation_id=host_id,
            valid_from=begins,
            valid_to=ends,
            kind=SponsorshipKind.SHARED,
        )

    def add_caveat(self) -> Fact:
        """A named addition to it, or a limit of it."""
        self._sponsors(self.values["clearance_id"])
        return aftercare.add_caveat(
            *self.common,
            clearance_id=self.values["clearance_id"],
            name=self.values["name"],
            kind=self.values["kind"],
            organisation_id=self.values.get("organisation_id"),
            valid_from=self.values.get("valid_from"),
        )

    def note(self) -> Fact:
        """Something happened to it; a review may say when the next is due."""
        clearance_id, kind = self.values["clearance_id"], self.values["kind"]
        self._sponsors(clearance_id, also_sharing=self.values.get("review_due_on") is None)
        held = current(self.session, Clearance, self.now, self.now, fact_id=clearance_id)
        if kind is ClearanceEventKind.APPRAISAL and all(one.level not in APPRAISED for one in held):
            raise Invalid("Holders of this level are not appraised every year.", field="kind")
        next_review = self.values.get("review_due_on")
        if kind is ClearanceEventKind.APPRAISAL and self._is_primary(clearance_id):
            events = history(self.session, ClearanceEvent, self.now, clearance_id=clearance_id)
            appraised = [one.valid_from for one in events if one.kind is kind]
            latest = max([self.values.get("valid_from") or self.now, *appraised])
            next_review = _review(held[0].level, civil_date(latest), next_review)
        return aftercare.note(
            *self.common,
            clearance_id=clearance_id,
            kind=kind,
            happened_at=self.values.get("valid_from"),
            reference=self.values.get("reference", ""),
            next_review_on=next_review,
        )

    def dispense(self) -> Fact:
        """The person may start before the clearance is there; whoever approves the change approves this."""
        begins, ends = self.values["valid_from"], self.values["valid_to"]
        self._works_here(begins)
        if ends <= begins:
            raise Invalid("The last day must not be before the first.", field="last_day")
        if self.approved_by is None:
            raise Invalid("This cannot be done to such a record here.")
        return aftercare.dispense(
            *self.common,
            person_id=self.wanted.person_id,
            organisation_id=self.wanted.organisation_id,
            level=self.values["level"],
            mitigations=self.values["mitigations"],
            approved_by=self.approved_by,
            valid_from=begins,
            valid_to=ends,
        )

    def end(self) -> Fact:
        """It is so no longer from this moment; the primary sponsorship ends by a transfer alone."""
        held = self._version(self.wanted.kind)
        if isinstance(held, Dispensation):
            if held.organisation_id != self.wanted.organisation_id:
                raise Conflict("Another organisation gave this.")
        elif isinstance(held, Sponsorship) and held.kind is SponsorshipKind.PRIMARY:
            raise Invalid("Its sponsor changes when the person moves.")
        else:
            self._sponsors(held.clearance_id)
        return end(self.session, held, self.now, self.now, self.provenance) or held

    def take_back(self) -> Fact:
        """What was recorded last of a clearance never was so; what HR recorded with it, HR takes back."""
        held = self._version(Kind.CLEARANCE)
        self._sponsors(held.fact_id)
        left = select(Employment.id).where(
            col(Employment.person_id) == held.person_id, col(Employment.superseded_at) == held.recorded_at
        )
        if self.session.exec(left).first() is not None:
            raise Conflict("It lapses with a last day of the employment: HR corrects that one.")
        return take_back(self.session, self.now, self.provenance, clearance_id=held.fact_id)

    def take_back_beside(self) -> Fact:
        """A caveat, an event or leave to start before never was so; an extension is a step of its own.

        With a review or an appraisal goes the day of the next, while nothing was recorded after it.
        """
        held = self._version(self.wanted.kind)
        if isinstance(held, Dispensation):
            if held.organisation_id != self.wanted.organisation_id:
                raise Conflict("Another organisation gave this.")
        else:
            self._sponsors(held.clearance_id)
        if getattr(held, "kind", None) is ClearanceEventKind.EXTENDED:
            raise Invalid("Take back the extension itself.")
        if not held.source.startswith((RECORDED_ON_A_PAGE, "import:")):
            raise Conflict("No officer recorded this on a page: take it back where it was recorded.")
        if isinstance(held, ClearanceEvent) and self._set_review(held):
            take_back(self.session, self.now, self.provenance, clearance_id=held.clearance_id)
        else:
            supersede(self.session, held, self.now, self.provenance.recorded_by)
        return cast(Fact, held)

    def _set_review(self, event: ClearanceEvent) -> bool:
        """Whether what the clearance says now was recorded with an event of it."""
        said = history(self.session, Clearance, self.now, fact_id=event.clearance_id)
        last = max(said, key=lambda one: (one.recorded_at, one.valid_from), default=None)
        if (
            last is None
            or last.recorded_at != event.recorded_at
            or not last.source.startswith(RECORDED_ON_A_PAGE)
        ):
            return False
        before = select(Clearance.id).where(
            col(Clearance.fact_id) == event.clearance_id,
            col(Clearance.superseded_at) == event.recorded_at,
            col(Clearance.status) == last.status,
            col(Clearance.review_due_on).is_distinct_from(last.review_due_on),
        )
        return self.session.exec(before).first() is not None

    def _version(self, kind: Kind) -> Any:
        return get_version(self.session, kind, self.wanted.version_id, self.wanted.person_id, self.now)

    def _sponsors(self, clearance_id: UUID, *, also_sharing: bool = False) -> None:
        kinds = self._sponsorships(clearance_id)
        if SponsorshipKind.PRIMARY not in kinds and not (also_sharing and kinds):
            raise Conflict("Your organisation is not the sponsor of this clearance.")

    def _is_primary(self, clearance_id: UUID) -> bool:
        return SponsorshipKind.PRIMARY in self._sponsorships(clearance_id)

    def _sponsorships(self, clearance_id: UUID) -> set[SponsorshipKind]:
        """In which ways the organisation sponsors a clearance of this person now."""
        return {
            one.kind
            for one in current(self.session, Sponsorship, self.now, self.now, clearance_id=clearance_id)
            if one.person_id == self.wanted.person_id and one.organisation_id == self.wanted.organisation_id
        }

    def _works_here(self, at: datetime) -> None:
        posted = current(self.session, Posting, at, self.now, person_id=self.wanted.person_id)
        if all(one.organisation_id != self.wanted.organisation_id for one in posted):
            raise Invalid("They do not work in your organisation on that day.", field="first_day")

    def _decided(self, day: Any) -> None:
        if day > civil_date(self.now):
            raise Invalid("Record a decision when it has been made.", field="decided_on")


def _review(level: ClearanceLevel, since: date, asked: date | None) -> date | None:
    """When the next review is due: as the officer says, otherwise the yearly appraisal of the high levels."""
    return months_after(since, 12) if asked is None and level in APPRAISED else asked


_STEPS = {
    (Kind.CLEARANCE, Action.ADD): _Recording.grant,
    (Kind.CLEARANCE, Action.STEP): _Recording.step,
    (Kind.CLEARANCE, Action.EXTEND): _Recording.extend,
    (Kind.CLEARANCE, Action.CORRECT): _Recording.correct,
    (Kind.CLEARANCE, Action.TAKE_BACK): _Recording.take_back,
    (Kind.SPONSORSHIP, Action.ADD): _Recording.share,
    (Kind.SPONSORSHIP, Action.END): _Recording.end,
    (Kind.CAVEAT, Action.ADD): _Recording.add_caveat,
    (Kind.CAVEAT, Action.END): _Recording.end,
    (Kind.CAVEAT, Action.TAKE_BACK): _Recording.take_back_beside,
    (Kind.CLEARANCE_EVENT, Action.ADD): _Recording.note,
    (Kind.CLEARANCE_EVENT, Action.TAKE_BACK): _Recording.take_back_beside,
    (Kind.DISPENSATION, Action.ADD): _Recording.dispense,
    (Kind.DISPENSATION, Action.END): _Recording.end,
    (Kind.DISPENSATION, Action.TAKE_BACK): _Recording.take_back_beside,
}
