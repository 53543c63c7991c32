"""The departments of a simulated year: officers, apps with rules, and people who can move."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from app.demo import INITIATOR
from bench.relying_party import CLAIMS
from bench.year.outside import REDIRECT_URI
from identity.clients import service as clients
from identity.clients.service import ClientCredentials
from identity.sign_in.models import OneTimeCodeSecret, PasswordCredential
from profiles.organisations.grades import CommonGrade
from profiles.organisations.service import OrganisationView
from profiles.pay.models import PayReason, PayRecord
from profiles.people.models import WorkAddress
from profiles.roles.models import Role
from profiles.temporal import current, record
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import LONG_AGO, PROVENANCE, make_organisation
from tests.factories.people import give_role, make_employee
from tests.factories.transfers import give_clearance

CODES = ("ALPHA", "BETA", "GAMMA", "DELTA", "OMEGA", "SIGMA")
GRADES = ("Officer", "Higher Officer", "Senior Officer")
PROFESSIONS = ("Operational Delivery", "Policy")
FIRST_SALARY = 2_800_000


@dataclass
class Somebody:
    """A person who moves; ``number`` tells them apart and ``is_cleared`` says whether they hold SC."""

    person_id: UUID
    number: int
    is_cleared: bool
    moves: int = 0


@dataclass
class Department:
    """Who acts for it. HR are three, because who prepares does not approve, nor who moved."""

    view: OrganisationView
    hr: Sequence[UUID]
    security: UUID
    payroll: UUID
    manager: UUID
    idle: list[Somebody] = field(default_factory=list)
    """Who works there and takes part in no move."""


@dataclass(frozen=True)
class Country:
    """All departments, and the client of each app."""

    departments: Sequence[Department]
    clients: dict[UUID, ClientCredentials]


def make_country(session: Session, now: datetime, draw: random.Random, people: int) -> Country:
    """Six departments with three apps each, and so many people in them."""
    departments = [_department(session, now, code) for code in CODES]
    registered: dict[UUID, ClientCredentials] = {}
    for one in departments:
        for app_id in _apps(session, now, one):
            registered[app_id] = clients.register(
                session,
                now,
                INITIATOR,
                client_name=one.view.name,
                app_id=app_id,
                redirect_uris=[REDIRECT_URI],
                development=True,
            )
    for number in range(people):
        where = departments[number % len(departments)]
        where.idle.append(_person(session, now, draw, where, number))
    return Country(departments, registered)


def give_ways_in(session: Session, now: datetime, person_id: UUID) -> None:
    """A password and codes, which belong to no department."""
    session.add(PasswordCredential(person_id=person_id, password_hash="x", set_at=now))
    secret = OneTimeCodeSecret(person_id=person_id, secret_encrypted=b"x", created_at=now, confirmed_at=now)
    session.add(secret)


def _department(session: Session, now: datetime, code: str) -> Department:
    place = make_organisation(session, now, code)

    def hire(name: str, role: Role | None) -> UUID:
        person_id = make_employee(session, now, place, name).person_id
        if role is not None:
            give_role(session, now, person_id, role, place.id)
        return person_id

    return Department(
        place,
        [hire(f"hr.{name}", Role.HR_OFFICER) for name in ("anders", "brown", "clark")],
        hire("sam.security", Role.SECURITY_OFFICER),
        hire("pat.payroll", Role.PAYROLL_OFFICER),
        hire("max.manager", None),
    )


def _apps(session: Session, now: datetime, where: Department) -> Sequence[UUID]:
    """One for everybody there, one by grade and profession, one that needs SC and keeps managers apart."""
    own = {"organisation_id": where.view.id}
    everybody, some, cleared = (
        make_app(session, now, where.view, f"{where.view.code} {name}", claims=CLAIMS)
        for name in ("Desk", "Cases", "Vault")
    )
    make_rule(session, now, everybody, **own)
    make_rule(session, now, some, grade_from=CommonGrade.HEO, **own)
    make_rule(session, now, some, "manager", grade_from=CommonGrade.SEO, profession="Policy", **own)
    make_rule(session, now, cleared, least_clearance="SC", **own)
    make_rule(session, now, cleared, "manager", least_clearance="SC", posting_kind="home", **own)
    return everybody.id, some.id, cleared.id


def _person(session: Session, now: datetime, draw: random.Random, where: Department, number: int) -> Somebody:
    posting = make_employee(
        session,
        now,
        where.view,
        f"ann.number{number}",
        local_grade=draw.choice(GRADES),
        profession=draw.choice(PROFESSIONS),
    )
    is_cleared = draw.random() < 0.4
    if is_cleared:
        give_clearance(session, now, posting.person_id, where.view.id)
    paid = PayRecord(
        person_id=posting.person_id,
        employment_id=posting.employment_id,
        organisation_id=where.view.id,
        salary_pence=FIRST_SALARY + 1_000 * draw.randrange(900),
        pay_reason=PayReason.APPOINTMENT,
        **PROVENANCE.stamp(now, LONG_AGO),
    )
    record(session, paid)
    [address] = current(session, WorkAddress, now, now, person_id=posting.person_id)
    address.organisation_id = where.view.id
    session.add(address)
    give_ways_in(session, now, posting.person_id)
    return Somebody(posting.person_id, number, is_cleared)
