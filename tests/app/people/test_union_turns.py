"""A union and a security officer who stops somebody in the same instant: neither undoes the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app import access_changes
from app.database import open_session, transaction
from profiles.errors import Conflict
from profiles.merges.models import MergeRequest
from profiles.people import sensitive
from profiles.people.models import IdentityConfidence, IdentityEvidence
from profiles.portable_profile.changes import submit
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import start_of_day
from tests.factories.merges import Twins, make_twins


@dataclass
class Agreed:
    """A union to which the second officer has agreed, and the security officer is about to."""

    twins: Twins
    request_id: UUID

    def agree(self, session: Session, now: datetime) -> None:
        twins = replace(self.twins, session=session)
        request = session.get(MergeRequest, self.request_id)
        assert request is not None
        assert twins.as_officer(request, "security", twins.security, now) is not None


@pytest.fixture
def agreed(engine: Engine, now: datetime) -> Agreed:
    with transaction(engine) as session:
        twins = make_twins(session, now)
        request = twins.propose(now)
        twins.as_officer(request, "second", twins.second, now)
        return Agreed(twins, request.id)


def suspend(session: Session, twins: Twins, now: datetime) -> None:
    access_changes.suspend_account(
        session,
        now,
        person_id=twins.other,
        organisation_id=twins.hmrc.id,
        officer_id=twins.security,
        reason="A report",
    )


def mark(session: Session, twins: Twins, now: datetime) -> None:
    sensitive.mark(
        session,
        now,
        person_id=twins.other,
        organisation_id=twins.hmrc.id,
        officer_id=twins.security,
        reason="A threat",
    )


def add(session: Session, twins: Twins, now: datetime) -> None:
    """Another fact about the record that goes: a union moves only what it sees."""
    proof = Wanted(
        person_id=twins.other,
        organisation_id=twins.hmrc.id,
        kind=Kind.IDENTITY_PROOFING,
        action=Action.ADD,
        values={
            "confidence": IdentityConfidence.MEDIUM,
            "gpg45_profile": "",
            "evidence": IdentityEvidence.PASSPORT,
            "checked_by": "HR",
            "valid_from": start_of_day(now.date()),
        },
        reason="Passport seen",
        source="officer",
    )
    submit(session, proof, now, twins.security, alone_up_to=10)


@contextmanager
def impatient(engine: Engine) -> Iterator[Session]:
    """A session that waits for nobody, and of which nothing stays."""
    with open_session(engine, writes=True) as session:
        session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        yield session
        session.rollback()


Stops = Callable[[Session, Twins, datetime], None]


@pytest.mark.parametrize("stops", [suspend, mark, add])
def test_whoever_stops_somebody_waits_for_a_union_under_way(
    engine: Engine, agreed: Agreed, now: datetime, stops: Stops
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("writers come one after the other there")
    with transaction(engine) as uniting:
        agreed.agree(uniting, now)
        with impatient(engine) as other, pytest.raises(OperationalError, match="lock timeout"):
            stops(other, agreed.twins, now)


@pytest.mark.parametrize("stops", [suspend, mark])
def test_a_union_waits_for_whoever_is_stopping_somebody(
    engine: Engine, agreed: Agreed, now: datetime, stops: Stops
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("writers come one after the other there")
    with transaction(engine) as stopping:
        stops(stopping, agreed.twins, now)
        with impatient(engine) as uniting, pytest.raises(OperationalError, match="lock timeout"):
            agreed.agree(uniting, now)
    with pytest.raises(Conflict, match="Security officers must end"), transaction(engine) as uniting:
        agreed.agree(uniting, now)


def test_a_union_waits_for_whoever_adds_to_a_record(engine: Engine, agreed: Agreed, now: datetime) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("writers come one after the other there")
    with transaction(engine) as adding:
        add(adding, agreed.twins, now)
        with impatient(engine) as uniting, pytest.raises(OperationalError, match="lock timeout"):
            agreed.agree(uniting, now)


@pytest.mark.parametrize("stops", [suspend, mark, add])
def test_who_comes_after_the_union_learns_that_the_record_is_part_of_another(
    engine: Engine, agreed: Agreed, now: datetime, stops: Stops
) -> None:
    with transaction(engine) as uniting:
        agreed.agree(uniting, now)
    with pytest.raises(Conflict, match=r"part of another (one )?now"), transaction(engine) as session:
        stops(session, agreed.twins, now)
