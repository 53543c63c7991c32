"""Whatever is done to a sealed trail, verifying says where it begins and of which kind it is."""

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from app.audit.checkpoint_keys import verifier_of
from app.database import transaction
from profiles.audit.hashing import ENTRY_FIELDS, chain_hash, entry_hash, entry_record
from profiles.audit.models import AuditCheckpoint, AuditEntry, AuditPersonalValue, AuditSeal
from profiles.audit.sealing import checkpoint
from profiles.audit.trail import DatabaseTrail
from profiles.audit.verification import Kind, verify
from profiles.columns import new_id
from tests.profiles.audit.conftest import CheckpointKey

pytestmark = pytest.mark.usefixtures("sealed")


@pytest.fixture
def tamper(engine):
    """Whoever holds the database: foreign keys are no obstacle."""
    with transaction(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        else:
            session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        yield session


def seal_at(session, position):
    return session.exec(select(AuditSeal).where(AuditSeal.position == position)).one()


def entry_id_at(session, position):
    return seal_at(session, position).entry_id


def remove(session, position, *, entry=True):
    entry_id = entry_id_at(session, position)
    session.execute(delete(AuditSeal).where(col(AuditSeal.position) == position))
    if entry:
        session.execute(delete(AuditPersonalValue).where(col(AuditPersonalValue.entry_id) == entry_id))
        session.execute(delete(AuditEntry).where(col(AuditEntry.id) == entry_id))


def set_seal(session, at, **values):
    session.execute(update(AuditSeal).where(col(AuditSeal.position) == at).values(**values))


def reseal(session, first, last):
    """What a forger does who knows the code: every hash from here on made consistent again."""
    previous = seal_at(session, first - 1).chain_hash
    for position in range(first, last + 1):
        entry = session.get(AuditEntry, entry_id_at(session, position), populate_existing=True)
        digest = entry_hash(entry_record(getattr(entry, name) for name in ENTRY_FIELDS))
        previous = chain_hash(previous, digest, position)
        set_seal(session, position, entry_hash=digest, chain_hash=previous)


def first_fault(report):
    assert not report.verified
    return report.findings[0].kind, report.findings[0].position


def test_an_untouched_trail_verifies(verify_database):
    report = verify_database()
    assert report.verified
    assert (report.entries, report.checkpoints, report.findings) == (10, 2, ())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", None),
        ("event", "role.assigned"),
        ("initiator_kind", "person"),
        ("initiator", "somebody else"),
        ("person_id", new_id()),
        ("organisation_id", new_id()),
        ("app_id", new_id()),
        ("details", {"number": 99}),
    ],
)
def test_a_changed_column_is_found(tamper, verify_database, now, column, value):
    entry_id = entry_id_at(tamper, 4)
    tamper.execute(
        update(AuditEntry)
        .where(col(AuditEntry.id) == entry_id)
        .values({column: value or now + timedelta(seconds=1)})
    )
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.CHANGED, 4)


@pytest.mark.parametrize("column", ["entry_hash", "chain_hash"])
@pytest.mark.parametrize("value", ["0" * 64, "not hexadecimal"])
def test_a_changed_seal_is_found(tamper, verify_database, column, value):
    set_seal(tamper, 4, **{column: value})
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.CHANGED, 4)


def test_an_entry_exchanged_for_another_is_found(tamper, verify_database, now):
    forged = AuditEntry(at=now, event="role.assigned", initiator_kind="system", initiator="test", details={})
    tamper.add(forged)
    tamper.flush()
    set_seal(tamper, 4, entry_id=forged.id)
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.CHANGED, 4)


def test_a_changed_personal_value_is_found(tamper, verify_database):
    tamper.execute(
        update(AuditPersonalValue)
        .where(col(AuditPersonalValue.entry_id) == entry_id_at(tamper, 4))
        .values(value="somebody.else@example.gov.uk")
    )
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.CHANGED, 4)


def test_erasing_a_personal_value_leaves_the_chain_whole(tamper, verify_database):
    tamper.execute(delete(AuditPersonalValue))
    tamper.commit()
    assert verify_database().verified


@pytest.mark.parametrize("position", [1, 4, 9])
def test_a_removed_entry_and_seal_are_found(tamper, verify_database, position):
    remove(tamper, position)
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.REMOVED, position)


def test_a_removed_entry_is_found(engine, verify_database):
    with Session(engine) as session:
        entry_id = entry_id_at(session, 4)
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        if engine.dialect.name == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM audit_entries WHERE id = %s", (entry_id,))
        else:
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("DELETE FROM audit_entries WHERE id = ?", (entry_id.hex,))
        connection.commit()
        connection.detach()
    assert first_fault(verify_database()) == (Kind.REMOVED, 4)


