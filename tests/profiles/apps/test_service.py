"""Apps, their roles, rules and agreements are refused when a value is wrong."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from profiles.apps import roles, service
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import PostingKind
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations.grades import CommonGrade
from tests.factories.apps import make_agreement, make_app, make_rule
from tests.factories.organisations import INITIATOR, make_organisation


def test_the_words_of_rules_are_those_of_the_domain() -> None:
    assert {kind.value for kind in PostingKind} == service.POSTING_KINDS
    assert {level.value for level in ClearanceLevel} == service.CLEARANCE_LEVELS


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({"role_name": "king"}, "role_name"),
        ({"grade_from": CommonGrade.G7, "grade_to": CommonGrade.EO}, "grade_from"),
        ({"posting_kind": "guest"}, "posting_kind"),
        ({"least_clearance": "TOP"}, "least_clearance"),
        ({"least_clearance": "sc"}, "least_clearance"),
    ],
)
def test_a_rule_that_could_never_be_met_is_refused(
    session: Session, now: datetime, conditions: dict[str, Any], field: str
) -> None:
    app = make_app(session, now, make_organisation(session, now))

    with pytest.raises(Invalid) as refused:
        make_rule(session, now, app, **conditions)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"contact": ""}, "contact"),
        ({"home_url": "casework"}, "home_url"),
        ({"home_url": "javascript:alert(1)"}, "home_url"),
    ],
)
def test_an_app_with_a_wrong_value_is_refused(
    session: Session, now: datetime, changes: dict[str, str], field: str
) -> None:
    values = {"name": "Casework", "home_url": "https://casework.example/", "contact": "desk"} | changes
    organisation = make_organisation(session, now)

    with pytest.raises(Invalid) as refused:
        service.create_app(session, now, INITIATOR, organisation_id=organisation.id, **values)

    assert refused.value.field == field


@pytest.mark.parametrize("claim", ["salary", "meets_clearance:TOP", "NAME", ""])
def test_an_agreement_with_an_unknown_claim_is_refused(session: Session, now: datetime, claim: str) -> None:
    app = make_app(session, now, make_organisation(session, now), claims=None)

    with pytest.raises(Invalid) as refused:
        make_agreement(session, now, app, ["name", claim])

    assert refused.value.field == "claims"


def test_two_agreements_at_once_are_refused(session: Session, now: datetime) -> None:
    app = make_app(session, now, make_organisation(session, now), agreed_until=now + timedelta(days=1))

    with pytest.raises(Conflict):
        make_agreement(session, now, app, valid_from=now)


def test_an_agreement_keeps_its_claims_sorted_and_once(session: Session, now: datetime) -> None:
    app = make_app(session, now, make_organisation(session, now), claims=["name", "grade", "name"])

    agreement = service.find_agreement(session, app.id, now)

    assert agreement is not None
    assert agreement.claims == ["grade", "name"]


def test_a_role_of_the_same_name_is_refused(session: Session, now: datetime) -> None:
    app = make_app(session, now, make_organisation(session, now))

    with pytest.raises(Conflict):
        roles.add_role(session, now, INITIATOR, app.id, "manager", "Boss")


def test_roles_come_with_the_most_powerful_first(session: Session, now: datetime) -> None:
    app = make_app(session, now, make_organisation(session, now))

    assert [role.name for role in service.roles_of(session, app.id)] == ["manager", "caseworker"]


def test_apps_are_listed_by_organisation_and_name(session: Session, now: datetime) -> None:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    zebra, other = make_app(session, now, hmrc, "Zebra"), make_app(session, now, home_office, "Other")
    apple = make_app(session, now, hmrc, "Apple")

    assert list(service.apps_of(session, [hmrc.id])) == [apple, zebra]
    assert list(service.apps_of(session)) == [apple, other, zebra]


def test_an_unknown_app_is_not_found(session: Session, now: datetime) -> None:
    organisation = make_organisation(session, now)

    with pytest.raises(NotFound):
        service.get(session, organisation.id)
