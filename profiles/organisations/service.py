"""Reads and makes organisations, their tree, their grades and e-mail domains."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import (
    EmailDomain,
    LocalGrade,
    Organisation,
    OrganisationDetail,
    OrganisationKind,
)
from profiles.temporal import Provenance, as_of, current, history, record

CODE = re.compile(r"[A-Z][A-Z0-9-]{1,19}")
DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
LONGEST_NAME = 200


@dataclass(frozen=True)
class OrganisationView:
    """An organisation as it is at one moment."""

    id: UUID
    code: str
    name: str
    kind: OrganisationKind
    parent_id: UUID | None


@dataclass(frozen=True)
class OrganisationTree:
    """All organisations at one moment, by id."""

    organisations: Mapping[UUID, OrganisationView]

    def ancestors_of(self, organisation_id: UUID) -> tuple[UUID, ...]:
        """The organisation itself, its parent and so on to the top."""
        chain: list[UUID] = []
        step: UUID | None = organisation_id
        while step is not None and step not in chain:
            chain.append(step)
            found = self.organisations.get(step)
            step = found.parent_id if found else None
        return tuple(chain)

    def subtree_of(self, organisation_id: UUID) -> frozenset[UUID]:
        """The organisation itself and all below it."""
        return frozenset(one for one in self.organisations if organisation_id in self.ancestors_of(one))

    def placed(self, organisation_id: UUID, parent_id: UUID | None) -> "OrganisationTree":
        """The same tree with one organisation, if it is there, under another, or under none."""
        moved = self.organisations.get(organisation_id)
        if moved is None:
            return self
        return OrganisationTree({**self.organisations, organisation_id: replace(moved, parent_id=parent_id)})


def tree(session: Session, at: datetime, known_at: datetime | None = None) -> OrganisationTree:
    """Every organisation that has a name at ``at``."""
    query = select(Organisation, OrganisationDetail).where(
        col(OrganisationDetail.organisation_id) == col(Organisation.id),
        as_of(OrganisationDetail, at, known_at or at),
    )
    return OrganisationTree(
        {
            organisation.id: _view(organisation, detail)
            for organisation, detail in session.exec(query.order_by(col(OrganisationDetail.name)))
        }
    )


def hold_tree(session: Session) -> None:
    """Let nobody else change the tree, or who took over from whom, until this transaction ends.

    Two changes that are each in order could make a loop together.
    """
    session.execute(
        select(Organisation.id).order_by(col(Organisation.id)).with_for_update(key_share=True)
    ).all()


def get(session: Session, organisation_id: UUID, at: datetime) -> OrganisationView:
    """The organisation with this id. Raises NotFound."""
    query = select(Organisation, OrganisationDetail).where(
        col(Organisation.id) == organisation_id,
        col(OrganisationDetail.organisation_id) == col(Organisation.id),
        as_of(OrganisationDetail, at, at),
    )
    row = session.exec(query).first()
    if row is None:
        raise NotFound("There is no such organisation.")
    return _view(*row)


def spans_of(
    session: Session, organisation_id: UUID, known_at: datetime
) -> list[tuple[datetime, datetime | None]]:
    """When the organisation exists as known at ``known_at``: beginnings and exclusive ends, oldest first."""
    details = history(session, OrganisationDetail, known_at, organisation_id=organisation_id)
    return [(one.valid_from, one.valid_to) for one in details]


def get_by_code(session: Session, code: str, at: datetime) -> OrganisationView:
    """The organisation with this code, such as HMRC. Raises NotFound, naming the code."""
    found = session.exec(select(Organisation).where(col(Organisation.code) == code)).first()
    if found is None:
        raise NotFound(f"There is no organisation with the code {code!r}.")
    return get(session, found.id, at)


def common_grade(
    session: Session, organisation_id: UUID, label: str, at: datetime, known_at: datetime | None = None
) -> CommonGrade | None:
    """What an organisation's own label means in common grades. Raises NotFound for a label unknown there."""
    grades = current(session, LocalGrade, at, known_at or at, organisation_id=organisation_id, label=label)
    if not grades:
        raise NotFound(f"The organisation has no grade called {label!r}.")
    return grades[0].common_grade


