"""Loads all of the demonstration, or what is missing of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from sqlalchemy import Engine
from sqlmodel import Session

from app.config import Settings
from app.database import open_session, transaction
from app.demo import INITIATOR
from app.demo.accounts import ACCOUNTS, PASSWORD, Account
from app.demo.apps import APPS, load_apps, load_clients, write_credentials
from app.demo.breaks import load_break
from app.demo.bulk_moves import load_bulk_move
from app.demo.departments import DEPARTMENTS, load_departments, publish_contacts
from app.demo.loans import load_loan
from app.demo.organisations import ORGANISATIONS, load_organisations, organisation_ids
from app.demo.pay_scales import SCALES, load_pay_scales
from app.demo.people import find_person, load_people, without_password
from app.demo.transfers import MOVES, load_transfers
from app.organogram_import import date_in_name, import_organogram
from identity.keys.encryption import KeyEncryption
from identity.sign_in.passwords import PasswordCost, PasswordHashing
from profiles.errors import NotPermitted
from profiles.people.service import addresses_of

SAMPLES = {"HMRC": "hmrc-2025-09-30-junior.csv", "HO": "home-office-2025-09-30-junior.csv"}


@dataclass(frozen=True)
class Step:
    """One part of the demonstration: how much of it was made now, and how much there is."""

    what: str
    made: int
    total: int

    def __str__(self) -> str:
        if self.made == 0:
            return f"{self.what}: {self.total}, all there already"
        there = f", {self.total - self.made} there already" if self.made < self.total else ""
        return f"{self.what}: {self.made} made{there}"


def load(engine: Engine, settings: Settings, now: datetime) -> Iterator[Step]:
    """Load what is missing, step by step. Raises NotPermitted outside development, OSError."""
    if not settings.development:
        raise NotPermitted("Demonstration data is for development only; this is production.")
    ports = settings.department_ports
    with transaction(engine) as session:
        organisations = load_organisations(session, now)
        ids = organisation_ids(session)
        scales = load_pay_scales(session, now, ids)
    yield Step("Organisations", organisations, len(ORGANISATIONS))
    yield Step("Pay scales", scales, SCALES)
    password_hashes = _password_hashes(engine, settings)
    with transaction(engine) as session:
        people = load_people(session, now, ids, password_hashes)
        apps = load_apps(session, now, ids, ports)
        credentials = load_clients(session, now, ids, ports, settings.var / "clients")
        encryption = KeyEncryption(settings.encryption_keys)
        departments = load_departments(session, now, ids, settings.account_ports, encryption)
        contacts = publish_contacts(session, now, ids)
        loans = load_loan(session, now, ids)
        breaks = load_break(session, now)
    # After the commit: a file that is lost in between is made anew, with a new secret, next time.
    write_credentials(credentials)
    yield Step("People", people, len(ACCOUNTS))
    yield Step("Apps", apps, len(APPS))
    yield Step("Credentials of apps", len(credentials), len(APPS))
    yield Step("Departments' own sign-ins", departments, len(DEPARTMENTS))
    yield Step("Teams to ask", contacts, 2 * len(DEPARTMENTS))
    yield Step("Loans", loans, 1)
    yield Step("Career breaks", breaks, 1)
    for code, name in SAMPLES.items():
        summary = import_organogram(
            engine,
            (files("app.demo") / "samples" / name).read_bytes(),
            code=code,
            snapshot=date_in_name(name),
            allow_unmapped=False,
            initiator=INITIATOR,
            clock=lambda: now,
        )
        yield Step(f"Invented people of {code}", summary.people * summary.changed, summary.people)
    with transaction(engine) as session:
        bulk_moves = load_bulk_move(session, now, ids)
        transfers = load_transfers(session, now, ids)
    yield Step("Bulk moves", bulk_moves, 1)
    yield Step("Transfers", transfers, len(MOVES))


def current_accounts(session: Session, at: datetime) -> list[tuple[Account, str]]:
    """Each account with the address by which the person signs in at ``at``: a move changes it."""
    found = []
    for account in ACCOUNTS:
        person_id = find_person(session, account)
        addresses = addresses_of(session, person_id, at) if person_id else []
        found.append((account, addresses[-1] if addresses else account.address))
    return found


def _password_hashes(engine: Engine, settings: Settings) -> dict[str, str]:
    """A hash for each account that has none, made before anything is written: it takes its time."""
    with open_session(engine, writes=False) as session:
        accounts = without_password(session)
    hashing = PasswordHashing(PasswordCost(settings.password_cost, settings.password_memory_kib))
    return {account.address: hashing.hash(PASSWORD) for account in accounts}
