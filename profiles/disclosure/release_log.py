"""Who has seen a person's data: written at each first release, read by the person."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func
from sqlmodel import Session, col, select

from profiles.apps.models import Agreement, App
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.disclosure.claims import in_words
from profiles.disclosure.models import Disclosure
from profiles.disclosure.notices import LAWFUL_BASES
from profiles.disclosure.once import insert_once
from profiles.entitlements.explanation import Sentence
from profiles.organisations.models import OrganisationDetail
from profiles.temporal import as_of

PAGE_SIZE = 25


@dataclass(frozen=True)
class ReleaseLine:
    """One release; ``claims`` say in words what was told, never the values."""

    app_name: str
    organisation_name: str
    claims: tuple[Sentence, ...]
    purpose: str
    lawful_basis: str
    contact: str
    released_at: datetime


@dataclass(frozen=True)
class ReleasePage:
    """One page of releases, the newest first; ``total`` counts all pages."""

    lines: Sequence[ReleaseLine]
    total: int
    page: int
    pages: int


def write_down(
    session: Session,
    person_id: UUID,
    app_id: UUID,
    *,
    agreement_id: UUID,
    claims: Collection[str],
    session_reference: str,
    now: datetime,
) -> bool:
    """Log a release, once per session, app, agreement's version and set of claims; say whether it is new."""
    named = sorted(claims)
    values = {
        "id": new_id(),
        "person_id": person_id,
        "app_id": app_id,
        "agreement_id": agreement_id,
        "claims": named,
        "claims_digest": hashlib.sha256(json.dumps([str(agreement_id), named]).encode()).hexdigest(),
        "session_reference": session_reference,
        "released_at": now,
    }
    is_new = insert_once(session, Disclosure, values)
    if is_new:
        append(
            session,
            Event.DISCLOSED,
            Initiator.system("disclosure"),
            now,
            person_id=person_id,
            app_id=app_id,
            details={"agreement_id": str(agreement_id), "claims": named},
        )
    return is_new


def release_log(session: Session, person_id: UUID, now: datetime, page: int = 1) -> ReleasePage:
    """A page of what apps were told about a person, the newest first. Pages start at 1."""
    total = session.exec(
        select(func.count()).select_from(Disclosure).where(col(Disclosure.person_id) == person_id)
    ).one()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    its_organisation = and_(
        col(OrganisationDetail.organisation_id) == col(App.organisation_id),
        as_of(OrganisationDetail, now, now),
    )
    rows = session.exec(
        select(Disclosure, App, Agreement, OrganisationDetail)
        .join(App, col(App.id) == col(Disclosure.app_id))
        .join(Agreement, col(Agreement.id) == col(Disclosure.agreement_id))
        .outerjoin(OrganisationDetail, its_organisation)
        .where(col(Disclosure.person_id) == person_id)
        .order_by(col(Disclosure.id).desc())
        .offset((page - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    lines = [
        ReleaseLine(
            app_name=app.name,
            organisation_name=organisation.name if organisation else "",
            claims=in_words(disclosure.claims),
            purpose=agreement.purpose,
            lawful_basis=LAWFUL_BASES[agreement.lawful_basis],
            contact=agreement.contact,
            released_at=disclosure.released_at,
        )
        for disclosure, app, agreement, organisation in rows
    ]
    return ReleasePage(lines, total, page, pages)
