"""``lanyard organisations``: making and listing them, and suspending a whole one until that is lifted."""

from datetime import date

import click

from app import access_changes
from app.commands.context import command_time, command_transaction, engine
from app.commands.day import Day
from profiles.audit.service import Initiator
from profiles.organisations import successions
from profiles.organisations.models import OrganisationKind
from profiles.organisations.service import create, domains_of, get_by_code, grades_of, tree
from profiles.suspensions import service
from profiles.temporal import Provenance, civil_date, start_of_day

INITIATOR = Initiator.system("command:organisations")

_REASON = click.option("--reason", required=True, help="Why; auditors read it.")


@click.group()
def organisations() -> None:
    """Organisations as a whole."""


@organisations.command("add")
@click.argument("code")
@click.argument("name")
@click.option(
    "--since",
    type=Day(),
    required=True,
    help="The day from which it exists: not later than the first employment that it records.",
)
@click.option("--domain", "domains", multiple=True, help="Of its people's work addresses; may be repeated.")
@click.option("--under", metavar="CODE", help="The organisation above it, if there is one.")
@click.option(
    "--kind",
    type=click.Choice([one.value for one in OrganisationKind]),
    default="department",
    show_default=True,
)
@click.option("--reason", default="Made by the operator", help="Why; it stays with the record.")
def add(
    code: str, name: str, since: date, domains: tuple[str, ...], under: str | None, kind: str, reason: str
) -> None:
    """Make an organisation with a short public CODE, such as HMRC, and its NAME.

    Its grades come with `lanyard import`, its officers with `lanyard roles give`.
    """
    now = command_time()
    with command_transaction() as session:
        made = create(
            session,
            now,
            Provenance(None, "command:organisations", reason),
            INITIATOR,
            code=code,
            name=name,
            kind=OrganisationKind(kind),
            valid_from=start_of_day(since),
            parent_id=get_by_code(session, under, now).id if under else None,
            domains=domains,
        )
    click.echo(f"{made.name} ({made.code}) is made.")


@organisations.command("succeed")
@click.argument("predecessor")
@click.argument("successor")
@click.option("--since", type=Day(), required=True, help="The day from which the SUCCESSOR does it.")
def succeed(predecessor: str, successor: str, since: date) -> None:
    """Record that the organisation SUCCESSOR took over from PREDECESSOR, by their codes.

    Either may have ended. A bulk move that ends an organisation records it by itself.
    """
    now = command_time()
    with command_transaction() as session:
        successions.succeed(
            session,
            now,
            INITIATOR,
            predecessor=predecessor,
            successor=successor,
            since=start_of_day(since),
        )
    click.echo(f"{successor} took over from {predecessor} on {since.isoformat()}.")


@organisations.command("list")
def list_organisations() -> None:
    """Show each organisation, the one above it, from whom it took over, its domains and number of grades."""
    now = command_time()
    with command_transaction() as session:
        known, before = tree(session, now).organisations, successions.predecessors(session)
        for one in sorted(known.values(), key=lambda view: view.code):
            parent = known.get(one.parent_id) if one.parent_id else None
            above = f"  under {parent.code}" if parent else ""
            said = (f"{was.code} since {civil_date(was.since)}" for was in before.get(one.id, ()))
            after = "".join(f"  took over from {was}" for was in said)
            grades = grades_of(session, one.id, now)
            domains = ", ".join(domains_of(session, one.id, now)) or "no domain"
            click.echo(f"{one.code}  {one.name}{above}{after}  {domains}  {len(grades)} grades")


@organisations.command("suspend")
@click.argument("code")
@_REASON
def suspend(code: str, reason: str) -> None:
    """Let nobody sign in for working in the organisation with CODE, or in one below it."""
    now = command_time()
    with command_transaction() as session:
        found = get_by_code(session, code, now)
        service.suspend_organisation(
            session, now, organisation_id=found.id, reason=reason, initiator=INITIATOR
        )
    ended = access_changes.end_refused(engine(), found.id, now, "The organisation was suspended.")
    click.echo(f"{found.name} is suspended. {ended} sessions ended.")


@organisations.command("reinstate")
@click.argument("code")
@_REASON
def reinstate(code: str, reason: str) -> None:
    """Let the people of the organisation with CODE sign in again."""
    now = command_time()
    with command_transaction() as session:
        found = get_by_code(session, code, now)
        service.lift_organisation_suspension(
            session, now, organisation_id=found.id, reason=reason, initiator=INITIATOR
        )
    click.echo(f"The people of {found.name} can sign in again.")
