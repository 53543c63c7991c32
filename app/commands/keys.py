"""`lanyard keys`: make the signing keys' successors, and show where each key is in its life."""

from datetime import datetime, timedelta

import click
from sqlmodel import Session

from app.commands.context import command_time, command_transaction, settings
from identity.keys.algorithms import ALGORITHMS
from identity.keys.encryption import KeyEncryption
from identity.keys.errors import RotationPending
from identity.keys.model import SigningKey
from identity.keys.rotation import PUBLISH_AHEAD, rotate
from identity.keys.service import all_keys


@click.group()
def keys() -> None:
    """Signing keys."""


@keys.command("rotate")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), help="Only this one; otherwise all.")
@click.option("--now", "at_once", is_flag=True, help="Sign with the new key at once, not in 24 hours.")
@click.option("--force", is_flag=True, help="Even when a newer key already waits.")
def rotate_command(algorithm: str | None, at_once: bool, force: bool) -> None:
    """Publish a new key now, and sign with it once relying parties have had time to read it."""
    encryption = KeyEncryption(settings().encryption_keys)
    with command_transaction() as session:
        for line in rotate_keys(session, command_time(), encryption, algorithm, at_once, force):
            click.echo(line)


@keys.command("list")
def list_command() -> None:
    """Show every key and the moments of its life, in UTC."""
    with command_transaction() as session:
        now = command_time()
        for key in all_keys(session):
            click.echo(describe(key, now))


def rotate_keys(
    session: Session,
    now: datetime,
    encryption: KeyEncryption,
    algorithm: str | None = None,
    at_once: bool = False,
    force: bool = False,
) -> list[str]:
    """Rotate and return a line for each new key. Raises click.ClickException when a rotation is pending."""
    publish_ahead = timedelta(0) if at_once else PUBLISH_AHEAD
    try:
        made = rotate(session, encryption, now, algorithm, publish_ahead, force)
    except RotationPending as refusal:
        raise click.ClickException(f"Nothing was changed: {refusal}. Use --force to replace it.") from None
    return [f"{key.algorithm} {key.kid}: signs from {_moment(key.activates_at)}" for key in made]


def describe(key: SigningKey, now: datetime) -> str:
    """A key in two lines: which it is, and where it is in its life at a moment."""
    life = f"{state_of(key, now)}; signs from {_moment(key.activates_at)}"
    if key.retires_at is not None and key.expires_at is not None:
        life += f" until {_moment(key.retires_at)}; published until {_moment(key.expires_at)}"
    return f"{key.algorithm} {key.kid}\n    {life}"


def state_of(key: SigningKey, now: datetime) -> str:
    """Where a key is in its life at a moment."""
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    if key.retires_at is not None and (key.retires_at <= now or key.retires_at <= key.activates_at):
        return "retired"
    return "active" if key.activates_at <= now else "waiting"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
