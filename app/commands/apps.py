"""``lanyard apps``: what stood of an app, who may use it on a day, what the day changes; and its roles."""

import json
from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

import click
from sqlmodel import Session, col, select

from app.commands.context import command_time, command_transaction, engine
from app.commands.day import Day
from app.database import open_session
from profiles.access_policy.app_roles import remove_unused
from profiles.apps import roles, service
from profiles.apps.models import App, AppRole
from profiles.apps.reading import app_as_of, as_object
from profiles.audit.service import Initiator
from profiles.entitlements.models import Entitlement
from profiles.entitlements.service import rules_of
from profiles.entitlements.users_seen import asks_for_high_clearance
from profiles.entitlements.who_may_use import Roles, changes_on, who_may_use
from profiles.errors import NotFound, NotPermitted
from profiles.temporal import INSTANT, civil_date, current, end_of_day, moment_of, start_of_day

INITIATOR = Initiator.system("command:apps")


@click.group()
def apps() -> None:
    """Apps and who may use them."""


@apps.command("who")
@click.argument("app")
@click.option("--on", "day", type=Day(), help="The day to look at; today without it.")
@click.option("--known-at", type=Day(), help="By what we knew at the end of that day; all of it without.")
@click.option("--changes", is_flag=True, help="Whose roles the day changes, instead of everybody's.")
@click.option("--json", "as_json", is_flag=True, help="Each person's id, instead of how many.")
def who(app: str, day: date | None, known_at: date | None, changes: bool, as_json: bool) -> None:
    """Print how many people may use APP, an id or a name, in which roles. No name of a person is printed."""
    now = command_time()
    at, on = moment_of(day, now), day or civil_date(now)
    known = min(moment_of(known_at, now), now)
    with open_session(engine(), writes=False) as session:
        app_id = _app(session, app)
        if as_json:
            rules = rules_of(session, app_id, known)
            moments = (start_of_day(on) - INSTANT, end_of_day(on) - INSTANT) if changes else (at,)
            if asks_for_high_clearance(rules, *moments):
                raise NotPermitted("Nobody is listed by a high clearance. Ask for how many, without --json.")
        if changes:
            changed = changes_on(session, app_id, on, known)
            found: dict[UUID, Any] = {one: [roles.before, roles.after] for one, roles in changed.items()}
        else:
            found = dict(who_may_use(session, app_id, at, known))
    if as_json:
        click.echo(json.dumps({str(person_id): roles for person_id, roles in found.items()}, indent=2))
        return
    counted = Counter(
        f"{_said(one[0])} -> {_said(one[1])}" if changes else _said(one) for one in found.values()
    )
    for said, number in sorted(counted.items()):
        click.echo(f"{number:>10,}  {said}")
    click.echo(f"{len(found):>10,}  in all")


@apps.command("show")
@click.argument("app")
@click.option("--valid-on", type=Day(), help="The day to look at; today without it.")
@click.option("--known-at", type=Day(), help="By what we knew at the end of that day; all of it without.")
def show(app: str, valid_on: date | None, known_at: date | None) -> None:
    """Print what stood of APP, an id or a name, as JSON: agreement, rules, delegations, roles by hand.

    Who had a role by hand is told by id; no name of a person is printed.
    """
    now = command_time()
    valid, known = moment_of(valid_on, now), min(moment_of(known_at, now), now)
    with open_session(engine(), writes=False) as session:
        found = service.get(session, _app(session, app))
        told = as_object(app_as_of(session, found, valid, known))
        told["given_by_hand"] = [
            {
                "person_id": str(one.person_id),
                "role": one.role_name,
                "from": civil_date(one.valid_from).isoformat(),
                "until": civil_date(one.valid_to - INSTANT).isoformat() if one.valid_to else None,
            }
            for one in current(session, Entitlement, valid, known, app_id=found.id)
        ]
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


def _said(roles: Roles) -> str:
    return ", ".join(roles) or "no access"


def _app(session: Session, asked: str) -> UUID:
    try:
        return UUID(asked)
    except ValueError:
        found = session.exec(select(App.id).where(col(App.name) == asked).limit(2)).all()
    if len(found) != 1:
        raise NotFound(f"There is no app, or more than one, called {asked}. Ask by its id.")
    return found[0]


@apps.command("add-role")
@click.argument("app")
@click.argument("name")
@click.argument("label")
@click.option("--rank", type=int, default=0, help="The role with the highest is the most powerful.")
def add_role(app: str, name: str, label: str, rank: int) -> None:
    """Let APP, an id or a name, know a role: it is told NAME, people read LABEL. It opens nothing."""
    now = command_time()
    with command_transaction() as session:
        roles.add_role(session, now, INITIATOR, _app(session, app), name, label, rank)


@apps.command("rename-role")
@click.argument("app")
@click.argument("name")
@click.argument("label")
def rename_role(app: str, name: str, label: str) -> None:
    """Let people read LABEL for the role that APP is told as NAME."""
    now = command_time()
    with command_transaction() as session:
        roles.rename_role(session, now, INITIATOR, _role(session, app, name), label)


@apps.command("remove-role")
@click.argument("app")
@click.argument("name")
def remove_role(app: str, name: str) -> None:
    """Let APP know the role NAME no more; one that something uses stays."""
    now = command_time()
    with command_transaction() as session:
        remove_unused(session, now, INITIATOR, _role(session, app, name))


def _role(session: Session, app: str, name: str) -> AppRole:
    found = next((one for one in service.roles_of(session, _app(session, app)) if one.name == name), None)
    if found is None:
        raise NotFound(f"{app} has no role called {name!r}.")
    return found
