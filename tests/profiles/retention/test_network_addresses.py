"""Where a refused sign-in came from goes after its period, and the trail verifies as before."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.audit.checkpoint_keys import verifier_of
from app.database import transaction
from app.forgetting import Forgetting
from profiles.audit.catalogue import Event
from profiles.audit.models import AuditEntry, AuditPersonalValue
from profiles.audit.sealing import checkpoint, seal
from profiles.audit.service import Initiator, append
from profiles.audit.trail import DatabaseTrail
from profiles.audit.verification import verify
from profiles.retention import holds
from profiles.retention.rules import RetainedKind
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.profiles.audit.conftest import CheckpointKey

DAY, KEPT = timedelta(days=1), timedelta(days=365)
SIGN_IN = Initiator.system("sign-in")


def refuse(session: Session, at: datetime, person_id: UUID | None = None, **personal: str) -> UUID:
    """A sign-in is refused."""
    personal = personal or {"source": "192.0.2.1"}
    return append(session, Event.SIGN_IN_FAILED, SIGN_IN, at, person_id=person_id, personal=personal)


def left(engine: Engine, now: datetime) -> set[UUID]:
    """The entries whose values are left after a worker's turn."""
    Forgetting(engine, DAY, KEPT).turn(now)
    with transaction(engine) as session:
        return set(session.exec(select(AuditPersonalValue.entry_id)))


def test_an_address_goes_after_its_period_and_other_values_stay(engine: Engine, now: datetime) -> None:
    with transaction(engine) as session:
        old, young = refuse(session, now - KEPT), refuse(session, now - KEPT + DAY)
        other = refuse(session, now - 2 * KEPT, reason="a claim")
    assert left(engine, now) == {young, other}
    assert left(engine, now + DAY) == {other}
    with transaction(engine) as session:
        assert {old, young} <= {one.id for one in session.exec(select(AuditEntry))}


@pytest.mark.parametrize(
    ("kind", "stays"), [(None, True), (RetainedKind.RECOVERY, True), (RetainedKind.PAY, False)]
)
def test_a_hold_keeps_it(engine: Engine, now: datetime, kind: RetainedKind | None, *, stays: bool) -> None:
    with transaction(engine) as session:
        hmrc = make_organisation(session, now)
        person_id, officer = (make_person(session, now, f"{one}@hmrc.gov.uk") for one in ("ada", "dora"))
        held = refuse(session, now - KEPT, person_id)
        placed = holds.place(
            session,
            now,
            person_id=person_id,
            organisation_id=hmrc.id,
            kind=kind,
            reason="An attack is looked into",
            officer_id=officer,
        )
        hold_id = placed.id
    assert (held in left(engine, now)) is stays
    with transaction(engine) as session:
        hold = holds.get(session, hold_id, {hmrc.id})
        holds.lift(session, now + DAY, hold=hold, reason="It is over", officer_id=officer)
    assert held not in left(engine, now + 2 * DAY)


def test_the_chain_holds_without_it(engine: Engine, now: datetime) -> None:
    key = CheckpointKey("key-1")
    with transaction(engine) as session:
        refuse(session, now - KEPT)
        seal(session, now)
        assert checkpoint(session, now, key.sign, entries=1)
    assert left(engine, now) == set()
    with transaction(engine) as session:
        report = verify(DatabaseTrail(session), verifier_of([key.jwk]), now)
    assert (report.verified, report.entries, report.checkpoints) == (True, 1, 1)
