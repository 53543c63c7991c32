"""A past, a present and a coming fact of a kind, each beginning where the one before ends."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from profiles.employments.models import ContractType, Employment, PostingKind
from profiles.pay.models import AllowanceKind, PayReason, PensionScheme
from profiles.people.models import IdentityConfidence, IdentityEvidence
from profiles.portable_profile.changes import decide, submit
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.models import Action, ChangeState
from profiles.portable_profile.rules import BY_EMPLOYMENT
from profiles.portable_profile.wanted import Wanted
from profiles.roles.models import Role
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import Fact, current, history, record, start_of_day, supersede
from tests.factories.contact import make_office
from tests.factories.organisations import PROVENANCE
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move

PAST, PRESENT, COMING = (start_of_day(date(year, 1, 1)) for year in (2024, 2025, 2027))
SPANS = ((PAST, PRESENT), (PRESENT, COMING), (COMING, None))

SAID: Mapping[Kind, dict[str, Any]] = {
    Kind.NAME: {"given_names": "Priya", "family_name": "Patel", "search_key": "priya patel"},
    Kind.IDENTITY_PROOFING: {
        "confidence": IdentityConfidence.MEDIUM,
        "evidence": IdentityEvidence.PASSPORT,
        "checked_by": "HR shared services",
    },
    Kind.PHONE: {"number": "+442079460123"},
    Kind.POSTING: {"kind": PostingKind.HOME, "local_grade": "Higher Officer", "job_title": "Caseworker"},
    Kind.EMPLOYMENT: {
        "continuous_service_from": date(2020, 4, 1),
        "contract_type": ContractType.PERMANENT,
    },
    Kind.PAY: {"salary_pence": 3_000_000, "pay_reason": PayReason.AWARD},
    Kind.ALLOWANCE: {"kind": AllowanceKind.ON_CALL, "amount_pence": 100_000},
    Kind.PENSION: {"scheme": PensionScheme.ALPHA},
    Kind.LEAVE: {"leave_year_from": date(2024, 1, 1), "entitlement_hundredths": 2500},
    Kind.ABSENCE: {
        "period_from": date(2024, 1, 1),
        "period_to": date(2024, 12, 31),
        "absent_hundredths": 200,
        "occasions": 1,
    },
}
"""What each of them says."""

RIGHT: Mapping[Kind, dict[str, Any]] = {
    Kind.NAME: {"family_name": "Shah"},
    Kind.IDENTITY_PROOFING: {"checked_by": "A partner"},
    Kind.ADDRESS: {"address": "p.shah@hmrc.gov.uk"},
    Kind.PHONE: {"number": "+442079460199"},
    Kind.EMPLOYMENT: {"number": "X-9"},
    Kind.POSTING: {"job_title": "Analyst"},
    Kind.PAY: {"salary_pence": 3_100_000},
    Kind.ALLOWANCE: {"amount_pence": 120_000},
    Kind.PENSION: {"member_number": "A-1"},
    Kind.LEAVE: {"taken_hundredths": 300},
    Kind.ABSENCE: {"occasions": 2},
    Kind.OFFICE: {},
}
"""What a correction says instead."""

_EACH: Mapping[Kind, Callable[[int], dict[str, Any]]] = {
    Kind.ADDRESS: lambda number: {"address": f"priya.{number}@hmrc.gov.uk"},
    Kind.EMPLOYMENT: lambda number: {"number": f"P-{number}"},
}


def in_turn(move: Move, kind: Kind) -> list[Fact]:
    """The three of them, in the place of what there was."""
    session, model = move.session, MODELS[kind]
    (employment,) = current(session, Employment, move.now, move.now, person_id=move.employee)
    common: dict[str, Any] = {"person_id": move.employee, **SAID.get(kind, {})}
    if "organisation_id" in model.model_fields:
        common["organisation_id"] = move.hmrc.id
    if kind in BY_EMPLOYMENT:
        common["employment_id"] = employment.fact_id
    if kind is Kind.OFFICE:
        common["office_id"] = make_office(session, move.now, move.hmrc).fact_id
    for one in history(session, model, move.now, person_id=move.employee):
        supersede(session, one, move.now, None)
    return [
        record(
            session,
            model(
                **common | _EACH.get(kind, lambda _number: {})(number),
                **PROVENANCE.stamp(move.now, begins, until),
            ),
        )
        for number, (begins, until) in enumerate(SPANS)
    ]


def right(move: Move, kind: Kind) -> dict[str, Any]:
    """What a correction of such a fact says."""
    if kind is Kind.OFFICE:
        return {"office_id": make_office(move.session, move.now, move.hmrc, name="Pacific Quay").fact_id}
    return dict(RIGHT[kind])


def ask(move: Move, kind: Kind, action: Action, held: Any, **values: Any) -> ChangeState:
    """An officer asks for it a minute later; what waits a second one approves. How it was recorded."""
    move.now += timedelta(minutes=1)
    wanted = Wanted(
        move.employee, move.hmrc.id, kind, action, values, "Entered wrongly", "page:letter", held.id
    )
    change = submit(move.session, wanted, move.now, move.hmrc_officer, alone_up_to=0)
    asked_as = change.state
    if asked_as is ChangeState.WAITING:
        decide(move.session, change, move.now, _second(move), approved=True)
    return asked_as


def _second(move: Move) -> UUID:
    """Another officer, hired when first asked for."""
    name = "sam.second"
    found = find_person_by_address(move.session, f"{name}@hmrc.gov.uk", move.now)
    if found is None:
        found = make_employee(move.session, move.now, move.hmrc, name).person_id
        give_role(move.session, move.now, found, Role.HR_OFFICER, move.hmrc.id)
    return found


def told(move: Move, kind: Kind, known_at: datetime) -> list[Fact]:
    """All that was said of the kind then; copies."""
    held = history(move.session, MODELS[kind], known_at, person_id=move.employee)
    return [type(one)(**one.model_dump(exclude={"superseded_at", "superseded_by"})) for one in held]


def spans(move: Move, kind: Kind) -> list[tuple[datetime, datetime | None]]:
    """From when until when each of them is so, as it is said now."""
    return [(one.valid_from, one.valid_to) for one in told(move, kind, move.now)]
