"""What an invented person's facts say, as expressions over the person's number."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, String, Uuid, case, func, literal
from sqlalchemy import cast as sql_cast
from sqlmodel import col

from app.demo import PROVENANCE
from profiles.apps.models import App
from profiles.organisations.models import Organisation
from profiles.portable_profile.kinds import Kind
from profiles.temporal import start_of_day

BEGAN = (date(2016, 4, 1), date(2019, 4, 1), date(2022, 4, 1))
"""When each of the three facts of a kind begins and is recorded, and the one before it ends."""
LABELS = ("Officer", "Higher Officer", "Senior Officer")
CAME_AT = datetime(2016, 3, 1, tzinfo=UTC)
_NO_ID_OF_A_FACT = "000"


def person_id(number: int) -> UUID:
    """The id of the person with this number, as the expressions make it."""
    return UUID(f"{_milliseconds(CAME_AT) + number:012x}7{_NO_ID_OF_A_FACT}8000{number:012x}")


class Invented:
    """One version of each kind; ids are UUIDv7's, as old as the fact that they name."""

    def __init__(self, dialect: str, number: ColumnElement[int], version: int = 0) -> None:
        self._dialect, self._number = dialect, number
        self._begins = start_of_day(BEGAN[version])
        self._ends = [*(start_of_day(day) for day in BEGAN[1:]), None][version]
        self.person_id = self._id(CAME_AT, _NO_ID_OF_A_FACT)

    def values(self, kind: Kind) -> dict[str, Any]:
        """Every column that any kind has; whoever asks takes those of this one."""
        number = sql_cast(self._number, String)
        return (
            _SAID
            | PROVENANCE.stamp(self._begins, self._begins, self._ends)
            | {
                "id": self._id(self._begins, f"{list(Kind).index(kind):02x}0"),
                "fact_id": self._fact_id(kind),
                "person_id": self.person_id,
                "approved_by": self.person_id,
                "organisation_id": col(Organisation.id),
                "app_id": col(App.id),
                "employment_id": self._fact_id(Kind.EMPLOYMENT),
                "clearance_id": self._fact_id(Kind.CLEARANCE),
                "office_id": self._fact_id(Kind.OFFICE),
                "family_name": literal("Example") + number,
                "search_key": literal("ann example") + number,
                "address": literal("ann.") + number + literal("@bench.gov.uk"),
                "number": literal("B") + number,
                "local_grade": case(
                    {place: literal(label) for place, label in enumerate(LABELS)},
                    value=self._number % len(LABELS),
                ),
                "kind": _KINDS.get(kind),
            }
        )

    def _fact_id(self, kind: Kind) -> ColumnElement[UUID]:
        return self._id(self._begins, f"{list(Kind).index(kind):02x}1")

    def _id(self, at: datetime, which: str) -> ColumnElement[UUID]:
        moment = self._hexadecimal(literal(_milliseconds(at), BigInteger) + self._number)
        return sql_cast(moment + literal(f"7{which}8000") + self._hexadecimal(self._number), Uuid())

    def _hexadecimal(self, number: Any) -> ColumnElement[str]:
        if self._dialect == "sqlite":
            return func.printf("%012x", number, type_=String())
        return func.lpad(func.to_hex(number), 12, "0", type_=String())


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


_KINDS = {
    Kind.POSTING: "home",
    Kind.SPONSORSHIP: "primary",
    Kind.CAVEAT: "addition",
    Kind.CLEARANCE_EVENT: "reviewed",
    Kind.ALLOWANCE: "on_call",
}
_SAID: dict[str, Any] = {
    "superseded_at": None,
    "superseded_by": None,
    "load_id": None,
    "line_manager_id": None,
    "required_clearance": None,
    "given_names": "Ann",
    "middle_names": "",
    "known_as": "",
    "born_on": date(1980, 1, 1),
    "confidence": "medium",
    "gpg45_profile": "M1A",
    "evidence": "passport",
    "checked_by": "Vetting team",
    "is_verified": False,
    "continuous_service_from": BEGAN[0],
    "contract_type": "permanent",
    "return_on": date(2099, 1, 1),
    "job_title": "Analyst",
    "profession": "Operational Delivery",
    "unit": "",
    "location": "",
    "level": "SC",
    "status": "active",
    "decided_on": BEGAN[0],
    "expires_on": date(2099, 1, 1),
    "extended_from": None,
    "review_due_on": None,
    "name": "STRAP 2",
    "reference": "",
    "mitigations": "Escorted",
    "salary_pence": 3_500_000,
    "amount_pence": 100_000,
    "currency": "GBP",
    "scale": "",
    "scale_minimum_pence": None,
    "scale_maximum_pence": None,
    "fte_thousandths": 1000,
    "pay_reason": "award",
    "mark_time_until": None,
    "scheme": "alpha",
    "member_number": "",
    "leave_year_from": BEGAN[0],
    "entitlement_hundredths": 2500,
    "carried_over_hundredths": 0,
    "taken_hundredths": 0,
    "period_from": BEGAN[0],
    "period_to": BEGAN[1],
    "absent_hundredths": 100,
    "occasions": 1,
    "role": "auditor",
    "role_name": "role0",
    "include_subtree": False,
    "deputy_of": None,
    "operator_id": None,
}
