"""What two officers decided is deleted whole and once, however often it is interrupted; nothing else is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import col, select

from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry
from profiles.clearances.models import (
    CaveatKind,
    Clearance,
    ClearanceCaveat,
    ClearanceStatus,
    Sponsorship,
    SponsorshipKind,
)
from profiles.columns import new_id
from profiles.errors import Conflict, NotPermitted
from profiles.imports.records.models import FieldConflict, Source, SourceRecord
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.loads import Load
from profiles.outbox.models import OutboxMessage
from profiles.retention import deletions, holds
from profiles.retention.deleting import delete_batch
from profiles.retention.models import DeletionState, LegalHold
from profiles.retention.rules import YEARS, RetainedKind
from profiles.roles.models import Role
from profiles.temporal import Provenance, record, replace
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_deputy, make_employee, make_person
from tests.factories.retained import make_fact
from tests.profiles.retention.conftest import DAY, LONG_AGO, Office


def _whose(office: Office, fact_id: UUID) -> UUID:
    return office.session.exec(select(LeaveBalance.person_id).where(LeaveBalance.fact_id == fact_id)).one()


def _load(office: Office, published_at: datetime) -> Load:
    load = Load(
        organisation_id=office.organisation.id,
        kind="records",
        content_hash="1",
        rows_total=1,
        started_at=office.now,
        published_at=published_at,
    )
    office.session.add(load)
    office.session.flush()
    return load


def left(office: Office, model: type = LeaveBalance) -> set[object]:
    return set(office.session.exec(select(model.fact_id)).all())  # type: ignore[attr-defined]


def test_a_fact_goes_with_all_its_versions_and_what_its_source_calls_it(office: Office) -> None:
    session, now = office.session, office.now
    old = office.keep("leave_balances")
    believed = session.exec(select(LeaveBalance).where(LeaveBalance.fact_id == old)).one()
    replace(session, believed, LONG_AGO + 2 * DAY, PROVENANCE, taken_hundredths=0)
    load = _load(office, now)
    source = Source(organisation_id=office.organisation.id, name="hr")
    session.add(source)
    session.flush()
    session.add(
        SourceRecord(
            source_id=source.id,
            kind="leave",
            source_key="1",
            fact_id=old,
            content_hash=b"1",
            load_id=load.id,
        )
    )
    lasting = office.keep("leave_balances", lasts=True)
    assert len(session.exec(select(LeaveBalance)).all()) == 3
    office.confirm(office.propose())
    while office.batch():
        pass
    assert left(office) == {lasting}
    assert session.exec(select(SourceRecord)).all() == []


def test_a_clearance_goes_with_sponsorships_and_caveats(office: Office) -> None:
    session = office.session
    stamp = PROVENANCE.stamp(LONG_AGO, LONG_AGO)
    kept = []
    for status, number in ((ClearanceStatus.WITHDRAWN, 1), (ClearanceStatus.ACTIVE, 2)):
        whose = make_person(session, office.now, f"p{number}@hmrc.gov.uk")
        cleared = record(session, Clearance(person_id=whose, level="sc", status=status, **stamp))
        named = {"person_id": whose, "clearance_id": cleared.fact_id}
        record(
            session,
            Sponsorship(
                **named, organisation_id=office.organisation.id, kind=SponsorshipKind.PRIMARY, **stamp
            ),
        )
        record(session, ClearanceCaveat(**named, name="STRAP", kind=CaveatKind.ADDITION, **stamp))
        kept.append(cleared.fact_id)
    office.confirm(office.propose())
    while office.batch():
        pass
    assert left(office, Clearance) == {kept[1]}
    for part in (Sponsorship, ClearanceCaveat):
        assert set(session.exec(select(col(part.clearance_id))).all()) == {kept[1]}


def test_two_officers_decide_who_are_not_one(office: Office) -> None:
    office.keep("leave_balances")
    deletion = office.propose()
    assert not office.batch()
    with pytest.raises(NotPermitted):
        deletions.confirm(
            office.session,
            office.now,
            deletion=deletion,
            records=office.rules,
            officer_id=office.proposer,
        )
    with pytest.raises(Conflict):
        office.propose()
    office.confirm(deletion)
    assert office.batch()
    assert left(office) == set()


def test_either_officer_stops_what_is_under_way(office: Office) -> None:
    for _ in range(3):
        office.keep("leave_balances")
    deletion = office.propose()
    office.confirm(deletion)
    assert office.batch(1)
    deletions.withdraw(office.session, office.now, deletion=deletion, officer_id=office.proposer)
    assert not office.batch(1)
    assert (len(left(office)), deletion.state) == (2, DeletionState.WITHDRAWN)
    said = office.session.exec(select(AuditEntry).where(AuditEntry.event == Event.RETENTION_WITHDRAWN)).one()
    assert said.details["deleted"] == {"leave": 1}
    with pytest.raises(Conflict):
        deletions.withdraw(office.session, office.now, deletion=deletion, officer_id=office.confirmer)
    office.propose()


def test_the_other_officer_is_told_and_nobody_is_named(office: Office) -> None:
    for officer in (office.proposer, office.confirmer):
        give_role(office.session, office.now, officer, Role.DATA_PROTECTION_OFFICER, office.organisation.id)
    office.keep("leave_balances")
    office.propose()
    mail = office.session.exec(select(OutboxMessage)).one()
    assert (mail.person_id, "Patel" in str(mail.payload)) == (office.confirmer, False)


def test_nothing_that_is_due_is_nothing_to_propose(office: Office) -> None:
    office.keep("leave_balances", lasts=True)
    with pytest.raises(Conflict, match="Nothing is due"):
        office.propose()


def test_what_is_withdrawn_deletes_nothing(office: Office) -> None:
    kept = office.keep("leave_balances")
    deletions.withdraw(office.session, office.now, deletion=office.propose(), officer_id=office.proposer)
    assert not office.batch()
    assert left(office) == {kept}
    office.propose()


def test_it_goes_on_where_it_was_interrupted_and_says_how_many(office: Office) -> None:
    for _ in range(5):
        office.keep("leave_balances")
    office.keep("absence_summaries")
    deletion = office.propose()
    office.confirm(deletion)
    assert office.batch(2)
    with office.session.begin_nested() as crashed:
        assert delete_batch(office.session, office.rules, YEARS, lambda *_: 0, office.now, 2)
        crashed.rollback()
    office.session.expire_all()
    assert (len(left(office)), deletion.deleted) == (3, {"leave": 2})
    while office.batch(2):
        pass
    assert (left(office), left(office, AbsenceSummary)) == (set(), set())
    assert (deletion.state, deletion.deleted) == (DeletionState.DONE, {"leave": 5, "absence": 1})
    said = office.session.exec(select(AuditEntry).where(AuditEntry.event == Event.RETENTION_DELETED)).one()
    assert (said.person_id, said.organisation_id) == (None, office.organisation.id)
    assert said.details["deleted"] == {"leave": 5, "absence": 1}
    assert said.details["confirmed_by"] == str(office.confirmer)


def test_no_more_is_deleted_than_was_proposed(office: Office) -> None:
    office.keep("leave_balances")
    office.confirm(office.propose())
    office.keep("leave_balances")
    office.keep("absence_summaries")
    while office.batch():
        pass
    assert (len(left(office)), len(left(office, AbsenceSummary))) == (1, 1)


def test_what_is_held_or_corrected_meanwhile_stays(office: Office) -> None:
    session, now = office.session, office.now
    other = make_person(session, now, "other@hmrc.gov.uk")
    held, corrected = office.keep("leave_balances", other), office.keep("leave_balances")
    office.confirm(office.propose())
    holds.place(
        session,
        now,
        person_id=other,
        organisation_id=office.organisation.id,
        kind=None,
        reason="Claim 7",
        officer_id=office.proposer,
    )
    version = session.exec(select(LeaveBalance).where(LeaveBalance.fact_id == corrected)).one()
    replace(session, version, now, Provenance(None, "page", "It went on"), valid_to=None)
    while office.batch():
        pass
    assert left(office) == {held, corrected}


def test_officers_do_not_delete_their_own_records(office: Office) -> None:
    own = {office.keep("leave_balances", one) for one in (office.proposer, office.confirmer)}
    office.keep("leave_balances")
    deletion = office.propose()
    assert deletion.expected == {"leave": 2}  # who confirms it is not known yet
    office.confirm(deletion)
    assert deletion.expected == {"leave": 1}
    while office.batch():
        pass
    assert left(office) == own


def test_nor_those_of_who_counts_as_one_with_them(office: Office) -> None:
    """Deputies of either, and whom either stands in for."""
    role, place = Role.DATA_PROTECTION_OFFICER, office.organisation
    others = [make_employee(office.session, office.now, place, f"{one}.other").person_id for one in "abc"]
    for officer in (office.proposer, office.confirmer):
        give_role(office.session, office.now, officer, role, place.id)
    make_deputy(office.session, office.now, others[0], office.proposer, role, place.id)
    make_deputy(office.session, office.now, others[1], office.confirmer, role, place.id)
    kept = {office.keep("leave_balances", one) for one in others[:2]}
    office.keep("leave_balances", others[2])
    deletion = office.propose()
    office.confirm(deletion)
    assert deletion.expected == {"leave": 1}
    while office.batch():
        pass
    assert left(office) == kept


def test_what_was_held_when_it_was_proposed_stays(office: Office) -> None:
    """A hold that is lifted meanwhile lets the next deletion take it; this one was decided without it."""
    held = office.keep("leave_balances", make_person(office.session, office.now, "other@hmrc.gov.uk"))
    corrected = office.keep("leave_balances")
    hold = LegalHold(
        person_id=_whose(office, held),
        organisation_id=office.organisation.id,
        reason="Claim 7",
        placed_by=office.proposer,
        placed_at=office.now,
    )
    office.session.add(hold)
    office.session.flush()
    office.confirm(office.propose())
    later = office.now + timedelta(hours=1)
    holds.lift(office.session, later, hold=hold, reason="Settled", officer_id=office.proposer)
    version = office.session.exec(select(LeaveBalance).where(LeaveBalance.fact_id == corrected)).one()
    replace(office.session, version, later, PROVENANCE, valid_to=None)
    while office.batch():
        pass
    assert left(office) == {held, corrected}


def test_what_sources_disagree_on_stays_until_it_is_settled(office: Office) -> None:
    session, now = office.session, office.now
    disputed = office.keep("leave_balances")
    office.keep("leave_balances")
    load = _load(office, now)
    conflict = FieldConflict(
        organisation_id=office.organisation.id,
        load_id=load.id,
        kind="leave",
        fact_id=disputed,
        field="taken_hundredths",
        source="payroll",
        recorded_source="hr",
    )
    session.add(conflict)
    session.flush()
    deletion = office.propose()
    assert deletion.expected == {"leave": 1}
    office.confirm(deletion)
    while office.batch():
        pass
    assert left(office) == {disputed}
    conflict.settled_at = now
    session.flush()
    office.confirm(office.propose())
    while office.batch():
        pass
    assert left(office) == set()


@pytest.mark.parametrize("how", ["by hand", "in a file of before"])
def test_what_is_recorded_after_it_was_proposed_stays(office: Office, how: str) -> None:
    """Nobody decided on it, whatever it takes the place of; a file may say when it was recorded."""
    session, later = office.session, office.now + timedelta(hours=1)
    dated = office.keep("leave_balances")
    office.confirm(office.propose())
    known = session.exec(select(LeaveBalance).where(LeaveBalance.fact_id == dated)).one()
    replace(session, known, office.now, PROVENANCE, valid_to=None)
    new = session.exec(
        select(LeaveBalance).where(LeaveBalance.fact_id == office.keep("leave_balances"))
    ).one()
    if how == "by hand":
        new.recorded_at = later
    else:
        new.load_id = _load(office, later).id
    session.flush()
    while delete_batch(session, office.rules, YEARS, lambda *_: 0, later + timedelta(hours=1)):
        session.expire_all()
    assert len(left(office)) == 2


def test_a_longer_period_that_is_set_meanwhile_holds(office: Office) -> None:
    office.keep("leave_balances")
    office.confirm(office.propose())
    longer = {**YEARS, RetainedKind.LEAVE: 50}
    while delete_batch(office.session, office.rules, longer, lambda *_: 0, office.now):
        office.session.expire_all()
    assert len(left(office)) == 1


def test_a_shorter_period_that_is_set_meanwhile_does_not(office: Office) -> None:
    """What it would make due takes the place of something that stays, and is not deleted for it."""
    session = office.session
    old = office.keep("leave_balances")
    make_fact(
        session,
        "leave_balances",
        office.employee,
        office.organisation.id,
        datetime(2020, 1, 1, tzinfo=UTC),
        office.now - timedelta(days=400),
        employment_id=new_id(),
    )
    office.confirm(office.propose())
    version = session.exec(select(LeaveBalance).where(LeaveBalance.fact_id == old)).one()
    replace(session, version, office.now, PROVENANCE, valid_to=None)
    shorter = {**YEARS, RetainedKind.LEAVE: 1}
    while delete_batch(session, office.rules, shorter, lambda *_: 0, office.now):
        session.expire_all()
    assert len(left(office)) == 2
