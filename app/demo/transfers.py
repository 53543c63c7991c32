"""Transfers in the demonstration, at different points: invented people of HMRC join the Home Office.

One waits for what the employee and HMRC have to say, one for the Home Office's approval, one for its start
date, and one began on the day it is loaded and waits for payroll.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from uuid import UUID

from sqlmodel import Session, col, select

from app.demo.accounts import ACCOUNTS
from app.demo.bulk_moves import invented_passkey
from app.demo.officers import officer, person
from app.demo.people import find_person
from profiles.bulk_moves.models import BulkMoveMember
from profiles.employments.models import Employment
from profiles.temporal import as_of, civil_date
from profiles.transfers import codes, employees_part, first_morning, managers, service
from profiles.transfers.models import Side, Transfer
from profiles.transfers.preparing import prepare
from profiles.transfers.terms import Terms


class Reached(IntEnum):
    """How far one has come: each point includes those before it."""

    PREPARED = 0
    RELEASED = 1
    APPROVED = 2


@dataclass(frozen=True)
class Move:
    """A transfer to load: how far it has come, and in how many days it begins."""

    reached: Reached
    begins_in: int
    number: str


MOVES = (
    Move(Reached.PREPARED, 42, "HO-800001"),
    Move(Reached.RELEASED, 28, "HO-800002"),
    Move(Reached.APPROVED, 21, "HO-800003"),
    Move(Reached.APPROVED, 0, "HO-800004"),
)
CODE_LASTS = timedelta(hours=1)


def load_transfers(session: Session, now: datetime, organisations: Mapping[str, UUID]) -> int:
    """Begin them, if none was begun; return how many were made. The bulk move's people are not among them."""
    if session.exec(select(Transfer.id).where(col(Transfer.employment_number) == MOVES[0].number)).first():
        return 0
    named = [found for one in ACCOUNTS if (found := find_person(session, one)) is not None]
    query = select(Employment.person_id).where(
        as_of(Employment, now, now),
        col(Employment.organisation_id) == organisations["HMRC"],
        col(Employment.person_id).not_in(named),
        col(Employment.person_id).not_in(select(BulkMoveMember.person_id)),
    )
    employees = session.exec(query.order_by(col(Employment.number)).limit(len(MOVES))).all()
    for move, employee in zip(MOVES, employees, strict=True):
        _load(session, now, organisations["HO"], move, employee)
    return len(employees)


def _load(session: Session, now: datetime, home_office: UUID, move: Move, employee: UUID) -> None:
    passkey = invented_passkey(employee, now)
    session.add(passkey)
    code, _ = codes.make_code(session, employee, now, CODE_LASTS)
    transfer = prepare(
        **officer(session, now, "Omar Hughes"),
        importing_organisation_id=home_office,
        unverified_code=code,
        terms=_terms(move, civil_date(now)),
    )
    if move.reached is Reached.PREPARED:
        return
    said = {"transfer_id": transfer.id, "person_id": employee}
    employees_part.confirm_details(session, now, **said)
    employees_part.accept_terms(session, now, **said)
    way_in = f"passkey:{passkey.id}"
    first_morning.confirm(session, now, **said, ways_in=[way_in], way_in=way_in)
    _hear_managers(session, now, transfer)
    sides = (Side.EXPORTING,) if move.reached is Reached.RELEASED else (Side.EXPORTING, Side.IMPORTING)
    for side in sides:
        service.approve(
            **officer(session, now, "Harriet Khan" if side is Side.EXPORTING else "Olivia Ward"),
            transfer_id=transfer.id,
            side=side,
            ways_in=[way_in],
            records_released=side is Side.EXPORTING,
        )
    service.advance(session, transfer, now)


def _hear_managers(session: Session, now: datetime, transfer: Transfer) -> None:
    """The old one and the new one are named by HR, and the old one has confirmed."""
    for side, hr, address in (
        (Side.EXPORTING, "Gethin Rees", "aled.price@hmrc.gov.uk"),
        (Side.IMPORTING, "Omar Hughes", "ines.fraser@homeoffice.gov.uk"),
    ):
        managers.name_manager(
            **officer(session, now, hr), transfer_id=transfer.id, unverified_address=address, side=side
        )
    managers.confirm(session, now, transfer_id=transfer.id, person_id=person(session, "Aled Price"))


def _terms(move: Move, today: date) -> Terms:
    return Terms(
        start_date=today + timedelta(days=move.begins_in),
        last_day=None,
        local_grade="EO",
        job_title="Visa Caseworker",
        profession="Operational Delivery",
        unit="Visas and Citizenship",
        location="Croydon",
        employment_number=move.number,
        work_address=f"{move.number.lower()}@homeoffice.gov.uk",
        salary_pence=2_987_000,
        bpss_checked_on=today,
    )
