"""A role given by hand needs a second person, a reason and an end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from profiles.audit.service import Initiator
from profiles.entitlements import service
from profiles.entitlements.grants import grant
from profiles.entitlements.policy import decide
from profiles.errors import Invalid, NotPermitted
from profiles.temporal import Provenance
from tests.factories.apps import make_app
from tests.factories.organisations import make_organisation
from tests.factories.people import make_employee


def _granted(session: Session, now: datetime, **changes: Any) -> Any:
    hmrc = make_organisation(session, now)
    people = {
        name: make_employee(session, now, hmrc, name).person_id for name in ("mover", "owner", "approver")
    }
    app = make_app(session, now, hmrc)
    values: dict[str, Any] = {
        "approved_by": people[changes.pop("approver", "approver")],
        "role_name": "manager",
        "valid_to": now + timedelta(days=30),
    }
    grant(
        session,
        now,
        Provenance(people["owner"], "test", changes.pop("reason", "covers for a colleague")),
        Initiator.person(people["owner"]),
        person_id=people["mover"],
        app_id=app.id,
        valid_from=now,
        **(values | changes),
    )
    return service.facts_of(session, people["mover"], now), service.rules_of(session, app.id, now)


def test_a_granted_role_holds_until_its_end(session: Session, now: datetime) -> None:
    facts, rules = _granted(session, now)

    decision = decide(facts, rules, now)

    assert (decision.roles, decision.until) == (("manager",), now + timedelta(days=30))
    assert not decide(facts, rules, now + timedelta(days=30)).allowed


@pytest.mark.parametrize("approver", ["mover", "owner"])
def test_neither_the_person_nor_who_prepared_it_approves(
    session: Session, now: datetime, approver: str
) -> None:
    with pytest.raises(NotPermitted):
        _granted(session, now, approver=approver)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role_name": "king"}, "role_name"),
        ({"reason": " "}, "reason"),
        ({"valid_to": datetime.fromisoformat("2026-03-01T00:00:00+00:00")}, "valid_to"),
    ],
)
def test_a_wrong_value_is_refused(
    session: Session, now: datetime, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        _granted(session, now, **changes)

    assert refused.value.field == field
