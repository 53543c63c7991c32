"""Sealing gives every entry one position, without gaps, and signs the chain's end when it is time."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from sqlmodel import col, select

from app.database import open_session, transaction
from profiles.audit.hashing import ENTRY_FIELDS, START, chain_hash, entry_hash, entry_record
from profiles.audit.models import AuditEntry, AuditSeal
from profiles.audit.sealing import (
    CHECKPOINT_EVERY,
    add_seals,
    checkpoint,
    newest_checkpoint,
    next_seals,
    seal,
)
from profiles.columns import new_id


def positions(session):
    return list(session.exec(select(AuditSeal.position).order_by(col(AuditSeal.position))))


def test_positions_follow_the_ids_without_gaps(session, append, now):
    append(5)
    assert seal(session, now) == 5
    seals = session.exec(select(AuditSeal).order_by(col(AuditSeal.position))).all()
    assert [s.position for s in seals] == [1, 2, 3, 4, 5]
    assert [s.entry_id for s in seals] == sorted(s.entry_id for s in seals)


def test_the_chain_covers_entry_predecessor_and_position(session, append, now):
    append(1)
    seal(session, now)
    first = session.exec(select(AuditSeal)).one()
    assert first.chain_hash == chain_hash(START, first.entry_hash, 1)


def test_a_batch_is_limited_and_the_next_goes_on(session, append, now):
    append(5)
    assert [seal(session, now, limit=3), seal(session, now, limit=3), seal(session, now, limit=3)] == [
        3,
        2,
        0,
    ]
    assert positions(session) == [1, 2, 3, 4, 5]


def test_what_was_read_ahead_is_appended_some_at_a_time(session, append, now):
    append(5)
    seals = next_seals(session, now)
    assert positions(session) == []
    assert add_seals(session, seals[:3])
    assert add_seals(session, seals[3:])
    assert positions(session) == [1, 2, 3, 4, 5]
    assert next_seals(session, now) == []


def test_what_was_read_ahead_is_not_appended_behind_another_sealer(session, append, now):
    append(2)
    seals = next_seals(session, now)
    assert seal(session, now, limit=1) == 1
    assert not add_seals(session, seals)
    assert positions(session) == [1]


def test_an_entry_committed_late_gets_a_later_position(engine, append, now):
    append(1)
    with transaction(engine) as session:
        earlier = session.exec(select(AuditEntry)).one()
        late = AuditEntry(
            **earlier.model_dump(exclude={"id"}), id=UUID(int=earlier.id.int - (30 * 60_000 << 80))
        )
        seal(session, now)
        session.add(late)
        session.flush()
        assert seal(session, now) == 1
        assert session.get(AuditSeal, 2).entry_id == late.id


def test_an_entry_older_than_any_transaction_is_found_by_looking_at_everything(engine, append, now):
    append(1)
    with transaction(engine) as session:
        seal(session, now)
        entry = session.exec(select(AuditEntry)).one()
        session.add(AuditEntry(**entry.model_dump(exclude={"id"}), id=UUID(int=1)))
        session.flush()
        assert [seal(session, now), seal(session, now, everything=True)] == [0, 1]


def test_a_clock_that_ran_ahead_hides_nothing_afterwards(engine, append, now):
    append(1)
    with transaction(engine) as session:
        entry = session.exec(select(AuditEntry)).one()
        ahead = UUID(int=new_id().int + (24 * 3_600_000 << 80))
        session.add(AuditEntry(**entry.model_dump(exclude={"id"}), id=ahead))
        session.flush()
        seal(session, now)
    append(1)
    with transaction(engine) as session:
        assert seal(session, now) == 1


def test_sealers_at_once_seal_each_entry_once(engine, append, now):
    append(60)

    def seal_all(_worker):
        for _ in range(30):
            with transaction(engine) as session:
                seal(session, now, limit=7)

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(seal_all, range(3)))
    with open_session(engine, writes=False) as session:
        assert positions(session) == list(range(1, 61))


def test_text_that_is_not_utf8_does_not_stop_the_chain():
    record = {"details": {"agent": "\ud800"}}
    assert entry_hash(record) == hashlib.sha256(b'{"details":{"agent":"\xed\xa0\x80"}}').hexdigest()


def test_an_entry_reads_the_same_from_the_database(session, append, now):
    append(1)
    entry = session.exec(select(AuditEntry)).one()
    record = entry_record(getattr(entry, name) for name in ENTRY_FIELDS)
    assert json.loads(json.dumps(record)) == record
    assert record["at"] == "2026-03-02T09:00:00.000000Z"


def test_nothing_is_signed_while_nothing_is_sealed(session, sign, now):
    assert checkpoint(session, now, sign) is None


def test_the_first_seal_is_signed_at_once_and_only_once(session, append, sign, now):
    append(1)
    seal(session, now)
    assert checkpoint(session, now, sign).position == 1
    assert checkpoint(session, now + 2 * CHECKPOINT_EVERY, sign) is None


def test_a_new_entry_is_signed_when_the_last_checkpoint_is_old(session, engine, append, sign, now):
    append(2)
    seal(session, now, limit=1)
    checkpoint(session, now, sign)
    seal(session, now)
    assert checkpoint(session, now + CHECKPOINT_EVERY - timedelta(seconds=1), sign) is None
    assert checkpoint(session, now + CHECKPOINT_EVERY, sign).position == 2


def test_many_entries_are_signed_sooner(session, append, sign, now):
    append(4)
    seal(session, now, limit=1)
    checkpoint(session, now, sign)
    seal(session, now, limit=2)
    assert checkpoint(session, now, sign, entries=3) is None
    seal(session, now)
    checkpoint(session, now, sign, entries=3)
    assert newest_checkpoint(session).position == 4
