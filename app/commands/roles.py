"""``lanyard roles``: giving officers their roles, deputies and shared services included, and ending them."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

import click
from sqlmodel import Session, select

from app.commands.context import command_time, command_transaction, engine
from app.commands.day import Day
from app.commands.reason import Reason
from app.database import open_session
from profiles.access_policy.officers import can_give_by_itself, check_ends_with_posts
from profiles.audit.service import Initiator
from profiles.bulk_moves import proposed_roles
from profiles.errors import Conflict, NotFound
from profiles.organisations.models import Organisation
from profiles.organisations.service import get_by_code
from profiles.people.service import addresses_of, normal_address
from profiles.roles import service
from profiles.roles.listing import roles_at
from profiles.roles.models import Role, RoleAssignment
from profiles.roles.permissions import GIVEN
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import INSTANT, Provenance, civil_date, end_of_day, moment_of, start_of_day

INITIATOR = Initiator.system("command:roles")
ROLES = [role.value for role in GIVEN if role is not Role.PLATFORM_ADMINISTRATOR]
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def roles() -> None:
    """Officers' roles, each at one organisation and for some time."""


@roles.command("give")
@click.argument("address")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--organisation", "code", required=True, metavar="CODE", help="Where.")
@click.option("--subtree", is_flag=True, help="And at everything below it.")
@click.option("--from", "begins", type=_DAY, help="The first day; today without it.")
@click.option("--until", "ends", type=_DAY, help="The last day; no end without it.")
@click.option("--deputy-of", metavar="ADDRESS", help="Stands in for this officer, who holds the role there.")
@click.option("--operator", metavar="CODE", help="The shared service through which they act.")
@click.option("--reason", type=Reason(), required=True, help="Why; it stays with the record.")
def give(
    address: str,
    role: str,
    code: str,
    subtree: bool,
    begins: datetime | None,
    ends: datetime | None,
    deputy_of: str | None,
    operator: str | None,
    reason: str,
) -> None:
    """Give the person with ADDRESS a ROLE, where the organisation cannot do so by itself.

    Once it has an administrator who can ask for roles and another officer who can confirm them, they do so on
    the page that shows who holds which role.

    A deputy holds it for some time, and while the absent officer does; the two count as one where two must
    decide. So do all who act through one shared service, when a role is given and in a transfer between
    two of its organisations.
    """
    now = command_time()
    with command_transaction() as session:
        organisation = get_by_code(session, code, now)
        if can_give_by_itself(session, organisation.id, now):
            raise Conflict(
                f"{organisation.name} gives roles by itself: its administrator asks for it in Lanyard, under "
                "Roles, and another of its officers confirms it."
            )
        person_id, operator_id = _whose(session, address, now), _operator(session, operator, now)
        begins_at = now if begins is None else start_of_day(begins.date())
        ends_at = None if ends is None else end_of_day(ends.date())
        near = {organisation.id} if operator_id is None else {organisation.id, operator_id}
        check_ends_with_posts(session, now, person_id, near, begins_at, ends_at)
        service.assign(
            session,
            now,
            Provenance(None, "command", reason),
            INITIATOR,
            person_id=person_id,
            role=Role(role),
            organisation_id=organisation.id,
            include_subtree=subtree,
            valid_from=begins_at,
            valid_to=ends_at,
            deputy_of=None if deputy_of is None else _whose(session, deputy_of, now),
            operator_id=operator_id,
        )
    first = civil_date(now) if begins is None else begins.date()
    click.echo(f"{address.strip().lower()} is {role} at {organisation.name} from {first:%-d %B %Y} on.")


@roles.command("end")
@click.argument("address")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--organisation", "code", required=True, metavar="CODE", help="Where.")
@click.option("--reason", type=Reason(), required=True, help="Why; it stays with the record.")
def end(address: str, role: str, code: str, reason: str) -> None:
    """End a ROLE of the person with ADDRESS at once; it ends for their deputies with it."""
    now = command_time()
    with command_transaction() as session:
        organisation = get_by_code(session, code, now)
        service.end_role(
            session,
            now,
            Provenance(None, "command", reason),
            INITIATOR,
            person_id=_whose(session, address, now),
            role=Role(role),
            organisation_id=organisation.id,
        )
    click.echo(f"{address.strip().lower()} is not {role} at {organisation.name} any more.")


@roles.command("list")
@click.option("--organisation", "code", required=True, metavar="CODE", help="Where.")
@click.option("--valid-on", type=Day(), help="The day to look at; today without it.")
@click.option("--known-at", type=Day(), help="By what we knew at the end of that day; all of it without.")
def list_command(code: str, valid_on: date | None, known_at: date | None) -> None:
    """List who holds which role at an organisation, or above it with what is below."""
    now = command_time()
    valid, known = moment_of(valid_on, now), min(moment_of(known_at, now), now)
    with open_session(engine(), writes=False) as session:
        codes = dict(session.exec(select(Organisation.id, Organisation.code)).all())
        organisation_id = next((one for one, its_code in codes.items() if its_code == code), None)
        if organisation_id is None:
            raise NotFound(f"There is no organisation with the code {code!r}.")
        for one in roles_at(session, [organisation_id], valid, known):
            click.echo(f"{_address(session, one.person_id, now)}  {_said(session, one, codes, now)}")


@roles.command("proposed")
@click.option("--organisation", "code", required=True, metavar="CODE", help="Where people have come to.")
def proposed(code: str) -> None:
    """List the roles that people held where a bulk move took them from, and not at this organisation.

    A move gives nobody a role: its administrators ask for those that are needed, under Roles.
    """
    now = command_time()
    with command_transaction() as session:
        organisation = get_by_code(session, code, now)
        codes = dict(session.exec(select(Organisation.id, Organisation.code)).all())
        for move in proposed_roles.into(session, organisation.id):
            for one in proposed_roles.proposed_roles(session, move, now):
                if not one.given:
                    address = _address(session, one.person_id, now)
                    below = " with subtree" if one.include_subtree else ""
                    since = civil_date(move.starts_at)
                    held = f"held at {codes[one.organisation_id]}, moves on {since.isoformat()}"
                    click.echo(f"{address}  {one.role.value}{below}  {held}")


def _said(session: Session, one: RoleAssignment, codes: Mapping[UUID, str], now: datetime) -> str:
    """A role, where, for how long, and whether it is held for somebody or through a service."""
    where = codes[one.organisation_id] if one.organisation_id else ""
    said = [f"{one.role.value} at {where}{' with subtree' if one.include_subtree else ''}"]
    said.append(f"from {civil_date(one.valid_from).isoformat()}")
    if one.valid_to is not None:
        said.append(f"until {civil_date(one.valid_to - INSTANT).isoformat()}")
    if one.deputy_of is not None:
        said.append(f"deputy of {_address(session, one.deputy_of, now)}")
    if one.operator_id is not None:
        said.append(f"through {codes[one.operator_id]}")
    return ", ".join(said)


def _address(session: Session, person_id: UUID, now: datetime) -> str:
    """Somebody's newest address; of who has none the id."""
    return next(reversed(addresses_of(session, person_id, now)), str(person_id))


def _whose(session: Session, unverified_address: str, now: datetime) -> UUID:
    """The person with this address. Raises Invalid, NotFound."""
    address = normal_address(unverified_address)
    person_id = find_person_by_address(session, address, now)
    if person_id is None:
        raise NotFound(f"{address} is nobody's work address.")
    return person_id


def _operator(session: Session, code: str | None, now: datetime) -> UUID | None:
    return None if code is None else get_by_code(session, code, now).id
