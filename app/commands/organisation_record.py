"""``lanyard organisations show``: all that stood of an organisation, on any day, as known on any."""

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

import click
from sqlmodel import Session

from app.commands.context import command_time, engine
from app.commands.day import Day
from app.database import open_session
from profiles.clearances.limits import limits_at
from profiles.organisations.models import Team
from profiles.organisations.offices import lines_of, offices_of
from profiles.organisations.reading import entry_of
from profiles.organisations.successions import id_of
from profiles.pay.scales import scales_of
from profiles.sign_in.contacts import find_own
from profiles.sign_in.models import PolicyTerms
from profiles.sign_in.policies import find_policy
from profiles.suspensions.service import find_organisation_suspension
from profiles.temporal import civil_date, moment_of


@click.command("show")
@click.argument("code")
@click.option("--valid-on", type=Day(), help="The day to look at; today without it.")
@click.option("--known-at", type=Day(), help="By what we knew at the end of that day; all of it without.")
def show_organisation(code: str, valid_on: date | None, known_at: date | None) -> None:
    """Print all that stood of the organisation with CODE, as JSON: nothing of a person is in it."""
    now = command_time()
    valid, known = moment_of(valid_on, now), min(moment_of(known_at, now), now)
    with open_session(engine(), writes=False) as session:
        told = _told(session, id_of(session, code), valid, known)
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


def _told(session: Session, organisation_id: UUID, valid_at: datetime, known_at: datetime) -> dict[str, Any]:
    point = valid_at, known_at
    entry = entry_of(session, organisation_id, *point)
    policy = find_policy(session, organisation_id, *point)
    suspension = find_organisation_suspension(session, organisation_id, *point)
    contacts = {team.value: find_own(session, organisation_id, team, *point) for team in Team}
    return {
        "code": entry.code,
        "name": entry.name,
        "kind": entry.kind.value,
        "exists": entry.exists,
        "parent": entry.parent,
        "domains": list(entry.domains),
        "grades": {label: grade.value if grade else None for label, grade in entry.grades},
        "predecessors": {one.predecessor: civil_date(one.since).isoformat() for one in entry.took_over_from},
        "successors": {one.successor: civil_date(one.since).isoformat() for one in entry.handed_over_to},
        "offices": {one.name: lines_of(one) for one in offices_of(session, organisation_id, *point)},
        "contacts": {team: vars(reached) if reached else None for team, reached in contacts.items()},
        "pay_scales": [
            one.model_dump(
                include={"local_grade", "location", "name", "minimum_pence", "maximum_pence", "currency"}
            )
            for one in scales_of(session, organisation_id, *point)
        ],
        "clearance_limits_in_years": {
            level.value: limit.years for level, limit in limits_at(session, organisation_id, *point).items()
        },
        "sign_in_policy": policy.model_dump(mode="json", include=set(PolicyTerms.model_fields))
        if policy
        else None,
        "suspended_since": suspension.valid_from.isoformat() if suspension else None,
    }
