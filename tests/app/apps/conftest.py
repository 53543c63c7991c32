"""An owner of HMRC's apps, and a client of one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlmodel import select

from identity.clients import service
from identity.clients.models import Client
from identity.clients.service import ClientCredentials
from profiles.apps.models import App
from profiles.audit.models import AuditEntry
from profiles.roles.models import Role
from tests.factories.organisations import INITIATOR
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor

REDIRECT_URI = "https://tax-desk.example/callback"


@dataclass(frozen=True)
class Owned:
    """An app of HMRC, with what its owner's pages are about; everything is committed."""

    move: Move
    app_id: UUID
    person_id: UUID

    @property
    def path(self) -> str:
        """The address of the app's page."""
        return f"/apps/{self.app_id}"

    def register(self, **metadata: Any) -> ClientCredentials:
        """A client of the app."""
        asked = {"client_name": "Tax Desk", "redirect_uris": [REDIRECT_URI], "development": False} | metadata
        made = service.register(self.move.session, self.move.now, INITIATOR, app_id=self.app_id, **asked)
        self.move.session.commit()
        return made

    def app_of(self, name: str) -> UUID:
        """The id of any app."""
        query = select(App.id).where(App.name == name)
        return UUID(str(self._read(lambda: [self.move.session.exec(query).one()])[0]))

    def clients(self) -> list[Client]:
        """The app's clients as the database has them now."""
        return self._read(lambda: service.list_for_app(self.move.session, self.app_id))

    def audited(self, event: str) -> list[AuditEntry]:
        """The entries of this event by the owner."""
        query = select(AuditEntry).where(
            AuditEntry.event == event, AuditEntry.initiator == str(self.person_id)
        )
        return self._read(lambda: list(self.move.session.exec(query)))

    def _read(self, query: Callable[[], list[Any]]) -> list[Any]:
        self.move.session.expire_all()
        found = query()
        self.move.session.rollback()
        return found


@pytest.fixture
def owned(move: Move) -> Owned:
    """HMRC's app and its owner."""
    person_id = make_employee(move.session, move.now, move.hmrc, "oona.owner").person_id
    give_role(move.session, move.now, person_id, Role.APP_OWNER, move.hmrc.id)
    app_id = move.session.exec(select(App.id).where(App.name == "Tax Desk")).one()
    move.session.commit()
    return Owned(move, app_id, person_id)


@pytest.fixture
def owner(app: Flask, owned: Owned) -> Visitor:
    """The owner at a browser, freshly signed in."""
    return sign_in(app, owned.person_id)
