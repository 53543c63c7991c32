"""The worker deletes what was decided: the trail verifies afterwards, and what rests on nothing goes."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.audit.checkpoint_keys import verifier_of
from app.config import Settings
from app.database import open_session, transaction
from app.retention.accounts import forget_accounts
from app.retention.deleting import delete_decided
from app.retention.records import RECORDS
from app.worker import Worker
from identity.keys.algorithms import generate_key
from identity.keys.signer import LocalSigner
from identity.sign_in.models import Passkey, PasswordCredential
from identity.subjects.models import PairwiseSubject
from profiles.audit import export
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry, AuditPersonalValue
from profiles.audit.sealing import Signature, checkpoint, seal
from profiles.audit.trail import DatabaseTrail
from profiles.audit.verification import verify
from profiles.employments.models import Employment, Posting
from profiles.leave.models import LeaveBalance
from profiles.outbox.models import OutboxMessage
from profiles.outbox.service import send_mail
from profiles.people.models import BirthDate, Person, PersonName
from profiles.retention import deletions
from profiles.retention.deleting import delete_batch
from profiles.retention.due import count_due
from profiles.retention.models import Deletion, DeletionState
from profiles.retention.records import Retained
from profiles.retention.rules import YEARS
from profiles.temporal import civil_date, replace
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_person
from tests.factories.retained import born, make_fact, retained

LONG_AGO, DAY = datetime(1950, 1, 1, tzinfo=UTC), timedelta(days=1)


@dataclass
class Decided:
    """An organisation, two officers, and somebody whose service is over for good."""

    organisation_id: UUID
    proposer: UUID
    confirmer: UUID
    retired: UUID


@pytest.fixture
def decided(engine: Engine, now: datetime) -> Decided:
    with transaction(engine) as session:
        organisation = make_organisation(session, now, "HMRC")
        people = [make_person(session, now, f"{one}.data@hmrc.gov.uk") for one in ("dora", "dan", "rita")]
        retired = people[2]
        born(session, retired, date(1920, 1, 1), now)
        for table in ("employments", "postings", "leave_balances"):
            make_fact(session, table, retired, organisation.id, LONG_AGO, LONG_AGO + DAY, **_columns(table))
        session.add(PairwiseSubject(sector="a.example", person_id=retired, sub="1", created_at=now))
        session.add(PasswordCredential(person_id=retired, password_hash="1", set_at=now))
        send_mail(session, "rita@x.gov.uk", "Hello", "Rita", now=now, person_id=retired)
        return Decided(organisation.id, *people)


def _columns(table: str) -> dict[str, Any]:
    return {"line_manager_id": None} if table == "postings" else {}


def end_address(engine: Engine, decided: Decided) -> None:
    """The factory's people have an address that goes on."""
    rule = retained("work_addresses")
    with transaction(engine) as session:
        for one in session.exec(
            select(rule.model).where(col(rule.model.person_id) == decided.retired)  # type: ignore[attr-defined]
        ):
            session.delete(one)


def decide(engine: Engine, decided: Decided, now: datetime) -> UUID:
    with transaction(engine) as session:
        place = decided.organisation_id
        counts = count_due(session, RECORDS, YEARS, {place}, civil_date(now), now)
        deletion = deletions.propose(
            session,
            now,
            organisation_id=place,
            counts=counts,
            years=YEARS,
            officer_id=decided.proposer,
        )
        deletions.confirm(session, now, deletion=deletion, records=RECORDS, officer_id=decided.confirmer)
        return deletion.id


def everything(engine: Engine, now: datetime) -> None:
    while delete_decided(engine, YEARS, now):
        pass


def test_an_account_goes_with_the_last_thing_that_rests_on_it(
    engine: Engine, now: datetime, decided: Decided
) -> None:
    end_address(engine, decided)
    deletion_id = decide(engine, decided, now)
    everything(engine, now)
    with open_session(engine, writes=False) as session:
        done = session.get_one(Deletion, deletion_id)
        assert (done.state, done.accounts) == (DeletionState.DONE, 1)
        assert done.deleted == {"service": 2, "leave": 1}
        for model in (
            PersonName,
            OutboxMessage,
            BirthDate,
            PairwiseSubject,
            PasswordCredential,
            Employment,
            Posting,
        ):
            mine = col(model.person_id) == decided.retired  # type: ignore[attr-defined]
            assert session.exec(select(model).where(mine)).all() == [], model
        assert session.get(Person, decided.retired) is not None
        mine = select(col(AuditEntry.id)).where(col(AuditEntry.person_id) == decided.retired)
        kept = select(AuditPersonalValue).where(col(AuditPersonalValue.entry_id).in_(mine))
        assert session.exec(kept).all() == []


def test_whoever_may_come_back_keeps_account_and_sub(engine: Engine, now: datetime, decided: Decided) -> None:
    """A work address goes on here; elsewhere it may be a clearance, or what they decided as an officer."""
    decide(engine, decided, now)
    everything(engine, now)
    with open_session(engine, writes=False) as session:
        assert session.exec(select(Employment)).all() == []
        assert session.exec(select(PairwiseSubject.sub)).one() == "1"
        assert session.get(PasswordCredential, decided.retired) is not None


