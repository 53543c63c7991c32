"""An app of HMRC for HEO and above, its two owners, and people of two organisations."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from profiles.access_policy.foreseen import Foreseen
from profiles.access_policy.models import PolicyChange
from profiles.access_policy.service import Wanted, approve, submit, wanted_by
from profiles.apps.models import AccessRule
from profiles.employments.models import Posting
from profiles.entitlements.who_may_use import Roles, who_may_use
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from profiles.temporal import current
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee


@dataclass(frozen=True)
class Owned:
    """What the tests change, and who changes it."""

    session: Session
    now: datetime
    hmrc: OrganisationView
    home_office: OrganisationView
    app_id: UUID
    owner: UUID
    second: UUID
    people: tuple[UUID, ...]

    @property
    def rule(self) -> AccessRule:
        return current(self.session, AccessRule, self.now, self.now, app_id=self.app_id)[0]

    def employ(self, name: str, organisation: OrganisationView | None = None, **how: object) -> Posting:
        return make_employee(self.session, self.now, organisation or self.hmrc, name, **how)

    def users(self, at: datetime) -> dict[UUID, Roles]:
        return dict(who_may_use(self.session, self.app_id, at, self.now))

    def submit(
        self, wanted: Wanted, *, alone_up_to: int = 0, gaining_above: int = 0, by: UUID | None = None
    ) -> PolicyChange:
        foreseen = self.foresee(wanted)
        return submit(
            self.session,
            wanted,
            foreseen,
            self.now,
            by or self.owner,
            reason="The board decided",
            alone_up_to=alone_up_to,
            gaining_above=gaining_above,
        )

    def approve(
        self, change: PolicyChange, by: UUID, *, at: datetime | None = None, gaining_above: int = 0
    ) -> None:
        """Approve as one does where everybody may who gains access by it."""
        foreseen = wanted_by(change).foresee(self.session, at or self.now)
        approve(self.session, change, foreseen, at or self.now, by, gaining_above=gaining_above)

    def foresee(self, wanted: Wanted) -> Foreseen:
        return wanted.foresee(self.session, self.now)


@pytest.fixture
def owned(session: Session, now: datetime) -> Owned:
    hmrc, home_office = make_organisation(session, now), make_organisation(session, now, "HO")
    app = make_app(session, now, hmrc)
    make_rule(session, now, app, organisation_id=hmrc.id, grade_from="HEO")
    officers = [
        make_employee(session, now, hmrc, f"{one}.owner", local_grade="Officer") for one in ("ann", "bob")
    ]
    for one in officers:
        give_role(session, now, one.person_id, Role.APP_OWNER, hmrc.id)
    people = (
        make_employee(session, now, hmrc, "hana.higher").person_id,
        make_employee(session, now, hmrc, "olu.officer", local_grade="Officer").person_id,
        make_employee(session, now, home_office, "hugo.home").person_id,
    )
    owner, second = (one.person_id for one in officers)
    return Owned(session, now, hmrc, home_office, app.id, owner, second, people)
