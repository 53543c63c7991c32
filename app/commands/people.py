"""``lanyard people``: a person's whole profile, on any day and by the knowledge of any day."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

import click

from app.commands.context import command_time, engine
from app.commands.day import Day
from app.database import open_session, transaction
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Invalid
from profiles.portable_profile.export import as_object
from profiles.portable_profile.reading import profile_as_of
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import moment_of

INITIATOR = Initiator.system("command:people")


@click.group()
def people() -> None:
    """People and their profiles."""


@people.command("show")
@click.argument("who")
@click.option("--valid-on", type=Day(), help="The day to look at; today without it.")
@click.option("--known-at", type=Day(), help="By what we knew at the end of that day; all of it without.")
def show(who: str, valid_on: date | None, known_at: date | None) -> None:
    """Print the profile of WHO, an id or a work e-mail address, as JSON. It is written in the audit trail."""
    now = command_time()
    valid, known = moment_of(valid_on, now), min(moment_of(known_at, now), now)
    with open_session(engine(), writes=False) as session:
        person_id = _person(session, who, now)
        told = as_object(session, profile_as_of(session, person_id, valid, known))
    with transaction(engine()) as session:
        append(session, Event.PROFILE_READ, INITIATOR, now, person_id=person_id)
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


def _person(session: Any, who: str, now: datetime) -> UUID:
    try:
        return UUID(who)
    except ValueError:
        found = find_person_by_address(session, who, now)
    if found is None:
        raise Invalid(f"{who} is neither an id nor anybody's work address.", field="who")
    return found