def test_removing_and_renumbering_is_found(tamper, verify_database):
    remove(tamper, 4)
    for position in range(5, 11):
        set_seal(tamper, position, position=position - 1)
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.CHANGED, 4)


def swap_positions(session, one, other):
    set_seal(session, one, position=-1)
    set_seal(session, other, position=one)
    set_seal(session, -1, position=other)


def swap_entries(session, one, other):
    first, second = entry_id_at(session, one), entry_id_at(session, other)
    set_seal(session, other, entry_id=new_id())
    set_seal(session, one, entry_id=second)
    set_seal(session, other, entry_id=first)


@pytest.mark.parametrize("swap", [swap_positions, swap_entries])
@pytest.mark.parametrize("other", [4, 8])
def test_two_swapped_entries_are_found(tamper, verify_database, swap, other):
    swap(tamper, 3, other)
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.REORDERED, 3)


def test_a_cut_tail_is_found_by_the_checkpoint_beyond_it(tamper, verify_database):
    for position in (8, 9, 10):
        remove(tamper, position)
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.TRUNCATED, 8)


def test_a_tail_cut_with_its_checkpoint_is_found_by_one_kept_elsewhere(
    tamper, verify_database, verify_signature, now
):
    kept = list(DatabaseTrail(tamper).checkpoints())[-1:]
    for position in range(6, 11):
        remove(tamper, position)
    tamper.execute(delete(AuditCheckpoint).where(col(AuditCheckpoint.position) == 10))
    assert verify(DatabaseTrail(tamper), verify_signature, now).verified
    report = verify(DatabaseTrail(tamper), verify_signature, now, published=kept)
    assert first_fault(report) == (Kind.TRUNCATED, 6)


def test_a_consistent_forgery_is_found_by_the_signature(tamper, verify_database):
    """The fault lies after the last checkpoint that still fits."""
    tamper.execute(
        update(AuditEntry).where(col(AuditEntry.id) == entry_id_at(tamper, 7)).values(event="role.assigned")
    )
    reseal(tamper, 7, 10)
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.REWRITTEN, 6)


def test_a_forged_checkpoint_is_found(tamper, verify_database):
    tamper.execute(
        update(AuditEntry).where(col(AuditEntry.id) == entry_id_at(tamper, 7)).values(event="role.assigned")
    )
    reseal(tamper, 7, 10)
    tamper.execute(
        update(AuditCheckpoint)
        .where(col(AuditCheckpoint.position) == 10)
        .values(chain_hash=seal_at(tamper, 10).chain_hash)
    )
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.FORGED, 10)


@pytest.mark.parametrize(
    ("column", "value"), [("signature", "AAAA"), ("signature", "not base64!"), ("algorithm", "RS256")]
)
def test_a_changed_checkpoint_is_found(tamper, verify_database, column, value):
    tamper.execute(update(AuditCheckpoint).where(col(AuditCheckpoint.position) == 5).values({column: value}))
    tamper.commit()
    assert first_fault(verify_database()) == (Kind.FORGED, 5)


@pytest.mark.parametrize(("kid", "kind"), [("key-1", Kind.FORGED), ("key-2", Kind.UNKNOWN_KEY)])
def test_a_checkpoint_signed_by_another_key_is_found(tamper, verify_signature, now, kid, kind):
    tamper.execute(delete(AuditCheckpoint))
    checkpoint(tamper, now, CheckpointKey(kid).sign)
    assert first_fault(verify(DatabaseTrail(tamper), verify_signature, now)) == (kind, 10)


def test_a_forger_with_a_key_of_their_own_is_found_by_a_checkpoint_kept_elsewhere(tamper, key, now):
    kept = list(DatabaseTrail(tamper).checkpoints())[:1]
    theirs = CheckpointKey("key-2")
    tamper.execute(
        update(AuditEntry).where(col(AuditEntry.id) == entry_id_at(tamper, 2)).values(event="role.assigned")
    )
    reseal(tamper, 2, 10)
    tamper.execute(delete(AuditCheckpoint))
    checkpoint(tamper, now, theirs.sign)
    both = verifier_of([key.jwk, theirs.jwk])
    assert verify(DatabaseTrail(tamper), both, now).verified
    assert first_fault(verify(DatabaseTrail(tamper), both, now, published=kept)) == (Kind.REWRITTEN, 1)


def test_old_unsealed_entries_are_a_warning(append, engine, verify_signature, now):
    append(2)
    with Session(engine) as session:
        early = verify(DatabaseTrail(session), verify_signature, now + timedelta(minutes=4))
        late = verify(DatabaseTrail(session), verify_signature, now + timedelta(minutes=6))
    assert early.findings == ()
    assert late.verified
    assert [finding.kind for finding in late.findings] == [Kind.UNSEALED]
