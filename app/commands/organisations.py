"""``lanyard organisations``: making and listing them, and suspending a whole one until that is lifted."""

from datetime import date, datetime

import click
from sqlmodel import Session

from app import access_changes
from app.commands.context import command_time, command_transaction, engine, settings, tried_twice
from app.commands.day import Day
from app.commands.reason import Reason
from app.database import open_session
from profiles.access_policy.foreseen import Reach, Woken
from profiles.access_policy.places import PlaceWanted
from profiles.access_policy.reinstating import ReinstatementWanted
from profiles.audit.service import Initiator
from profiles.bulk_moves.ending import end_organisation
from profiles.errors import NotFound
from profiles.organisations import changing, domains, successions
from profiles.organisations.models import OrganisationKind
from profiles.organisations.service import OrganisationView, create, domains_of, get_by_code, grades_of, tree
from profiles.suspensions import service
from profiles.temporal import Provenance, civil_date, moment_of, start_of_day

SOURCE = "command:organisations"
INITIATOR = Initiator.system(SOURCE)

_REASON = click.option("--reason", type=Reason(), required=True, help="Why; auditors read it.")
_SAID = click.option(
    "--reason", type=Reason(), required=True, help="Why; everybody who opens the register reads it."
)


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
@click.option(
    "--reason", type=Reason(), default="Made by the operator", help="Why; it stays with the record."
)
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
            Provenance(None, SOURCE, reason),
            INITIATOR,
            code=code,
            name=name,
            kind=OrganisationKind(kind),
            valid_from=start_of_day(since),
            parent_id=get_by_code(session, under, now).id if under else None,
            domains=domains,
        )
    click.echo(f"{made.name} ({made.code}) is made.")


@organisations.command("rename")
@click.argument("code")
@click.argument("name")
@click.option("--since", type=Day(), required=True, help="The first day of that name; it may be past.")
@_SAID
def rename(code: str, name: str, since: date, reason: str) -> None:
    """Call the organisation with CODE by another NAME from a day on.

    The first day of a name that is recorded wrongly corrects that name.
    """
    now = command_time()
    with command_transaction() as session:
        changing.rename(
            session,
            now,
            Provenance(None, SOURCE, reason),
            INITIATOR,
            organisation_id=successions.id_of(session, code),
            name=name,
            first_day=since,
        )
    click.echo(f"{code} is called {name.strip()} from {since.isoformat()} on.")


@organisations.command("place")
@click.argument("code")
@click.option("--under", metavar="CODE", help="The organisation above it; without, it is under no other.")
@click.option("--since", type=Day(), required=True, help="The first day of that place; it may be past.")
@click.option("--dry-run", is_flag=True, help="Only say whose access it would turn.")
@_SAID
def place(code: str, under: str | None, since: date, dry_run: bool, reason: str) -> None:
    """Put the organisation with CODE under another from a day on.

    It is refused where it turns the access of more people, officers of Lanyard among them, than one person
    may decide on: an administrator asks for it on its page then, and an officer of the other side approves.
    """
    now, alone_up_to = command_time(), settings().second_officer_above
    with open_session(engine(), writes=False) as session:
        wanted = _place_wanted(session, code, under, since, now)
        wanted.check(session, now, now)
        foreseen = wanted.foresee(session, now)
    reach = foreseen.officers or Reach(frozenset(), frozenset())
    click.echo(
        f"Access of people at apps that turns: {len({one.person_id for one in foreseen.turns})}; of people "
        f"whose posts begin later: {foreseen.to_come}; officers whose roles reach it from then on: "
        f"{len(reach.gained)}, and no more: {len(reach.lost)}."
    )
    if dry_run:
        return
    if foreseen.people > alone_up_to:
        raise click.ClickException(
            "A second officer must approve this. An administrator asks for it on the organisation's page."
        )
    with command_transaction() as session:
        wanted.record_as_foreseen(
            session, command_time(), Provenance(None, SOURCE, reason), INITIATOR, foreseen
        )
    click.echo(f"{code} is under {under or 'no other'} from {since.isoformat()} on.")


def _place_wanted(session: Session, code: str, under: str | None, since: date, now: datetime) -> PlaceWanted:
    moved_id = successions.id_of(session, code)
    held = changing.versions_from(session, moved_id, "parent_id", since, now)[0]
    return PlaceWanted(moved_id, successions.id_of(session, under) if under else None, since, held.parent_id)


@organisations.command("give-domain")
@click.argument("code")
@click.argument("domain")
@click.option("--since", type=Day(), required=True, help="The first day; it may be past.")
@_SAID
def give_domain(code: str, domain: str, since: date, reason: str) -> None:
    """Give the organisation with CODE an e-mail DOMAIN, such as hmrc.gov.uk, from a day on."""
    now = command_time()
    with command_transaction() as session:
        domains.give(
            session,
            now,
            Provenance(None, SOURCE, reason),
            INITIATOR,
            organisation_id=successions.id_of(session, code),
            domain=domain,
            first_day=since,
        )
    click.echo(f"{domain} is {code}'s from {since.isoformat()} on.")


@organisations.command("take-domain")
@click.argument("code")
@click.argument("domain")
@click.option("--last-day", type=Day(), required=True, help="It may be past; another one corrects it.")
@_SAID
def take_domain(code: str, domain: str, last_day: date, reason: str) -> None:
    """Let the e-mail DOMAIN be that of the organisation with CODE until the end of a day.

    Addresses that people have stay theirs: HR ends them on the record, or an import does.
    """
    now = command_time()
    with command_transaction() as session:
        domains.take(
            session,
            now,
            Provenance(None, SOURCE, reason),
            INITIATOR,
            organisation_id=successions.id_of(session, code),
            domain=domain,
            last_day=last_day,
        )
    click.echo(f"{domain} is {code}'s until {last_day.isoformat()}.")


