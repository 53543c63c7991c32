"""Who signs in: people of a department with a passkey, a password and a department's account each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.commands.migrate import make_ready
from app.database import create_engine, transaction
from app.demo import PROVENANCE
from app.demo.organisations import organisation_ids
from bench import server
from bench.department_files import Department
from bench.import_hmrc import import_department, make_organisations
from bench.sign_ins.authenticator import Authenticator
from identity.federation.models import UpstreamLink
from identity.sign_in.models import Passkey
from identity.sign_in.passwords import PasswordCost, PasswordHashing, store_hash
from profiles import temporal
from profiles.employments.models import Posting
from profiles.people.models import WorkAddress
from tests.factories.upstreams import make_provider

EMPLOYEES = Department("HMRC", "hmrc-small.csv", 100, 1000)
CLIENT_ID = "lanyard-at-bench"
PASSWORD = "otters swim at dawn"


@dataclass(frozen=True)
class SomebodyThere:
    """A person and what they hold; ``account`` is their subject at the department's provider."""

    address: str
    device: Authenticator
    account: str


def prepare(database_url: str, folder: Path, department_issuer: str, number: int) -> list[SomebodyThere]:
    """Fill an empty database with a department, of whose people so many can sign in in every way."""
    engine = create_engine(database_url)
    settings = server.settings(database_url)
    make_ready(settings, engine, datetime.now(UTC))
    make_organisations(database_url)
    import_department(database_url, EMPLOYEES, folder)
    cost = PasswordCost(settings.password_cost, settings.password_memory_kib)
    people = _equip(engine, department_issuer, number, cost)
    engine.dispose()
    return people


def _equip(engine: Engine, department_issuer: str, number: int, cost: PasswordCost) -> list[SomebodyThere]:
    """One hash is everybody's: to make it takes long, and to verify it the same for each."""
    now, people = datetime.now(UTC), []
    password_hash = PasswordHashing(cost).hash(PASSWORD)
    with transaction(engine) as session:
        hmrc = organisation_ids(session)["HMRC"]
        make_provider(session, now, hmrc, issuer=department_issuer, client_id=CLIENT_ID)
        for person_id in _employees(session, hmrc, number):
            device = Authenticator(person_id.bytes)
            address = f"{person_id.hex}@hmrc.gov.uk"
            stamp = PROVENANCE.stamp(now, now) | {"person_id": person_id}
            temporal.record(session, WorkAddress(organisation_id=hmrc, address=address, **stamp))
            store_hash(session, person_id, password_hash, now)
            session.add(_passkey(person_id, device, now))
            session.add(
                UpstreamLink(
                    issuer=department_issuer,
                    subject=person_id.hex,
                    person_id=person_id,
                    linked_at=now,
                    last_used_at=now,
                )
            )
            people.append(SomebodyThere(address, device, person_id.hex))
    return people


def _employees(session: Session, hmrc: UUID, number: int) -> list[UUID]:
    theirs = select(Posting.person_id).where(col(Posting.organisation_id) == hmrc)
    return list(session.exec(theirs.order_by(col(Posting.id)).limit(number)))


def _passkey(person_id: UUID, device: Authenticator, now: datetime) -> Passkey:
    return Passkey(
        person_id=person_id,
        credential_id=device.credential_id,
        public_key=device.public_key(),
        sign_count=device.sign_count,
        transports=["internal"],
        aaguid=str(UUID(int=0)),
        backup_eligible=False,
        backed_up=False,
        name="Laptop",
        created_at=now,
    )
