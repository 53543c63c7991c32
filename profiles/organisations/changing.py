"""An organisation's name and its place in the tree change from a day on; what was believed before stays.

The day may lie in the past: from the first day of what is recorded it is a correction of it. What is recorded
for later goes along as long as it says the same: a name that comes next month is not lost to a move of today.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid, NotFound
from profiles.organisations.models import OrganisationDetail
from profiles.organisations.service import check_name, hold_tree, tree
from profiles.temporal import (
    Provenance,
    end,
    history,
    is_recorded_day,
    known,
    record,
    replace,
    start_of_day,
)


def rename(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    name: str,
    first_day: date,
) -> None:
    """Call an organisation otherwise from a day on.

    Raises Invalid, naming the field, for what is no name, the name that it has then, that of another
    organisation and a day on which it does not exist; Conflict where somebody has changed it meanwhile.
    """
    hold_tree(session)
    name = name.strip()
    check_name(name)
    concerned = versions_from(session, organisation_id, "name", first_day, now)
    if concerned[0].name == name:
        raise Invalid("That is its name already.", field="name")
    since, until = start_of_day(first_day), concerned[-1].valid_to
    for other in _details_between(session, since, until, now):
        if other.organisation_id != organisation_id and other.name.casefold() == name.casefold():
            raise Invalid("Another organisation has this name.", field="name")
    _change(session, now, provenance, concerned, since, name=name)
    details = {"name": name, "since": since.isoformat(), "reason": provenance.reason}
    append(
        session, Event.ORGANISATION_RENAMED, initiator, now, organisation_id=organisation_id, details=details
    )


def check_place(
    session: Session, organisation_id: UUID, parent_id: UUID | None, first_day: date, known_at: datetime
) -> list[OrganisationDetail]:
    """The versions that would have another place, if the organisation can be under that one from that day.

    Raises Invalid, naming the field: for a day on which it does not exist, the place that it has, one below
    itself, and a parent that is not there for as long as it would be above it.
    """
    concerned = versions_from(session, organisation_id, "parent_id", first_day, known_at)
    if concerned[0].parent_id == parent_id:
        raise Invalid("That is its place already.", field="parent")
    if parent_id is None:
        return concerned
    since, until = start_of_day(first_day), concerned[-1].valid_to
    for at in turns_between(session, since, until, known_at):
        held = tree(session, at, known_at)
        if parent_id not in held.organisations:
            raise Invalid("The organisation above it must exist for all of that time.", field="parent")
        if organisation_id in held.ancestors_of(parent_id):
            raise Invalid("An organisation is not put below itself.", field="parent")
    return concerned


def place(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    parent_id: UUID | None,
    first_day: date,
) -> None:
    """Put an organisation under another from a day on, or under none.

    It turns access: whoever calls this has had it foreseen and approved. Raises as ``check_place`` does, and
    Conflict where somebody has changed it meanwhile.
    """
    hold_tree(session)
    concerned = check_place(session, organisation_id, parent_id, first_day, now)
    since = start_of_day(first_day)
    _change(session, now, provenance, concerned, since, parent_id=parent_id)
    append(
        session,
        Event.ORGANISATION_PLACED,
        initiator,
        now,
        organisation_id=organisation_id,
        details={
            "parent": str(parent_id) if parent_id else None,
            "since": since.isoformat(),
            "reason": provenance.reason,
        },
    )


def versions_from(
    session: Session, organisation_id: UUID, column: str, first_day: date, known_at: datetime
) -> list[OrganisationDetail]:
    """The version that holds on a day, and those right after it that say the same in a column.

    Raises NotFound, and Invalid, naming the field, for a day on which the organisation does not exist.
    """
    held = history(session, OrganisationDetail, known_at, organisation_id=organisation_id)
    if not held:
        raise NotFound("There is no such organisation.")
    if not is_recorded_day(first_day):
        raise Invalid("The first day must be a real date.", field="first_day")
    since = start_of_day(first_day)
    concerned: list[OrganisationDetail] = []
    for one in held:
        if concerned:
            last = concerned[-1]
            if one.valid_from != last.valid_to or getattr(one, column) != getattr(last, column):
                break
            concerned.append(one)
        elif one.valid_from <= since and (one.valid_to is None or since < one.valid_to):
            concerned.append(one)
    if not concerned:
        raise Invalid("The organisation does not exist on that day.", field="first_day")
    return concerned


def turns_between(
    session: Session, since: datetime, until: datetime | None, known_at: datetime
) -> list[datetime]:
    """The instants, ``since`` among them and before ``until``, at which the tree is another."""
    found = {since}
    for one in _details_between(session, since, until, known_at):
        found |= {at for at in (one.valid_from, one.valid_to) if at is not None and at > since}
    return sorted(at for at in found if until is None or at < until)


def _details_between(
    session: Session, since: datetime, until: datetime | None, known_at: datetime
) -> list[OrganisationDetail]:
    """Every organisation's versions that are so at some moment of that time."""
    query = select(OrganisationDetail).where(known(OrganisationDetail, known_at))
    return [
        one
        for one in session.exec(query.order_by(col(OrganisationDetail.id)))
        if (one.valid_to is None or one.valid_to > since) and (until is None or one.valid_from < until)
    ]


def _change(
    session: Session,
    now: datetime,
    provenance: Provenance,
    concerned: list[OrganisationDetail],
    since: datetime,
    **change: Any,
) -> None:
    first, *later = concerned
    if first.valid_from == since:
        later = concerned
    else:
        said = first.model_dump(include={"organisation_id", "name", "parent_id"}) | change
        until = first.valid_to
        end(session, first, since, now, provenance)
        record(session, OrganisationDetail(**said, **provenance.stamp(now, since, until)))
    for one in later:
        replace(session, one, now, provenance, **change)
