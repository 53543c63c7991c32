"""Many people of one organisation, put into the database as rows: with what an ordinary record holds."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel

from identity.sign_in.models import OneTimeCodeSecret, PasswordCredential
from profiles.bulk_rows import insert_many
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import Clearance, ClearanceStatus, Sponsorship, SponsorshipKind
from profiles.columns import new_id
from profiles.employments.models import ContractType, Employment, Posting, PostingKind
from profiles.imports.records.facts import plain
from profiles.leave.models import AbsenceSummary, LeaveBalance
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayReason, PayRecord, PensionMembership, PensionScheme
from profiles.people.models import Person, PersonName, WorkAddress
from tests.factories.organisations import LONG_AGO, PROVENANCE

SINCE = date(2018, 4, 1)
CLEARED_EVERY = 5
"""One of so many is cleared."""
GRADES = ("Officer", "Higher Officer", "Senior Officer")


def make_crowd(session: Session, now: datetime, place: OrganisationView, number: int) -> list[UUID]:
    """So many people of the organisation, who sign in with a password and codes."""
    people = [new_id() for _ in range(number)]
    _insert(session, Person, ({"id": one, "created_at": now} for one in people))
    _insert(session, PersonName, (_fact(now, one) | _name(n) for n, one in enumerate(people)))
    here = {"organisation_id": place.id}
    domain = f"{place.code.lower()}.gov.uk"
    addresses = ({"address": f"mover.{n}@{domain}"} | here for n in range(number))
    _insert(session, WorkAddress, (_fact(now, p) | a for p, a in zip(people, addresses, strict=True)))
    _insert_work(session, now, here, people)
    cleared = people[::CLEARED_EVERY]
    clearances = [_fact(now, one) | _clearance() for one in cleared]
    _insert(session, Clearance, clearances)
    sponsored = (
        _fact(now, one["person_id"])
        | {"clearance_id": one["fact_id"], "kind": SponsorshipKind.PRIMARY, **here}
        for one in clearances
    )
    _insert(session, Sponsorship, sponsored)
    _insert(
        session,
        PasswordCredential,
        ({"person_id": one, "password_hash": "x", "set_at": now} for one in people),
    )
    _insert(
        session,
        OneTimeCodeSecret,
        (
            {"person_id": one, "secret_encrypted": "00", "created_at": now, "confirmed_at": now}
            | {"last_step": 0}
            for one in people
        ),
    )
    return people


def _insert_work(session: Session, now: datetime, here: dict[str, Any], people: list[UUID]) -> None:
    employments = [
        _fact(now, one)
        | {"number": f"{n:06}", "continuous_service_from": SINCE, "contract_type": ContractType.PERMANENT}
        | here
        for n, one in enumerate(people)
    ]
    _insert(session, Employment, employments)
    of_each: dict[type[SQLModel], dict[str, Any]] = {
        Posting: {"kind": PostingKind.HOME, "job_title": "Policy adviser", "profession": "Policy"}
        | {"unit": "", "location": "London", "line_manager_id": None, "required_clearance": None},
        PayRecord: {"salary_pence": 3_500_000, "currency": "GBP", "scale": "", "location": "London"}
        | {"fte_thousandths": 1000, "pay_reason": PayReason.APPOINTMENT},
        PensionMembership: {"scheme": PensionScheme.ALPHA, "member_number": ""},
        LeaveBalance: {"leave_year_from": SINCE, "entitlement_hundredths": 2500}
        | {"carried_over_hundredths": 0, "taken_hundredths": 300},
        AbsenceSummary: {"period_from": SINCE, "period_to": SINCE, "absent_hundredths": 0, "occasions": 0},
    }
    for model, values in of_each.items():
        rows = []
        for n, employment in enumerate(employments):
            made = _fact(now, employment["person_id"]) | {"employment_id": employment["fact_id"]} | here
            made |= values | ({"local_grade": GRADES[n % 3]} if model is Posting else {})
            rows.append(made)
        _insert(session, model, rows)


def _fact(now: datetime, person_id: UUID) -> dict[str, Any]:
    stamp = PROVENANCE.stamp(now, LONG_AGO)
    return {"id": new_id(), "fact_id": new_id(), "person_id": person_id} | stamp


def _name(number: int) -> dict[str, Any]:
    family = "B" + f"{number:06}".translate(str.maketrans("0123456789", "abcdefghij"))
    return {"given_names": "Ada", "middle_names": "", "family_name": family, "known_as": ""} | {
        "search_key": f"ada {family.lower()}"
    }


def _clearance() -> dict[str, Any]:
    return {"level": ClearanceLevel.SC, "status": ClearanceStatus.ACTIVE} | {
        "decided_on": date(2022, 1, 1),
        "expires_on": date(2031, 12, 31),
    }


def _insert(session: Session, model: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    made = [{name: plain(value) for name, value in row.items()} for row in rows]
    insert_many(session, model.__table__, made)  # type: ignore[attr-defined]
