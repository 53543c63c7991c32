"""``lanyard organisations``: suspending a whole organisation at once, and lifting that again."""

import click

from app import access_changes
from app.commands.context import command_time, command_transaction, engine
from profiles.audit.service import Initiator
from profiles.organisations.service import get_by_code
from profiles.suspensions import service

INITIATOR = Initiator.system("command:organisations")

_REASON = click.option("--reason", required=True, help="Why; auditors read it.")


@click.group()
def organisations() -> None:
    """Organisations as a whole."""


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
