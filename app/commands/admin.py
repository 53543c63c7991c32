"""``lanyard admin``: one-time links, for the first administrator and forgotten passwords; lost factors."""

from datetime import datetime
from uuid import UUID

import click
from sqlmodel import Session

from app.access_changes import sign_out_everywhere
from app.commands.context import command_time, command_transaction, settings
from identity.federation import links
from identity.sign_in import alerts
from identity.sign_in.invitations import VALID_FOR, invite
from identity.sign_in.methods import forget_second_factors
from identity.sign_in.models import InvitationPurpose
from profiles.audit.service import Initiator
from profiles.errors import Invalid, NotFound
from profiles.people.service import create_person, normal_address
from profiles.roles import service as roles
from profiles.roles.models import Role
from profiles.roles.permissions import Permission
from profiles.sign_in.service import find_person_by_address
from profiles.temporal import Provenance

INITIATOR = Initiator.system("command:admin")


@click.group()
def admin() -> None:
    """Administrators of Lanyard itself."""


@admin.command("invite")
@click.argument("address")
@click.option("--name", default="", help='"Given Family", for somebody whom Lanyard does not know yet.')
def invite_administrator(address: str, name: str) -> None:
    """Make ADDRESS an administrator and print a link that lets them choose a password once."""
    now, issuer = command_time(), settings().issuer
    with command_transaction() as session:
        token = make_administrator(session, now, issuer, unverified_address=address, name=name)
    _show_link(issuer, address, token)


@admin.command("password-link")
@click.argument("address")
def make_password_link(address: str) -> None:
    """Print a link that lets the person with ADDRESS choose a new password once.

    They are told at every address. People whose HR uses Lanyard recover their account through it instead,
    with two officers and a waiting time: docs/guides/recovery.md.
    """
    now, issuer = command_time(), settings().issuer
    with command_transaction() as session:
        token = offer_new_password(session, now, issuer, unverified_address=address)
    _show_link(issuer, address, token)


@admin.command("forget-second-factors")
@click.argument("address")
def forget_lost_factors(address: str) -> None:
    """Remove the passkeys and codes of the person with ADDRESS, who has lost them all.

    Their password stays, and they are told at every address. Be sure that it is them who asks. People whose
    HR uses Lanyard recover their account through it instead: docs/guides/recovery.md.
    """
    now = command_time()
    with command_transaction() as session:
        person_id = _whose(session, address, now)
        forget_second_factors(session, person_id, now, INITIATOR)
        links.end_all(session, person_id, now, "The second factors were removed", INITIATOR)
        sign_out_everywhere(session, person_id, now, "The second factors were removed", INITIATOR)
        what = "The service desk removed every passkey, code and department's account from your account."
        alerts.tell(session, person_id, "Your second factors were removed", what, now)
    click.echo(f"{address.strip().lower()} signs in with the password alone, until a new passkey is added.")


def make_administrator(
    session: Session, now: datetime, issuer: str, *, unverified_address: str, name: str
) -> str:
    """Invite a person, new or known, as an administrator of the platform; return the link's token.

    Raises Invalid when the address is none, or a new person's name is missing.
    """
    address = normal_address(unverified_address)
    provenance = Provenance(recorded_by=None, source="command", reason="Invited as an administrator")
    person_id = find_person_by_address(session, address, now)
    if person_id is None:
        given_names, family_name = _name_of_new_person(address, name)
        person_id = create_person(
            session,
            now,
            provenance,
            INITIATOR,
            given_names=given_names,
            family_name=family_name,
            address=address,
            organisation_id=None,
            valid_from=now,
        ).id
    if not _is_administrator(session, person_id, now):
        roles.assign(
            session,
            now,
            provenance,
            INITIATOR,
            person_id=person_id,
            role=Role.PLATFORM_ADMINISTRATOR,
            organisation_id=None,
            valid_from=now,
        )
    purpose = InvitationPurpose.ADMINISTRATOR
    return invite(session, address, person_id, now, purpose, issuer=issuer, initiator=INITIATOR)


def offer_new_password(session: Session, now: datetime, issuer: str, *, unverified_address: str) -> str:
    """Let a person choose a new password; return the link's token. Raises Invalid, NotFound."""
    address, person_id = normal_address(unverified_address), _whose(session, unverified_address, now)
    purpose = InvitationPurpose.PASSWORD_RESET
    return invite(session, address, person_id, now, purpose, issuer=issuer, initiator=INITIATOR)


def _whose(session: Session, unverified_address: str, now: datetime) -> UUID:
    """The person with this address. Raises Invalid, NotFound."""
    address = normal_address(unverified_address)
    person_id = find_person_by_address(session, address, now)
    if person_id is None:
        raise NotFound(f"{address} is nobody's work address.")
    return person_id


def _show_link(issuer: str, address: str, token: str) -> None:
    hours = int(VALID_FOR.total_seconds() // 3600)
    click.echo(f"Give this link to {address.strip().lower()}. It works once, for {hours} hours:")
    click.echo(f"{issuer}/invitation/{token}")


def _is_administrator(session: Session, person_id: UUID, now: datetime) -> bool:
    return Permission.INVITE_ADMINISTRATORS in roles.permissions_of(session, person_id, now).platform


def _name_of_new_person(address: str, name: str) -> tuple[str, str]:
    """Given names and family name as they were said, or as ``given.family@…`` says them."""
    words = name.split() or [part.title() for part in address.partition("@")[0].split(".") if part]
    if len(words) < 2:
        raise Invalid(f'Lanyard does not know {address} yet. Say who it is: --name "Given Family"')
    return " ".join(words[:-1]), words[-1]
