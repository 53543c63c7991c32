"""Apps with roles, rules and an agreement for tests."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlmodel import Session

from profiles.apps import roles, service
from profiles.apps.models import App, LawfulBasis
from profiles.organisations.service import OrganisationView
from tests.factories.organisations import INITIATOR, LONG_AGO, PROVENANCE

CLAIMS = ("name", "email", "organisation", "grade", "roles")


def make_app(
    session: Session,
    now: datetime,
    organisation: OrganisationView,
    name: str = "Casework",
    *,
    claims: Collection[str] | None = CLAIMS,
    agreed_until: datetime | None = None,
) -> App:
    """An app that knows caseworkers and, above them, managers; with ``claims`` None it has no agreement."""
    app = service.create_app(
        session,
        now,
        INITIATOR,
        organisation_id=organisation.id,
        name=name,
        home_url=f"https://{name.lower().replace(' ', '-')}.example/",
        contact=f"desk@{organisation.code.lower()}.gov.uk",
    )
    roles.add_role(session, now, INITIATOR, app.id, "caseworker", "Caseworker", 1)
    roles.add_role(session, now, INITIATOR, app.id, "manager", "Manager", 2)
    if claims is not None:
        make_agreement(session, now, app, claims, valid_to=agreed_until)
    return app


def make_agreement(
    session: Session,
    now: datetime,
    app: App,
    claims: Collection[str] = CLAIMS,
    *,
    valid_from: datetime = LONG_AGO,
    valid_to: datetime | None = None,
    purpose: str = "to open your cases",
    dpia_reference: str = "",
    suppliers: str = "",
) -> None:
    """An agreement of the app on the basis of public task."""
    service.agree(
        session,
        now,
        PROVENANCE,
        INITIATOR,
        app_id=app.id,
        purpose=purpose,
        lawful_basis=LawfulBasis.PUBLIC_TASK,
        claims=claims,
        retention="two years",
        contact="dpo@example.gov.uk",
        valid_from=valid_from,
        valid_to=valid_to,
        dpia_reference=dpia_reference,
        suppliers=suppliers,
    )


def make_rule(
    session: Session, now: datetime, app: App, role_name: str = "caseworker", **conditions: Any
) -> None:
    """A rule of the app since long ago."""
    chosen = {"valid_from": LONG_AGO} | conditions
    service.add_rule(session, now, PROVENANCE, INITIATOR, app_id=app.id, role_name=role_name, **chosen)