@pytest.mark.parametrize("named", ["decided_by", "recorded_by", "passkey"])
def test_what_somebody_decided_keeps_their_name(session: Session, now: datetime, named: str) -> None:
    """Whoever reads it is told who it was; a way in alone keeps nothing."""
    officer, other = (make_person(session, now, f"{one}.data@hmrc.gov.uk") for one in ("dora", "dan"))
    organisation = make_organisation(session, now, "HMRC")
    for one in session.exec(select(retained("work_addresses").model)).all():
        session.delete(one)
    if named == "decided_by":
        session.add(
            Deletion(
                organisation_id=organisation.id,
                due_on=civil_date(now),
                years={},
                expected={},
                state=DeletionState.DONE,
                proposed_by=officer,
                proposed_at=now,
            )
        )
    elif named == "recorded_by":
        fact = make_fact(session, "leave_balances", other, organisation.id, LONG_AGO, None)
        fact.recorded_by = officer
    else:
        session.add(_passkey(officer, now))
    session.flush()
    assert forget_accounts(session, {officer}, now) == (1 if named == "passkey" else 0)


def test_the_trail_verifies_after_a_deletion_in_the_database_and_as_an_export(
    engine: Engine, now: datetime, decided: Decided, tmp_path: Path
) -> None:
    end_address(engine, decided)
    key = generate_key("ES256")
    jwk = {**key.as_dict(private=False), "kid": "key-1", "alg": "ES256"}
    signer = LocalSigner("key-1", "ES256", key.as_dict(private=True))

    def seal_all() -> None:
        with transaction(engine) as session:
            while seal(session, now, everything=True):
                pass
            checkpoint(session, now, lambda text: Signature("key-1", "ES256", signer.sign(text)), entries=1)

    seal_all()
    decide(engine, decided, now)
    everything(engine, now)
    seal_all()
    file = tmp_path / "trail.jsonl"
    with open_session(engine, writes=False) as session, file.open("wb") as target:
        report = verify(DatabaseTrail(session), verifier_of([jwk]), now)
        assert report.verified
        assert report.checkpoints == 2
        target.writelines(export.lines(DatabaseTrail(session), [jwk], now))
        events = set(session.exec(select(AuditEntry.event)).all())
    assert Event.RETENTION_DELETED in events
    assert verify(export.FileTrail(file), verifier_of([jwk]), now).verified


def test_of_two_workers_that_see_the_same_one_does_the_batch(
    engine: Engine, now: datetime, decided: Decided
) -> None:
    """The other comes while the first has deleted and not committed; what it counts, it has deleted."""
    decide(engine, decided, now)
    counted: list[Collection[UUID]] = []

    def work(meanwhile: Callable[[], None] = lambda: None) -> None:
        def forget(_session: Session, people: Collection[UUID], _now: datetime) -> int:
            counted.append(people)
            meanwhile()
            return 0

        with transaction(engine) as session:
            delete_batch(session, RECORDS, YEARS, forget, now, 1)

    other = threading.Thread(target=work)

    def let_the_other_come() -> None:
        other.start()
        other.join(0.5)  # it waits for what this transaction holds, and so does not end

    work(let_the_other_come)
    other.join()
    with open_session(engine, writes=False) as session:
        left = sum(len(session.exec(select(one)).all()) for one in (Employment, Posting, LeaveBalance))
        assert left == 3 - len(counted)
        assert sum(session.exec(select(Deletion)).one().deleted.values()) == len(counted)


def test_a_correction_that_is_committed_between_finding_and_deleting_survives(
    engine: Engine, now: datetime, decided: Decided
) -> None:
    """With the history that it corrects; the batch that waited for it deletes something else, or nothing."""
    decide(engine, decided, now)
    rule = retained("leave_balances")
    worker = threading.Thread(target=lambda: one_batch(engine, [rule], now))
    with transaction(engine) as session:
        version = session.exec(select(LeaveBalance)).one()
        replace(session, version, now + DAY, PROVENANCE, valid_to=None)
        worker.start()
        worker.join(0.5)  # it waits for what this transaction holds, and so does not end
    worker.join()
    with open_session(engine, writes=False) as session:
        assert len(session.exec(select(LeaveBalance)).all()) == 2


def test_a_deletion_that_fails_does_not_stop_the_others(
    engine: Engine, now: datetime, decided: Decided
) -> None:
    """It is said in the log of the worker, and tried again at the next turn."""
    first = decide(engine, decided, now)
    with transaction(engine) as session:
        elsewhere = make_organisation(session, now, "HO").id
        whose = make_person(session, now, "hal@homeoffice.gov.uk")
        make_fact(session, "leave_balances", whose, elsewhere, LONG_AGO, LONG_AGO + DAY)
        session.get_one(Deletion, first).years = {"leave": "not a number"}  # type: ignore[dict-item]
    second = decide(engine, Decided(elsewhere, decided.proposer, decided.confirmer, whose), now)
    with pytest.raises(TypeError):
        everything(engine, now)
    with open_session(engine, writes=False) as session:
        assert session.get_one(Deletion, first).state is DeletionState.CONFIRMED
        assert session.get_one(Deletion, second).state is DeletionState.DONE


def one_batch(engine: Engine, rules: list[Retained], now: datetime) -> None:
    with transaction(engine) as session:
        delete_batch(session, rules, YEARS, lambda *_: 0, now)


def test_a_worker_that_runs_once_deletes_to_the_end(
    engine: Engine, settings: Settings, now: datetime, decided: Decided
) -> None:
    with transaction(engine) as session:
        whose, place = decided.retired, decided.organisation_id
        make_fact(session, "absence_summaries", whose, place, LONG_AGO, LONG_AGO + DAY)
    deletion_id = decide(engine, decided, now)
    Worker(settings, engine, lambda: now).once()
    with open_session(engine, writes=False) as session:
        assert session.get_one(Deletion, deletion_id).state is DeletionState.DONE


def _passkey(person_id: UUID, now: datetime) -> Passkey:
    return Passkey(
        person_id=person_id,
        credential_id=b"1",
        public_key=b"1",
        sign_count=0,
        transports=[],
        aaguid="",
        attestation="none",
        is_attested=False,
        backup_eligible=False,
        backed_up=False,
        name="Key",
        created_at=now,
    )