@organisations.command("end")
@click.argument("code")
@click.option("--last-day", type=Day(), required=True, help="It may be past; another one corrects it.")
@_SAID
def end(code: str, last_day: date, reason: str) -> None:
    """Let the organisation with CODE end with a day, and its e-mail domains and roles with it.

    Nobody works there after that day, nothing is below it and it has no apps: a bulk move ends one that has
    a successor.
    """
    now = command_time()
    with command_transaction() as session:
        end_organisation(
            session,
            now,
            Provenance(None, SOURCE, reason),
            INITIATOR,
            organisation_id=successions.id_of(session, code),
            last_day=last_day,
        )
    click.echo(f"{code} ends with {last_day.isoformat()}.")


@organisations.command("succeed")
@click.argument("predecessor")
@click.argument("successor")
@click.option("--since", type=Day(), required=True, help="The day from which the SUCCESSOR does it.")
@click.option("--correct", is_flag=True, help="It is recorded, with another day.")
@click.option(
    "--reason", type=Reason(), default="Recorded by the operator", help="Why; it stays with the record."
)
def succeed(predecessor: str, successor: str, since: date, correct: bool, reason: str) -> None:
    """Record that the organisation SUCCESSOR took over from PREDECESSOR, by their codes.

    Either may have ended. A bulk move that ends an organisation records it by itself.
    """
    now, day = command_time(), start_of_day(since)
    provenance = Provenance(None, SOURCE, reason)
    with command_transaction() as session:
        if correct:
            held = successions.get_by_codes(session, predecessor, successor, now)
            successions.correct(session, now, provenance, INITIATOR, held, day)
        else:
            successions.succeed(
                session,
                now,
                provenance,
                INITIATOR,
                predecessor_id=successions.id_of(session, predecessor),
                successor_id=successions.id_of(session, successor),
                since=day,
            )
    click.echo(f"{successor} took over from {predecessor} on {since.isoformat()}.")


@organisations.command("not-succeeded")
@click.argument("predecessor")
@click.argument("successor")
@_SAID
def not_succeeded(predecessor: str, successor: str, reason: str) -> None:
    """Take back that SUCCESSOR took over from PREDECESSOR: it never was so."""
    now = command_time()
    with command_transaction() as session:
        held = successions.get_by_codes(session, predecessor, successor, now)
        successions.take_back(session, now, Provenance(None, SOURCE, reason), INITIATOR, held)
    click.echo(f"That {successor} took over from {predecessor} is taken back.")


@organisations.command("list")
@click.option("--valid-on", type=Day(), help="The day to look at; today without it.")
@click.option("--known-at", type=Day(), help="By what we knew at the end of that day; all of it without.")
def list_organisations(valid_on: date | None, known_at: date | None) -> None:
    """Show each organisation, the one above it, from whom it took over and who from it, domains and grades.

    With a day it is the tree of that day.
    """
    now = command_time()
    at, known = moment_of(valid_on, now), min(moment_of(known_at, now), now)
    with command_transaction() as session:
        those = tree(session, at, known).organisations
        handed = successions.handovers(session, at, known)
        for one in sorted(those.values(), key=lambda view: view.code):
            parent = those.get(one.parent_id) if one.parent_id else None
            words = [f"under {parent.code}"] if parent else []
            words += [
                f"took over from {was.predecessor} since {civil_date(was.since)}"
                for was in handed
                if was.successor_id == one.id
            ]
            words += [
                f"handed over to {later.successor} on {civil_date(later.since)}"
                for later in handed
                if later.predecessor_id == one.id
            ]
            words.append(", ".join(domains_of(session, one.id, at, known)) or "no domain")
            words.append(f"{len(grades_of(session, one.id, at, known))} grades")
            click.echo("  ".join([one.code, one.name, *words]))


@organisations.command("suspend")
@click.argument("code")
@_REASON
def suspend(code: str, reason: str) -> None:
    """Let nobody sign in for working in the organisation with CODE, or in one below it."""
    now = command_time()

    def record() -> OrganisationView:
        with command_transaction() as session:
            found = get_by_code(session, code, now)
            service.suspend_organisation(
                session, now, organisation_id=found.id, reason=reason, initiator=INITIATOR
            )
            return found

    found = tried_twice(record)
    ended = access_changes.end_refused(engine(), found.id, now, "The organisation was suspended.")
    click.echo(f"{found.name} is suspended. {ended} sessions ended.")


@organisations.command("reinstate")
@click.argument("code")
@click.option("--dry-run", is_flag=True, help="Only say how many people it would let in again.")
@_REASON
def reinstate(code: str, dry_run: bool, reason: str) -> None:
    """Let the people of the organisation with CODE sign in again.

    It is refused where it gives access back to more people than one person may decide on: two administrators
    of the platform do it on pages then, under Roles.
    """
    now, alone_up_to = command_time(), settings().second_officer_above
    with command_transaction() as session:
        found = get_by_code(session, code, now)
        held = service.find_organisation_suspension(session, found.id, now)
        if held is None:
            raise NotFound("The organisation is not suspended.")
        wanted = ReinstatementWanted(found.id, held.id)
        foreseen = wanted.foresee(session, now)
        woken = foreseen.woken or Woken(0, 0)
        click.echo(f"People who can sign in again, at the most: {woken.people}; apps: {woken.apps}.")
        if dry_run:
            return
        if foreseen.people > alone_up_to:
            raise click.ClickException(
                "A second person must approve this. A platform administrator asks for it in Lanyard, under "
                "Roles, Suspended organisations."
            )
        wanted.record(session, now, Provenance(None, SOURCE, reason), INITIATOR, None)
    click.echo(f"The people of {found.name} can sign in again.")
