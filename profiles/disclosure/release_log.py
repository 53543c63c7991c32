"""Who has seen a person's data: written at each first release, read by the person."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, literal
from sqlmodel import Session, col, select

from profiles.apps.models import Agreement, App
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.disclosure.claims import in_words
from profiles.disclosure.models import Disclosure
from profiles.disclosure.notices import LAWFUL_BASES
from profiles.disclosure.once import insert_once
from profiles.disclosure.withheld import apps_withheld
from profiles.entitlements.explanation import Sentence
from profiles.lasting import Lasting
from profiles.organisations.models import OrganisationDetail
from profiles.temporal import as_of

PAGE_SIZE = 25


@dataclass(frozen=True)
class ReleaseLine:
    """One release; ``claims`` say in words what was told, never the values."""

    disclosure_id: UUID
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


@dataclass(frozen=True)
class Release:
    """A line of the log: there is one per session, app, agreement's version and set of claims."""

    person_id: UUID
    app_id: UUID
    agreement_id: UUID
    claims: tuple[str, ...]
    """In the order of the alphabet."""
    session_reference: str

    @property
    def claims_digest(self) -> str:
        """Names the agreement's version and the claims."""
        return _digest(self.agreement_id, self.claims)


@lru_cache(maxsize=1024)
def _digest(agreement_id: UUID, claims: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([str(agreement_id), claims]).encode()).hexdigest()


_LINE = Lasting(
    select(literal(1)).where(
        col(Disclosure.session_reference) == bindparam("session_reference"),
        col(Disclosure.app_id) == bindparam("app_id"),
        col(Disclosure.claims_digest) == bindparam("claims_digest"),
    )
)


def is_written_down(session: Session, release: Release) -> bool:
    """Whether the log has this line already."""
    key = {
        "session_reference": release.session_reference,
        "app_id": release.app_id,
        "claims_digest": release.claims_digest,
    }
    return _LINE.find(session, key) is not None


def write_down(session: Session, release: Release, now: datetime) -> None:
    """Log a release, unless somebody else has written the same line meanwhile."""
    _LINE.written(session)
    claims = list(release.claims)
    values = vars(release) | {
        "id": new_id(),
        "claims": claims,
        "claims_digest": release.claims_digest,
        "released_at": now,
    }
    if insert_once(session, Disclosure, values):
        append(
            session,
            Event.DISCLOSED,
            Initiator.system("disclosure"),
            now,
            person_id=release.person_id,
            app_id=release.app_id,
            details={"agreement_id": str(release.agreement_id), "claims": claims},
        )


def release_log(
    session: Session, person_id: UUID, now: datetime, page: int = 1, *, with_records: Collection[UUID] = ()
) -> ReleasePage:
    """A page of what apps were told about a person, the newest first. Pages start at 1.

    ``with_records`` are other records that are part of theirs: each release stays where it was written down.
    What is withheld for a time is left out, and not counted.
    """
    people = {person_id, *with_records}
    whose = and_(
        col(Disclosure.person_id).in_(people), col(Disclosure.app_id).not_in(apps_withheld(people, now))
    )
    total = session.exec(select(func.count()).select_from(Disclosure).where(whose)).one()
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(1, page), pages)
    query = _lines(now).where(whose)
    query = query.order_by(col(Disclosure.id).desc()).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return ReleasePage([_line(*row) for row in session.execute(query)], total, page, pages)


def lines_of(session: Session, disclosure_ids: Collection[UUID], now: datetime) -> Mapping[UUID, ReleaseLine]:
    """These releases, by id, whoever they are about."""
    query = _lines(now).where(col(Disclosure.id).in_(disclosure_ids))
    return {line.disclosure_id: line for line in (_line(*row) for row in session.execute(query))}


def _lines(now: datetime) -> Any:
    """Releases with their app, agreement and the name of who runs the app."""
    its_organisation = and_(
        col(OrganisationDetail.organisation_id) == col(App.organisation_id),
        as_of(OrganisationDetail, now, now),
    )
    return (
        select(Disclosure, App, Agreement, OrganisationDetail)
        .join(App, col(App.id) == col(Disclosure.app_id))
        .join(Agreement, col(Agreement.id) == col(Disclosure.agreement_id))
        .outerjoin(OrganisationDetail, its_organisation)
    )


def _line(
    disclosure: Disclosure, app: App, agreement: Agreement, organisation: OrganisationDetail | None
) -> ReleaseLine:
    return ReleaseLine(
        disclosure_id=disclosure.id,
        app_name=app.name,
        organisation_name=organisation.name if organisation else "",
        claims=in_words(disclosure.claims),
        purpose=agreement.purpose,
        lawful_basis=LAWFUL_BASES[agreement.lawful_basis],
        contact=agreement.contact,
        released_at=disclosure.released_at,
    )
