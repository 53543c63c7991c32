"""A bulk move from DECC to BEIS, with HR of both and people who go along."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.bulk_move_worker import BulkMoving
from app.database import open_session, transaction
from identity.acr import SINGLE_FACTOR
from identity.sign_in.models import OneTimeCodeSecret, PasswordCredential
from identity.sign_in_policy.policy import Limits, Platform
from profiles.bulk_moves import agreeing, drafting
from profiles.bulk_moves.drafting import Draft
from profiles.bulk_moves.models import BulkMove, BulkMoveMember, BulkMoveState, MemberState
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.roles.service import permissions_of
from profiles.temporal import current, record
from profiles.transfers.models import Side
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.support.replays import replayed_on
from tests.support.snapshots import Snapshot

PLATFORM = Platform(SINGLE_FACTOR, SINGLE_FACTOR, Limits(timedelta(hours=1), timedelta(hours=12)))
START = date(2026, 4, 1)
EXPORTING, IMPORTING = Side.EXPORTING, Side.IMPORTING


@dataclass
class Moving:
    """Who takes part. ``now`` is the clock of the worker and of officers."""

    engine: Engine
    now: datetime
    decc: OrganisationView
    beis: OrganisationView
    preparer: UUID
    decc_officer: UUID
    beis_officer: UUID
    people: list[UUID]

    def wish(self, **changes: Any) -> Draft:
        """All of DECC, from 1 April 2026."""
        return replace(Draft(self.decc.id, self.beis.id, START), **changes)

    def as_officer(self, session: Session, officer_id: UUID) -> dict[str, Any]:
        permissions = permissions_of(session, officer_id, self.now)
        return {"officer_id": officer_id, "permissions": permissions}

    def draft(self, **changes: Any) -> UUID:
        with transaction(self.engine) as session:
            officer = self.as_officer(session, self.preparer)
            return drafting.draft(session, self.now, **officer, wish=self.wish(**changes)).id

    def agree(self, move_id: UUID, side: Side, officer_id: UUID | None = None) -> None:
        officer_id = officer_id or (self.decc_officer if side is EXPORTING else self.beis_officer)
        with transaction(self.engine) as session:
            officer = self.as_officer(session, officer_id)
            agreeing.agree(session, self.now, move_id=move_id, side=side, **officer)

    def confirm(self, move_id: UUID) -> None:
        with transaction(self.engine) as session:
            officer = self.as_officer(session, self.beis_officer)
            agreeing.confirm(session, self.now, move_id=move_id, **officer)

    def cancel(self, move_id: UUID, officer_id: UUID | None = None) -> None:
        with transaction(self.engine) as session:
            officer = self.as_officer(session, officer_id or self.decc_officer)
            agreeing.cancel(session, self.now, move_id=move_id, **officer, reason="It was put off.")

    def work(self) -> None:
        """The worker does all that is due."""
        BulkMoving(self.engine, lambda: self.now, PLATFORM).everything()

    def validated(self, **changes: Any) -> UUID:
        def validate() -> UUID:
            move_id = self.draft(**changes)
            self.agree(move_id, EXPORTING)
            self.agree(move_id, IMPORTING)
            self.work()
            assert self.state(move_id) is BulkMoveState.VALIDATED
            return move_id

        return replayed_on(self.engine, ("validate", repr(self.wish(**changes)), *self._given()), validate)

    def scheduled(self, **changes: Any) -> UUID:
        move_id = self.validated(**changes)

        def schedule() -> None:
            self.confirm(move_id)
            self.work()
            assert self.state(move_id) is BulkMoveState.SCHEDULED

        replayed_on(self.engine, ("schedule", move_id, *self._given()), schedule)
        return move_id

    def _given(self) -> tuple[datetime, UUID, UUID, UUID]:
        """What the steps depend on beside the database."""
        return self.now, self.preparer, self.decc_officer, self.beis_officer

    def state(self, move_id: UUID) -> BulkMoveState:
        with open_session(self.engine, writes=False) as session:
            return session.exec(select(BulkMove.state).where(col(BulkMove.id) == move_id)).one()

    def member(self, move_id: UUID, person_id: UUID) -> BulkMoveMember:
        with open_session(self.engine, writes=False) as session:
            found = session.exec(
                select(BulkMoveMember).where(
                    col(BulkMoveMember.bulk_move_id) == move_id, col(BulkMoveMember.person_id) == person_id
                )
            ).one()
            session.expunge(found)
            return found

    def states(self, move_id: UUID) -> dict[UUID, MemberState]:
        with open_session(self.engine, writes=False) as session:
            query = select(BulkMoveMember.person_id, BulkMoveMember.state)
            return dict(session.exec(query.where(col(BulkMoveMember.bulk_move_id) == move_id)).all())


def make_moving(engine: Engine, now: datetime, *, people: int = 3) -> Moving:
    """DECC with a preparer, an officer and some others, who all keep a way in; BEIS with an officer."""
    with transaction(engine) as session:
        moving = _MOVING.setdefault(people, Snapshot(partial(_make, people=people))).put(session, now)
    return replace(moving, engine=engine, people=list(moving.people))


_MOVING: dict[int, Snapshot[Moving]] = {}
"""By how many go along."""


def _make(session: Session, now: datetime, *, people: int) -> Moving:
    decc = make_organisation(session, now, "DECC")
    beis = make_organisation(session, now, "BEIS")
    officers = [
        make_employee(session, now, place, name).person_id
        for place, name in ((decc, "peter.drafts"), (decc, "olga.agrees"), (beis, "bea.agrees"))
    ]
    for officer_id, place in zip(officers, (decc, decc, beis), strict=True):
        give_role(session, now, officer_id, Role.HR_OFFICER, place.id)
    those = [make_mover(session, now, decc, f"mover.number{n}") for n in range(people)]
    give_ways_in(session, now, officers)
    return Moving(None, now, decc, beis, *officers, those)  # type: ignore[arg-type]


def make_mover(session: Session, now: datetime, place: OrganisationView, name: str) -> UUID:
    """Somebody with a salary who signs in with a password and codes."""
    posting = make_employee(session, now, place, name)
    record(
        session,
        PayRecord(
            person_id=posting.person_id,
            employment_id=posting.employment_id,
            organisation_id=place.id,
            salary_pence=3_200_000,
            pay_reason=PayReason.APPOINTMENT,
            **PROVENANCE.stamp(now, LONG_AGO),
        ),
    )
    [address] = current(session, WorkAddress, now, now, person_id=posting.person_id)
    address.organisation_id = place.id
    session.add(address)
    give_ways_in(session, now, [posting.person_id])
    return posting.person_id


def give_ways_in(session: Session, now: datetime, person_ids: Collection[UUID]) -> None:
    for person_id in person_ids:
        session.add(PasswordCredential(person_id=person_id, password_hash="x", set_at=now))
        session.add(
            OneTimeCodeSecret(person_id=person_id, secret_encrypted=b"x", created_at=now, confirmed_at=now)
        )
