"""Years of loans, bulk moves and appointments, as their tables hold them, beside ``bench.moves``."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import Engine

from app.database import transaction
from app.demo.organisations import organisation_ids
from bench.bulk_loading import gather_statistics
from bench.moves import AT_ONCE
from bench.rows import Rows, add, write
from profiles.appointments.models import Appointment, AppointmentState
from profiles.bulk_moves.models import (
    BulkMove,
    BulkMoveMember,
    BulkMoveState,
    BulkMoveStep,
    MemberState,
    Reason,
)
from profiles.clearances.levels import ClearanceLevel
from profiles.columns import new_id
from profiles.employments.models import ContractType
from profiles.figures.models import BulkMoveFirstDay, LoanFirstDay
from profiles.loans.models import AgreementOutcome, Loan, LoanAgreement, LoanKind, LoanState, LoanStep, Payer
from profiles.people.models import Person
from profiles.temporal import civil_date, end_of_day, start_of_day

LOANS, RETURNS, BULK_MOVES, ON_A_LIST = 5_000, 3_000, 20, 500
"""A year, and how many people are on the list of a bulk move: conventions."""
TURNED_AWAY, APART, STUCK = 0.003, 0.03, 0.05
L, B = LoanState, BulkMoveState
_LOAN = (
    *((L.DRAFT, L.EMPLOYEE_SUBMITTED, 3), (L.EMPLOYEE_SUBMITTED, L.HOME_APPROVED, 7)),
    *((L.HOME_APPROVED, L.HOST_APPROVED, 14), (L.HOST_APPROVED, L.AGREEMENT_SIGNED, 17)),
    *((L.AGREEMENT_SIGNED, L.SCHEDULED, 20), (L.SCHEDULED, L.ON_LOAN, 40)),
    *((L.ON_LOAN, L.RETURN_DUE, 370), (L.RETURN_DUE, L.RETURNED, 405)),
)
_BULK = (
    *((B.LIST_DRAFTED, B.BOTH_AGREED, 10), (B.BOTH_AGREED, B.VALIDATED, 10.1)),
    *((B.VALIDATED, B.SCHEDULING, 15), (B.SCHEDULING, B.SCHEDULED, 15.1)),
    *((B.SCHEDULED, B.LEFT, 60), (B.LEFT, B.JOINED, 60.1), (B.JOINED, B.RECONCILING, 60.2)),
    (B.RECONCILING, B.COMPLETED, 95),
)
"""Each step with the days after which it comes, more or less."""


def make_other_moves(
    engine: Engine,
    now: datetime,
    *,
    years: int,
    loans: int = LOANS,
    returns: int = RETURNS,
    bulk_moves: int = BULK_MOVES,
    on_a_list: int = ON_A_LIST,
) -> None:
    """Fill a database that has organisations with them."""
    draw = random.Random(2)
    with transaction(engine) as session:
        places = sorted(organisation_ids(session).values())
    for a_year, make in ((loans, _loan), (returns, _return)):
        moments = _moments(draw, now, years, a_year)
        while some := list(islice(moments, AT_ONCE)):
            rows: Rows = {}
            for at in some:
                make(rows, draw, draw.sample(places, 2), at, now)
            with transaction(engine) as session:
                write(session.connection(), rows)
    for at in _moments(draw, now, years, bulk_moves):
        rows = {}
        _bulk_move(rows, draw, draw.sample(places, 2), at, now, on_a_list)
        with transaction(engine) as session:
            write(session.connection(), rows)
    gather_statistics(engine)


def _moments(draw: random.Random, now: datetime, years: int, a_year: int) -> Iterator[datetime]:
    days = 365 * years
    yield from (now - timedelta(days=days * draw.random()) for _ in range(a_year * years))


def _person(rows: Rows, at: datetime) -> UUID:
    person_id = new_id()
    add(rows, Person, id=person_id, created_at=at)
    return person_id


def _loan(rows: Rows, draw: random.Random, places: list[UUID], at: datetime, now: datetime) -> None:
    loan_id, person_id, slow = new_id(), _person(rows, at), draw.uniform(0.4, 1.6)
    stuck = draw.randrange(len(_LOAN)) if draw.random() < STUCK else len(_LOAN)
    start_date = civil_date(at + timedelta(days=40))
    begins_at = start_of_day(start_date)
    last_day = start_date + timedelta(days=364)
    taken = [
        (before, after, at + timedelta(days=days * (slow if days < 40 else 1)))
        for before, after, days in _LOAN[:stuck]
        if at + timedelta(days=days * (slow if days < 40 else 1)) <= now
    ]
    state = taken[-1][1] if taken else L.DRAFT
    add(
        rows,
        Loan,
        id=loan_id,
        person_id=person_id,
        employment_id=new_id(),
        home_organisation_id=places[0],
        host_organisation_id=places[1],
        kind=LoanKind.LOAN,
        state=state,
        in_flight=state is not L.RETURNED,
        host_informed=len(taken) > 1,
        purpose="To help with a peak.",
        start_date=start_date,
        last_day=last_day,
        begins_at=begins_at,
        ends_at=end_of_day(last_day),
        prepared_by=person_id,
        created_at=at,
    )
    add(
        rows,
        LoanAgreement,
        id=new_id(),
        loan_id=loan_id,
        number=1,
        outcome=AgreementOutcome.SIGNED if len(taken) > 3 else AgreementOutcome.OPEN,
        start_date=start_date,
        last_day=last_day,
        payer=Payer.HOST,
        required_level=ClearanceLevel.SC if draw.random() < 0.5 else None,
        proposed_by=person_id,
        proposed_at=at,
    )
    for before, after, when in taken:
        by = None if after in (L.ON_LOAN, L.RETURN_DUE) else person_id
        add(rows, LoanStep, id=new_id(), loan_id=loan_id, from_state=before, to_state=after, at=when, by=by)
    if state in (L.ON_LOAN, L.RETURN_DUE, L.RETURNED):
        add(rows, LoanFirstDay, loan_id=loan_id, **_first_day(draw, begins_at))


def _return(rows: Rows, draw: random.Random, places: list[UUID], at: datetime, now: datetime) -> None:
    person_id, start_date = _person(rows, at), civil_date(at + timedelta(days=30))
    add(
        rows,
        Appointment,
        id=new_id(),
        person_id=person_id,
        organisation_id=places[0],
        invitation_id=new_id(),
        state=AppointmentState.AGREED,
        start_date=start_date,
        begins_at=start_of_day(start_date),
        employment_number=str(person_id),
        contract_type=ContractType.PERMANENT,
        continuous_service_from=start_date,
        local_grade="Officer",
        job_title="Adviser",
        work_address=f"{person_id}@bench.gov.uk",
        salary_pence=3_000_000,
        bpss_checked_on=civil_date(at),
        prepared_by=person_id,
        created_at=at,
        accepted_at=at + timedelta(days=2),
        decided_by=person_id,
        decided_at=at + timedelta(days=4),
    )


def _bulk_move(
    rows: Rows, draw: random.Random, places: list[UUID], at: datetime, now: datetime, on_a_list: int
) -> None:
    move_id, officer_id = new_id(), _person(rows, at)
    start_date = civil_date(at + timedelta(days=60))
    starts_at = start_of_day(start_date)
    taken = [(*one[:2], at + timedelta(days=one[2])) for one in _BULK if at + timedelta(days=one[2]) <= now]
    state = taken[-1][1] if taken else B.LIST_DRAFTED
    has_moved = state in (B.RECONCILING, B.COMPLETED)
    add(
        rows,
        BulkMove,
        id=move_id,
        exporting_organisation_id=places[0],
        importing_organisation_id=places[1],
        state=state,
        by_list=True,
        start_date=start_date,
        starts_at=starts_at,
        prepared_by=officer_id,
        created_at=at,
    )
    for before, after, when in taken:
        by = officer_id if after in (B.BOTH_AGREED, B.SCHEDULING, B.COMPLETED) else None
        add(
            rows,
            BulkMoveStep,
            id=new_id(),
            bulk_move_id=move_id,
            from_state=before,
            to_state=after,
            at=when,
            by=by,
        )
    for number in range(on_a_list):
        member_id, person_id, apart = new_id(), _person(rows, at), draw.random() < APART
        paid = state is B.COMPLETED
        moved = MemberState.PAID if paid else MemberState.JOINED if has_moved else MemberState.READY
        add(
            rows,
            BulkMoveMember,
            id=member_id,
            bulk_move_id=move_id,
            person_id=person_id,
            employment_id=new_id(),
            organisation_id=places[0],
            number=str(number),
            state=MemberState.SET_APART if apart else moved,
            reason=draw.choice((Reason.SIGN_IN, Reason.ON_LOAN, Reason.LEAVING)) if apart else None,
            pay_said_at=starts_at + timedelta(days=30) if paid and not apart else None,
            first_pay_right=draw.random() > TURNED_AWAY if paid and not apart else None,
        )
        if has_moved and not apart:
            add(rows, BulkMoveFirstDay, member_id=member_id, **_first_day(draw, starts_at))


def _first_day(draw: random.Random, begins_at: datetime) -> dict[str, object]:
    return {
        "tried_on": civil_date(begins_at),
        "refused": int(draw.random() < TURNED_AWAY),
        "kept_out": False,
        "helped": False,
        "old_uses": 0,
        "looked_at": begins_at + timedelta(days=8),
    }
