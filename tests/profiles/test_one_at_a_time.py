"""What cannot be so twice at once is refused, in words that say what there is already."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.clearances.models import Sponsorship, SponsorshipKind
from profiles.employments.models import Posting, PostingKind
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict
from profiles.roles.models import Role, RoleAssignment
from profiles.temporal import Fact, record
from tests.factories.apps import make_app
from tests.factories.clearances import make_clearance
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_employee

MONTH = timedelta(days=30)


class Making:
    """Facts of somebody at HMRC, each for a month, that differ in what is given."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.hmrc, self.home_office = (make_organisation(session, now, code) for code in ("HMRC", "HO"))
        self.post = make_employee(session, now, self.hmrc, "ada.byron")
        self.person_id = self.post.person_id
        self.clearance = make_clearance(session, now, self.person_id, self.hmrc)

    def share(self, **changes: Any) -> Fact:
        values = {"clearance_id": self.clearance.fact_id, "kind": SponsorshipKind.SHARED}
        return self._made(Sponsorship, values | {"organisation_id": self.home_office.id} | changes)

    def post_on_loan(self, **changes: Any) -> Fact:
        same = {"employment_id", "local_grade", "job_title"}
        values = self.post.model_dump(include=same) | {"organisation_id": self.home_office.id}
        return self._made(Posting, values | {"kind": PostingKind.HOST} | changes)

    def grant(self, **changes: Any) -> Fact:
        app_id = changes.pop("app_id", None) or make_app(self.session, self.now, self.hmrc).id
        values = {"app_id": app_id, "role_name": "caseworker", "approved_by": self.person_id}
        return self._made(Entitlement, values | changes)

    def role(self, **changes: Any) -> Fact:
        values = {"role": Role.AUDITOR, "organisation_id": self.hmrc.id}
        return self._made(RoleAssignment, values | changes)

    def _made(self, model: type[Fact], values: dict[str, Any]) -> Fact:
        months = values.pop("months", (0, 1))
        span = (self.now + MONTH * month for month in months)
        return record(
            self.session, model(person_id=self.person_id, **values, **PROVENANCE.stamp(self.now, *span))
        )


@pytest.fixture
def making(session: Session, now: datetime) -> Making:
    return Making(session, now)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("share", "is shared with that organisation at that time"),
        ("post_on_loan", "have a post on loan there at that time"),
        ("role", "hold this role there at that time"),
    ],
)
def test_the_same_twice_at_once_is_refused(making: Making, kind: str, said: str) -> None:
    make = getattr(making, kind)
    make()
    make(months=(1, 2))
    with pytest.raises(Conflict, match=said):
        make(months=(0.5, 3))
    make(organisation_id=making.home_office.id if kind == "role" else making.hmrc.id)


def test_a_role_of_an_app_is_given_by_hand_once_at_a_time(making: Making) -> None:
    app_id: UUID = making.grant().app_id  # type: ignore[attr-defined]
    making.grant(app_id=app_id, months=(1, 2))
    with pytest.raises(Conflict, match="given by hand at that time"):
        making.grant(app_id=app_id, months=(1.5, 3))
    making.grant(app_id=app_id, role_name="manager")


def test_the_platform_is_administered_once_at_a_time_beside_what_is_held_elsewhere(making: Making) -> None:
    on_the_platform = {"role": Role.PLATFORM_ADMINISTRATOR, "organisation_id": None}
    making.role(**on_the_platform)
    making.role(role=Role.PLATFORM_ADMINISTRATOR)
    with pytest.raises(Conflict):
        making.role(**on_the_platform)


def test_a_role_is_held_in_ones_own_right_beside_a_deputys_and_each_once(making: Making) -> None:
    for one in (making.person_id, None):
        making.role(deputy_of=one)
        with pytest.raises(Conflict):
            making.role(deputy_of=one, include_subtree=True)
