"""An employee of HMRC of whom the Home Office's app was told, and the officers who answer for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session, select

from profiles.apps.models import App
from profiles.disclosure.models import Disclosure
from profiles.disclosure.service import release
from profiles.organisations.service import OrganisationView
from profiles.roles.models import Role
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import make_organisation
from tests.factories.people import give_role, make_employee


@dataclass(frozen=True)
class Releases:
    """Who takes part."""

    session: Session
    now: datetime
    home_office: OrganisationView
    app: App
    person: UUID
    officer: UUID

    def release(self, reference: str = "one", person_id: UUID | None = None) -> UUID:
        """One more line of the log; its id."""
        release(
            self.session,
            person_id or self.person,
            self.app.id,
            claims=frozenset({"name"}),
            session_reference=reference,
            now=self.now,
        )
        found = select(Disclosure.id).where(Disclosure.session_reference == reference)
        return self.session.exec(found).one()


@pytest.fixture
def releases(session: Session, now: datetime) -> Releases:
    hmrc, home_office = (make_organisation(session, now, code) for code in ("HMRC", "HO"))
    app = make_app(session, now, home_office, "Case Desk")
    make_rule(session, now, app)
    person = make_employee(session, now, hmrc).person_id
    officer = make_employee(session, now, home_office, "dora.data").person_id
    give_role(session, now, officer, Role.DATA_PROTECTION_OFFICER, home_office.id)
    return Releases(session, now, home_office, app, person, officer)
