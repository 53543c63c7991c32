"""An owner of HMRC's apps, and a client of one of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.database import open_session
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

    engine: Engine
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
        with self.reading() as session:
            return session.exec(select(App.id).where(App.name == name)).one()

    def clients(self) -> list[Client]:
        """The app's clients as the database has them now."""
        with self.reading() as session:
            return service.list_for_app(session, self.app_id)

    def audited(self, event: str) -> list[AuditEntry]:
        """The entries of this event by the owner."""
        query = select(AuditEntry).where(
            AuditEntry.event == event, AuditEntry.initiator == str(self.person_id)
        )
        with self.reading() as session:
            return list(session.exec(query))

    def reading(self) -> Session:
        """A look at what is committed."""
        return open_session(self.engine, writes=False)


@pytest.fixture
def owned(app: Flask, move: Move) -> Owned:
    """HMRC's app and its owner."""
    person_id = make_employee(move.session, move.now, move.hmrc, "oona.owner").person_id
    give_role(move.session, move.now, person_id, Role.APP_OWNER, move.hmrc.id)
    app_id = move.session.exec(select(App.id).where(App.name == "Tax Desk")).one()
    move.session.commit()
    return Owned(app.extensions["engine"], move, app_id, person_id)


@pytest.fixture
def owner(app: Flask, owned: Owned) -> Visitor:
    """The owner at a browser, freshly signed in."""
    return sign_in(app, owned.person_id)
