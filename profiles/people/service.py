"""Makes people, and finds them by name within the organisations that the asker may see."""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlmodel import Session, col, or_, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound
from profiles.people.models import Person, PersonName, WorkAddress
from profiles.temporal import Provenance, as_of, current, history, known_between, record

ADDRESS = re.compile(r"[^@\s<>\"(),:;\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")

READ_AFTER_END = timedelta(days=30)
"""How long after an address ended a warning is still sent there: it may go on for a while."""


def normal_address(unverified_address: str) -> str:
    """An e-mail address in lower case, without blanks around it. Raises Invalid when it is none."""
    address = unverified_address.strip().lower()
    if len(address) > 254 or not ADDRESS.fullmatch(address):
        raise Invalid("Enter an e-mail address like name@department.gov.uk.", field="address")
    return address


def create_person(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    given_names: str,
    family_name: str,
    address: str,
    organisation_id: UUID | None,
    valid_from: datetime,
    middle_names: str = "",
    known_as: str = "",
) -> Person:
    """Make a person with a name and a work address. Raises Conflict when the address is somebody's."""
    person = Person(created_at=now)
    session.add(person)
    session.flush()
    common = provenance.stamp(now, valid_from) | {"person_id": person.id}
    name = PersonName(
        given_names=given_names,
        middle_names=middle_names,
        family_name=family_name,
        known_as=known_as,
        search_key=search_key(given_names, middle_names, family_name, known_as),
        **common,
    )
    record(session, name)
    record(session, WorkAddress(organisation_id=organisation_id, address=normal_address(address), **common))
    append(
        session, Event.PERSON_CREATED, initiator, now, person_id=person.id, organisation_id=organisation_id
    )
    return person


def search_key(*names: str) -> str:
    """What a search compares: all names in lower case, single blanks between."""
    return " ".join(" ".join(names).lower().split())


def name_of(session: Session, person_id: UUID, at: datetime) -> PersonName:
    """The legal name at ``at``. Raises NotFound."""
    names = current(session, PersonName, at, at, person_id=person_id)
    if not names:
        raise NotFound("There is no such person.")
    return names[0]


def take_turns(session: Session, person_ids: Iterable[UUID]) -> None:
    """Let one transaction at a time write what must be seen of these people by another that writes of them.

    On SQLite all that write take turns; on PostgreSQL the second waits here until the first has ended.
    """
    rows = select(Person.id).where(col(Person.id).in_(set(person_ids))).order_by(col(Person.id))
    session.exec(rows.with_for_update(key_share=True)).all()


def check_stands_alone(session: Session, person_id: UUID, at: datetime) -> None:
    """Raise Conflict when the record has become part of another one, which says all that it said."""
    if not history(session, PersonName, at, person_id=person_id):
        raise Conflict("This record is part of another one now. Look for the person again.")


def last_name_of(session: Session, person_id: UUID, at: datetime) -> PersonName:
    """The legal name at ``at`` or, of whom none is known then, the last that was. Raises NotFound."""
    names = current(session, PersonName, at, at, person_id=person_id)
    if not names:
        ever = known_between(PersonName, datetime.min.replace(tzinfo=UTC), at)
        last = select(PersonName).where(PersonName.person_id == person_id, ever)
        names = session.exec(last.order_by(col(PersonName.recorded_at).desc()).limit(1)).all()
    if not names:
        raise NotFound("There is no such person.")
    return names[0]


def names_of(session: Session, person_ids: Collection[UUID], at: datetime) -> dict[UUID, str]:
    """What to call each of these people at ``at``; who has no name then is left out."""
    found = select(PersonName).where(as_of(PersonName, at, at), col(PersonName.person_id).in_(person_ids))
    return {one.person_id: display_name(one) for one in session.exec(found)}


class Name(Protocol):
    """The parts of a name by which somebody is called."""

    @property
    def given_names(self) -> str: ...
    @property
    def family_name(self) -> str: ...
    @property
    def known_as(self) -> str: ...


def display_name(name: Name) -> str:
    """What to call the person on a page."""
    return f"{name.known_as or name.given_names} {name.family_name}"


def addresses_of(
    session: Session, person_id: UUID, at: datetime, organisation_ids: Collection[UUID] | None = None
) -> list[str]:
    """The work addresses that are the person's at ``at``, oldest first.

    ``organisation_ids`` leaves out those that other organisations give.
    """
    return [
        found.address
        for found in current(session, WorkAddress, at, at, person_id=person_id)
        if organisation_ids is None
        or found.organisation_id is None
        or found.organisation_id in organisation_ids
    ]


def addresses_read_now(session: Session, person_id: UUID, at: datetime) -> list[str]:
    """Where an ordinary mail goes: the newest address; of who has none then, all that they may still read."""
    return addresses_of(session, person_id, at)[-1:] or addresses_around(session, person_id, at)


def addresses_around(session: Session, person_id: UUID, at: datetime) -> list[str]:
    """Every address at which the person may read a warning: theirs at ``at``, lately, or soon.

    Also one that was corrected lately: whoever is about to take an account may first correct its address. One
    that is somebody else's by now is left out.
    """
    lately = at - READ_AFTER_END
    of_theirs = select(col(WorkAddress.address)).where(
        known_between(WorkAddress, lately, at),
        col(WorkAddress.person_id) == person_id,
        or_(col(WorkAddress.valid_to).is_(None), col(WorkAddress.valid_to) > lately),
    )
    found = dict.fromkeys(session.exec(of_theirs.order_by(col(WorkAddress.id))))
    others = select(col(WorkAddress.address)).where(
        as_of(WorkAddress, at, at),
        col(WorkAddress.person_id) != person_id,
        col(WorkAddress.address).in_(found),
    )
    taken = set(session.exec(others))
    return [address for address in found if address not in taken]
