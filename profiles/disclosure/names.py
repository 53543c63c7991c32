"""What a person is called and written to now, read in one statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.mixed_facts import KNOWN_AT, facts_of_person, together
from profiles.people.models import PersonName, WorkAddress
from profiles.prepared import Prepared
from profiles.temporal import valid

_NOW = Prepared(
    together(
        facts_of_person(
            "name",
            PersonName,
            text_1="given_names",
            text_2="middle_names",
            text_3="family_name",
            text_4="known_as",
        ).where(valid(PersonName, KNOWN_AT)),
        facts_of_person("address", WorkAddress, id_1="organisation_id", text_1="address").where(
            valid(WorkAddress, KNOWN_AT)
        ),
    )
)


@dataclass(frozen=True)
class NameNow:
    """A legal name, and the given name that the person is known by."""

    given_names: str
    middle_names: str
    family_name: str
    known_as: str


@dataclass(frozen=True)
class AddressNow:
    """A work address, and the organisation that gives it."""

    organisation_id: UUID | None
    address: str


@dataclass(frozen=True)
class NamesAndAddresses:
    """The name, where one is recorded, and the addresses, the oldest first."""

    name: NameNow | None
    addresses: tuple[AddressNow, ...]


def names_and_addresses(session: Session, person_id: UUID, now: datetime) -> NamesAndAddresses:
    """What is so at ``now`` as we know it then."""
    session.flush()
    who = {"person_id": person_id, "known_at": now}
    rows = _NOW.all(session, who)
    names = [NameNow(row.text_1, row.text_2, row.text_3, row.text_4) for row in rows if row.what == "name"]
    addresses = tuple(AddressNow(row.id_1, row.text_1) for row in rows if row.what == "address")
    return NamesAndAddresses(names[0] if names else None, addresses)
