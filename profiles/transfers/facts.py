"""What a move records: which facts end at *leave*, which begin at *join*. The preview shows the same plan."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, or_, union
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, Dispensation, Sponsorship, SponsorshipKind
from profiles.clearances.service import as_left
from profiles.clearances.states import AT_LEAVE
from profiles.employments.models import RESUMES, Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.organisations import service as organisations
from profiles.pay.models import PayAllowance, PayRecord, PensionMembership
from profiles.people.models import WorkAddress, WorkPhone, WorkPlace
from profiles.prepared import Prepared
from profiles.roles.models import RoleAssignment
from profiles.temporal import (
    AnyFact,
    Fact,
    Provenance,
    end,
    end_of_day,
    excluding,
    history,
    known,
    known_of_few,
    record,
    replace,
    supersede,
)
from profiles.transfers import granted_anew, tasks
from profiles.transfers.clearance_levels import find_taken
from profiles.transfers.interrupted import ended_with_it, never_begun, next_begins, version_before
from profiles.transfers.lives_on import LivesOn
from profiles.transfers.models import TaskKind, Transfer
from profiles.transfers.new_employment import RELEASED, of_the_new_employment
from profiles.transfers.previous import never_came
from profiles.transfers.sources import source_of

CARRIED: tuple[type[Fact], ...] = (
    Employment,
    Posting,
    PayRecord,
    PayAllowance,
    PensionMembership,
    LeaveBalance,
    AbsenceSummary,
    WorkAddress,
    WorkPhone,
    WorkPlace,
    Sponsorship,
    Clearance,
    Dispensation,
    Entitlement,
    RoleAssignment,
)
"""The kinds of facts that a move can end or begin."""


@dataclass(frozen=True)
class MovePlan:
    """Facts that end at ``leave_at`` and new facts, not yet in the database, that begin at ``join_at``."""

    leave_at: datetime
    join_at: datetime
    ending: tuple[Fact, ...]
    beginning: tuple[Fact, ...]


def plan(session: Session, transfer: Transfer, now: datetime, by: UUID | None) -> MovePlan:
    """What the transfer would record if it were scheduled now, from the facts as they stand."""
    exporter = organisations.tree(session, now).subtree_of(transfer.exporting_organisation_id)
    lives_on = LivesOn(session, transfer, now)
    old = next((one for one in lives_on(Employment) if one.fact_id == transfer.employment_id), None)
    unbegun = never_came(session, transfer)
    if old is None or (unbegun and old.valid_to is not None and old.valid_to <= now):
        raise Conflict("The employment that this transfer moves has ended meanwhile.")
    if old.valid_from >= transfer.leave_at and not unbegun:
        raise Conflict("Their employment in the old department begins after the last day there.")
    elsewhere = lives_on.elsewhere()
    sponsored = [fact for fact in lives_on(Sponsorship) if fact.organisation_id in exporter]
    cleared = {fact.clearance_id for fact in sponsored}
    needed = {fact.clearance_id for fact in lives_on(Sponsorship) if fact.organisation_id in elsewhere}
    clearances = [fact for fact in lives_on(Clearance) if fact.fact_id in cleared]
    released = [
        one for model in RELEASED for one in lives_on(model) if one.employment_id == transfer.employment_id
    ]
    ending: list[Fact] = [
        old,
        *(post for post in lives_on(Posting) if post.employment_id == transfer.employment_id),
        *(pay for pay in lives_on(PayRecord) if pay.employment_id == transfer.employment_id),
        *(pay for pay in lives_on(PayAllowance) if pay.employment_id == transfer.employment_id),
        *released,
        *(address for address in lives_on(WorkAddress) if address.organisation_id in exporter),
        *(phone for phone in lives_on(WorkPhone) if phone.organisation_id in exporter),
        *(place for place in lives_on(WorkPlace) if place.organisation_id in exporter),
        *(role for role in lives_on(RoleAssignment) if role.organisation_id in exporter),
        *lives_on.granted(exporter),
        *sponsored,
    ]
    provenance = Provenance(by, source_of(transfer), "transfer")
    common = {"person_id": transfer.person_id}
    joining = (
        common
        | provenance.stamp(now, transfer.join_at)
        | {"organisation_id": transfer.importing_organisation_id}
    )
    manager_id = tasks.find_owner(session, transfer, TaskKind.FIRST_DAY)
    beginning = of_the_new_employment(session, transfer, manager_id, old, released, joining, now)
    taken = _taken(session, transfer, clearances, sponsored, now)
    goes_on = granted_anew.find(session, transfer, now, by) or taken
    if goes_on is not None and transfer.required_level is not None:
        if goes_on.level is not transfer.required_level:
            goes_on = _granted_from(goes_on, transfer.required_level, transfer, provenance, now)
        if goes_on is not taken:
            over = [fact for fact in lives_on(Clearance) if fact.level is goes_on.level]
            ending += over
            clearances = [fact for fact in clearances if fact not in over]
            beginning.append(goes_on)
        beginning.append(Sponsorship(clearance_id=goes_on.fact_id, kind=SponsorshipKind.PRIMARY, **joining))
    # What is suspended, or over, is left as it is: lapsed, it could be asked for again.
    turning = [
        (fact, AT_LEAVE[fact.status])
        for fact in clearances
        if fact.status in AT_LEAVE and fact.fact_id not in needed
    ]
    stays = [one for one in turning if taken is None or one[0].level is not transfer.required_level]
    ending += [fact for fact, _status in stays]
    stamp = common | provenance.stamp(now, transfer.leave_at)
    beginning += [as_left(fact, status, stamp) for fact, status in stays]
    dispensed_by, until, level = transfer.dispensed_by, transfer.dispensed_until, transfer.required_level
    if dispensed_by is not None and until is not None and level is not None:
        beginning.append(
            Dispensation(
                level=level,
                mitigations=transfer.mitigations,
                approved_by=dispensed_by,
                **joining | {"valid_to": end_of_day(until)},
            )
        )
    return MovePlan(transfer.leave_at, transfer.join_at, tuple(ending), tuple(beginning))


def _taken(
    session: Session,
    transfer: Transfer,
    clearances: Iterable[Clearance],
    sponsored: Iterable[Sponsorship],
    now: datetime,
) -> Clearance | None:
    """The clearance that goes along, or that the lower one is granted from; None where none is released."""
    primary = {fact.clearance_id for fact in sponsored if fact.kind is SponsorshipKind.PRIMARY}
    theirs = [fact for fact in clearances if fact.fact_id in primary]
    return find_taken(session, transfer, theirs, now) if transfer.clearance_released else None


def _granted_from(
    higher: Clearance, level: ClearanceLevel, transfer: Transfer, provenance: Provenance, now: datetime
) -> Clearance:
    """The lower clearance that the new post needs, by what was decided on the higher, which stays behind."""
    return Clearance(
        person_id=transfer.person_id,
        level=level,
        status=higher.status,
        decided_on=higher.decided_on,
        expires_on=higher.expires_on,
        extended_from=higher.extended_from,
        review_due_on=higher.review_due_on,
        **provenance.stamp(now, transfer.join_at),
    )


def schedule(session: Session, transfer: Transfer, now: datetime, by: UUID | None) -> None:
    """Record the plan: at its two instants access turns by itself."""
    provenance = Provenance(by, source_of(transfer), "transfer")
    move = plan(session, transfer, now, by)
    for fact in move.ending:
        end(session, fact, move.leave_at, now, provenance)
    for fact in move.beginning:
        record(session, fact)


_GIVEN = (Entitlement, RoleAssignment, WorkAddress, WorkPhone, WorkPlace, Sponsorship)
"""What an organisation gives somebody. To an address links are sent, so that the old one keeps none."""


_KNOWN_AT = cast(datetime, bindparam("now"))


def _was_given(model: type[Any]) -> ColumnElement[bool]:
    """Whether ``end_given_since`` may end a fact of this kind; one's own address, for one, is nobody's."""
    given = exists().where(
        col(model.person_id) == col(Transfer.person_id),
        known_of_few(model, _KNOWN_AT),
        or_(col(model.valid_to).is_(None), col(model.valid_to) > col(Transfer.leave_at)),
        col(model.valid_from) < col(Transfer.leave_at),
        col(model.recorded_at) < col(Transfer.leave_at),
    )
    return given if model is Entitlement else given.where(col(model.organisation_id).is_not(None))


_WITH_GIVEN = Prepared(
    select(col(Transfer.id)).where(
        col(Transfer.id) == bindparam("transfer"), or_(*(_was_given(model) for model in _GIVEN))
    )
)


def with_given_since(session: Session, transfer_ids: Collection[UUID], now: datetime) -> frozenset[UUID]:
    """Those of these transfers for which ``end_given_since`` may have something to do: few of many."""
    session.flush()
    return frozenset(
        one for one in transfer_ids if _WITH_GIVEN.first(session, {"transfer": one, "now": now}) is not None
    )


def end_given_since(session: Session, transfer: Transfer, now: datetime) -> None:
    """At *leave* also end what was given after the plan was recorded, and would go on."""
    exporter = organisations.tree(session, now).subtree_of(transfer.exporting_organisation_id)
    lives_on = LivesOn(session, transfer, now)
    given: list[Entitlement | RoleAssignment | WorkAddress | WorkPhone | WorkPlace | Sponsorship] = [
        *lives_on.granted(exporter),
        *(role for role in lives_on(RoleAssignment) if role.organisation_id in exporter),
        *(address for address in lives_on(WorkAddress) if address.organisation_id in exporter),
        *(phone for phone in lives_on(WorkPhone) if phone.organisation_id in exporter),
        *(place for place in lives_on(WorkPlace) if place.organisation_id in exporter),
        *(sponsored for sponsored in lives_on(Sponsorship) if sponsored.organisation_id in exporter),
    ]
    provenance = Provenance(None, source_of(transfer), "transfer")
    for fact in given:
        if fact.valid_from < transfer.leave_at and fact.recorded_at < transfer.leave_at:
            end(session, fact, transfer.leave_at, now, provenance)


def retract(
    session: Session, transfer: Transfer, now: datetime, by: UUID | None, *, until: datetime | None = None
) -> None:
    """Undo the plan before *leave*: what would begin never does, what would end goes on as it was.

    So does what was corrected since, and a post that was given since; each until the next one begins. What
    was to begin later, such as the post below a temporary promotion, does so unless something else holds its
    place by now. Of somebody whose employment ends sooner for another reason it goes on ``until`` then, and
    no longer.
    """
    provenance = Provenance(by, source_of(transfer), "the transfer does not happen as planned")
    mine = [(fact, version_before(session, fact)) for fact in _recorded_by(session, transfer, now)]
    others = ended_with_it(session, transfer, CARRIED, source_of(transfer), now)
    to_come = [one for model in CARRIED for one in never_begun(session, transfer, model)]
    begun = [one for one, before in mine if before is None or one.valid_from >= transfer.join_at]
    for fact in (*begun, *_corrected_there(session, transfer, now)):
        supersede(session, fact, now, by)
    ended = [
        (fact, before.valid_to, provenance)
        for fact, before in mine
        if before is not None and fact.valid_to == transfer.leave_at
    ]
    ended += [(fact, ends, Provenance(by, fact.source, fact.reason)) for fact, ends in others]
    for fact, planned, said in ended:
        ends = [one for one in (planned, until, next_begins(session, fact)) if one is not None]
        ends_at = min(ends, default=None)
        if ends_at is not None and ends_at <= fact.valid_from:
            supersede(session, fact, now, by)
        else:
            replace(session, fact, now, said, valid_to=ends_at)
    for fact in to_come:
        _let_begin(session, fact, until, now, by)


def _let_begin(
    session: Session, fact: AnyFact, until: datetime | None, now: datetime, by: UUID | None
) -> None:
    """Let what the plan took back begin as it was to, where nothing else holds its place by now."""
    same = excluding(fact)
    others = history(session, type(fact), now, **same) if same else ()
    held = [one for one in others if one.valid_to is None or one.valid_to > fact.valid_from]
    if any(one.valid_from <= fact.valid_from for one in held):
        return
    later = [one.valid_from for one in held]
    ends_at = min((one for one in (fact.valid_to, until, *later) if one is not None), default=None)
    if ends_at is None or ends_at > fact.valid_from:
        as_it_was = Provenance(by, fact.source, fact.reason)
        values = fact.model_dump(exclude={"id", "superseded_at", "superseded_by", "load_id"})
        record(session, type(fact)(**(values | as_it_was.stamp(now, fact.valid_from, ends_at))))


def name_manager(
    session: Session, transfer: Transfer, manager_id: UUID, now: datetime, by: UUID | None
) -> None:
    """Let the new post, and what follows it, begin under this line manager."""
    for fact in _recorded_by(session, transfer, now):
        if isinstance(fact, Posting) and fact.valid_from >= transfer.join_at:
            provenance = Provenance(by, fact.source, "another line manager before the start")
            replace(session, fact, now, provenance, line_manager_id=manager_id)


def retract_beginning(session: Session, transfer: Transfer, now: datetime, by: UUID | None) -> None:
    """Between *leave* and *join*: what would begin does not, and what has ended stays ended."""
    for fact in (*_recorded_by(session, transfer, now), *_corrected_there(session, transfer, now)):
        if fact.valid_from >= transfer.join_at:
            supersede(session, fact, now, by)


def begin_again(
    session: Session, transfer: Transfer, now: datetime, by: UUID | None, taken_back_at: datetime
) -> None:
    """Record what ``retract_beginning`` took back at that moment, with the dates that it had.

    The new post begins under the line manager who was named meanwhile.
    """
    manager_id = tasks.find_owner(session, transfer, TaskKind.FIRST_DAY)
    for model in CARRIED:
        taken_back = select(model).where(
            col(getattr(model, "person_id")) == transfer.person_id,  # noqa: B009 - not every fact has one
            col(model.source).in_(_sources_of(session, transfer)),
            col(model.valid_from) >= transfer.join_at,
            col(model.superseded_at) == taken_back_at,
        )
        for fact in session.exec(taken_back.order_by(col(model.id))).all():
            values = fact.model_dump(exclude={"id", "superseded_at", "superseded_by", "load_id"})
            if isinstance(fact, Posting) and manager_id is not None:
                values["line_manager_id"] = manager_id
            as_it_was = Provenance(by, fact.source, "transfer")
            record(session, model(**(values | as_it_was.stamp(now, fact.valid_from, fact.valid_to))))


def _recorded_by(session: Session, transfer: Transfer, now: datetime) -> list[Fact]:
    sources = _sources_of(session, transfer)
    mine = [{"person_id": transfer.person_id, "source": one} for one in sources]
    return [fact for model in CARRIED for one in mine for fact in history(session, model, now, **one)]


def _corrected_there(session: Session, transfer: Transfer, now: datetime) -> list[Fact]:
    """What others have recorded since of what the plan lets begin: it begins no more than the rest.

    What security officers have decided of a clearance stands, whatever becomes of the move.
    """
    sources, found = _sources_of(session, transfer), list[Fact]()
    for model in (one for one in CARRIED if one is not Clearance):
        begun = aliased(model)
        planned = exists().where(
            col(begun.fact_id) == col(model.fact_id),
            col(begun.source).in_(sources),
            col(begun.valid_from) >= transfer.join_at,
        )
        theirs = col(getattr(model, "person_id")) == transfer.person_id  # noqa: B009
        query = select(model).where(known(model, now), theirs, col(model.source).not_in(sources), planned)
        found += session.exec(query.order_by(col(model.id))).all()
    return found


def _sources_of(session: Session, transfer: Transfer) -> list[str]:
    """What the facts of a transfer name as their source; of a move back also what was temporary before."""
    found = more = [source_of(transfer)]
    while more and transfer.reverses_id is not None:
        begun = union(
            *(
                select(col(model.fact_id)).where(
                    col(model.person_id) == transfer.person_id,
                    col(model.source).in_(more),
                    col(model.valid_from) >= transfer.join_at,
                )
                for model in (Posting, PayRecord)
            )
        )
        more = [f"{RESUMES}{one}" for one in sorted(session.execute(begun).scalars())]
        found = [*found, *more]
    return found
