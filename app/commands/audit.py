"""``lanyard audit``: verify the trail, or take it elsewhere."""

import json
import os
from pathlib import Path
from typing import Any

import click

from app.audit.checkpoint_keys import known_public_keys, verifier_of
from app.commands.context import command_time, engine
from app.database import open_session
from profiles.audit.export import FileTrail, checkpoint_object, lines, read_checkpoint
from profiles.audit.sealing import newest_checkpoint
from profiles.audit.trail import Checkpoint, DatabaseTrail
from profiles.audit.verification import Report, verify
from profiles.errors import Invalid

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """Verify the audit trail, or export it."""


@audit.command("verify")
@click.option("--file", "export", type=EXISTING_FILE, help="Verify this export instead of the database.")
@click.option("--keys", type=EXISTING_FILE, help="Trust only the public keys in this JWKS file.")
@click.option("--checkpoint", "published", type=EXISTING_FILE, help="A checkpoint that was kept elsewhere.")
def verify_command(export: Path | None, keys: Path | None, published: Path | None) -> None:
    """Check every entry, the chain and the signatures; exit 1 at the first fault."""
    jwks = _read_jwks(keys) if keys is not None else None
    try:
        kept = [read_checkpoint(published.read_bytes())] if published is not None else []
        report = _verify_file(export, jwks, kept) if export is not None else _verify_database(jwks, kept)
    except Invalid as error:
        raise click.ClickException(error.message) from None
    for finding in report.findings:
        label = "Warning" if finding.warning else f"FAULT ({finding.kind}) at position {finding.position}"
        click.echo(f"{label}: {finding.text}")
    if not report.verified:
        raise click.exceptions.Exit(1)
    click.echo(f"The audit trail is whole: {report.entries} entries, {report.checkpoints} checkpoints.")


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_command(file: Path) -> None:
    """Write the whole trail to FILE (JSON Lines), without personal values."""
    # Written beside it first, so that FILE is never half an export.
    partial = file.with_name(file.name + ".partial")
    try:
        with open_session(engine(), writes=False) as session, partial.open("wb") as target:
            target.writelines(lines(DatabaseTrail(session), known_public_keys(session), command_time()))
        os.replace(partial, file)
    except OSError as error:
        raise click.ClickException(f"Cannot write {file}: {error.strerror}") from None
    click.echo(f"Wrote {file}.")


@audit.command("checkpoint")
def checkpoint_command() -> None:
    """Print the newest signed checkpoint, to be kept where nobody here can change it."""
    with open_session(engine(), writes=False) as session:
        newest = newest_checkpoint(session)
    if newest is None:
        raise click.ClickException("There is no checkpoint yet: the worker signs the first.")
    click.echo(json.dumps(checkpoint_object(Checkpoint(**newest.model_dump()))))


def _verify_database(jwks: list[Any] | None, kept: list[Checkpoint]) -> Report:
    with open_session(engine(), writes=False) as session:
        keys = known_public_keys(session) if jwks is None else jwks
        return verify(DatabaseTrail(session), verifier_of(keys), command_time(), published=kept)


def _verify_file(path: Path, jwks: list[Any] | None, kept: list[Checkpoint]) -> Report:
    trail = FileTrail(path)
    if jwks is None:
        click.echo(
            "The keys are those in the file itself: they show that it is consistent, not who made it. "
            "To be sure, give the provider's public keys with --keys."
        )
        jwks = trail.public_keys()
    return verify(trail, verifier_of(jwks), command_time(), published=kept)


def _read_jwks(path: Path) -> list[Any]:
    """The keys of a JWKS (RFC 7517 §5)."""
    try:
        keys = json.loads(path.read_bytes())["keys"]
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise click.ClickException(f"{path} is not a JWKS: it needs a list of keys.") from None
    return keys