def grades_of(
    session: Session, organisation_id: UUID, at: datetime, known_at: datetime | None = None
) -> dict[str, CommonGrade | None]:
    """An organisation's labels and what each means, highest common grade first, the unmapped last."""
    return highest_first(current(session, LocalGrade, at, known_at or at, organisation_id=organisation_id))


def highest_first(grades: Iterable[LocalGrade]) -> dict[str, CommonGrade | None]:
    """Labels and what each means, highest common grade first, the unmapped last."""
    ranked = sorted(grades, key=lambda g: (-(g.common_grade.rank if g.common_grade else -1), g.label))
    return {grade.label: grade.common_grade for grade in ranked}


def labels_ever(session: Session, organisation_id: UUID, known_at: datetime) -> frozenset[str]:
    """The labels that an organisation has, had or will have."""
    return frozenset(
        one.label for one in history(session, LocalGrade, known_at, organisation_id=organisation_id)
    )


def domains_of(
    session: Session, organisation_id: UUID, at: datetime, known_at: datetime | None = None
) -> list[str]:
    """The e-mail domains whose addresses are this organisation's."""
    held = current(session, EmailDomain, at, known_at or at, organisation_id=organisation_id)
    return [found.domain for found in held]


def create(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    code: str,
    name: str,
    kind: OrganisationKind,
    valid_from: datetime,
    parent_id: UUID | None = None,
    domains: tuple[str, ...] = (),
) -> OrganisationView:
    """Make an organisation. Raises Invalid, naming the field; Conflict when the code or a domain is taken."""
    if not CODE.fullmatch(code):
        raise Invalid("A code is 2 to 20 capital letters, digits and hyphens, such as HMRC.", field="code")
    check_name(name)
    if session.exec(select(Organisation.id).where(col(Organisation.code) == code)).first() is not None:
        raise Conflict(f"There is an organisation with the code {code!r} already.")
    organisation = Organisation(code=code, kind=kind)
    session.add(organisation)
    session.flush()
    common = provenance.stamp(now, valid_from) | {"organisation_id": organisation.id}
    detail = record(session, OrganisationDetail(name=name, parent_id=parent_id, **common))
    for domain in domains:
        give_domain(session, domain.lower(), common)
    append(session, Event.ORGANISATION_CREATED, initiator, now, organisation_id=organisation.id)
    return _view(organisation, detail)


def check_name(name: str) -> None:
    """Whether an organisation can be called so. Raises Invalid, naming the field."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid(f"A name is one line of 1 to {LONGEST_NAME} characters.", field="name")


def add_grades(
    session: Session,
    now: datetime,
    provenance: Provenance,
    organisation_id: UUID,
    grades: Mapping[str, CommonGrade | None],
    valid_from: datetime,
) -> None:
    """Add labels that the organisation does not have yet; a label that it has keeps its meaning."""
    present = grades_of(session, organisation_id, now)
    common = provenance.stamp(now, valid_from) | {"organisation_id": organisation_id}
    for label, grade in grades.items():
        if label not in present:
            record(session, LocalGrade(label=label, common_grade=grade, **common))


def check_domain(domain: str) -> None:
    """Whether this is an e-mail domain in lower case. Raises Invalid, naming the field."""
    if not DOMAIN.fullmatch(domain):
        raise Invalid(f"{domain!r} is no e-mail domain such as hmrc.gov.uk.", field="domain")


def give_domain(session: Session, domain: str, common: Mapping[str, Any]) -> None:
    """Record a domain, lower case. Raises Invalid, naming the field; Conflict when it is somebody's."""
    check_domain(domain)
    try:
        record(session, EmailDomain(domain=domain, **common))
    except Conflict:
        raise Conflict(f"The domain {domain} is another organisation's.") from None


def _view(organisation: Organisation, detail: OrganisationDetail) -> OrganisationView:
    return OrganisationView(
        organisation.id, organisation.code, detail.name, organisation.kind, detail.parent_id
    )
