"""``lanyard clients``: register department apps."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID

import click
from sqlmodel import Session

from app.commands.client_options import metadata_options, token_options, tokens_of
from app.commands.context import command_time, command_transaction, settings
from identity.clients import service as clients
from identity.clients.documents import image_fetcher
from identity.clients.errors import InvalidClientMetadata
from identity.clients.fapi2 import defaults_of
from identity.clients.images import Image
from identity.clients.logos import fetch_logo, keep
from identity.clients.metadata import ClientMetadata
from identity.clients.token_metadata import AUTHORIZATION_CODE
from identity.clients.uris import home_of
from profiles.apps import roles
from profiles.apps import service as apps
from profiles.apps.models import LawfulBasis
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.temporal import Provenance

INITIATOR = Initiator.system("command:clients")
PROVENANCE = Provenance(recorded_by=None, source="command", reason="Registered by command")


@dataclass(frozen=True)
class Agreed:
    """What an app may be told, why, and for how long it keeps that."""

    purpose: str
    lawful_basis: LawfulBasis
    claims: tuple[str, ...]
    retention: str
    dpia_reference: str
    suppliers: str


@dataclass(frozen=True)
class Registered:
    """What the app's team needs; the secret cannot be shown again."""

    issuer: str
    client_id: str
    client_secret: str
    app_id: str


@click.group("clients")
def clients_command() -> None:
    """Department apps that sign people in through Lanyard."""


@clients_command.command("create")
@click.option("--name", required=True, help="What people call it.")
@click.option("--organisation", "code", required=True, metavar="CODE", help="Who runs it, such as HMRC.")
@click.option("--app", "app_name", metavar="NAME", help="An app that is there already; else one is made.")
@click.option("--contact", default="", help="Whom people ask for access to a new app.")
@click.option("--purpose", default="", help="Why a new app needs to know people: records an agreement.")
@click.option(
    "--lawful-basis", type=click.Choice([basis.value for basis in LawfulBasis]), default="public_task"
)
@click.option("--claims", default="", help="What it may be told, such as: name,email,roles.")
@click.option("--retention", default="", help="How long it keeps that, such as: two years.")
@click.option("--dpia", default="", help="The reference of the data protection impact assessment.")
@click.option("--suppliers", default="", help="Who processes the data for the app; 'none' where nobody does.")
@click.option("--role", default="", help="A role of a new app that everybody in the organisation gets.")
@metadata_options
@click.option("--jwks", "jwks_file", type=click.File("rb"), help="Its public keys.")
@click.option("--sector", help="The host that its subs belong to, if its redirect URIs are on several.")
@click.option("--without-pkce", is_flag=True, help="Only for an old client library that cannot do PKCE.")
@token_options
@click.option("--json", "as_json", is_flag=True, help="Print the credentials as JSON.")
def create_command(
    name: str,
    code: str,
    app_name: str | None,
    contact: str,
    purpose: str,
    lawful_basis: str,
    claims: str,
    retention: str,
    dpia: str,
    suppliers: str,
    role: str,
    jwks_file: IO[bytes] | None,
    sector: str | None,
    without_pkce: bool,
    as_json: bool,
    **described: Any,
) -> None:
    """Register an app's client, and print its id and its secret once.

    A service without people is: --grant-type client_credentials --service-scope NAME, without a redirect URI.
    """
    now, development = command_time(), settings().development
    agreed = _agreed(purpose, lawful_basis, claims, retention, dpia, suppliers)
    try:
        metadata = _metadata(name, jwks_file, described, require_pkce=not without_pkce)
        metadata.check(development=development)
        logo = _logo(metadata.logo_uri)
        with command_transaction() as session:
            organisation = organisations.get_by_code(session, code, now)
            if app_name is not None:
                if agreed or role or contact:
                    raise Invalid("--purpose, --role and --contact are for a new app: leave out --app.")
                app_id = find_app(session, organisation, app_name)
            else:
                home = home_of(metadata)
                app_id = make_app(session, now, organisation, name, home, contact, agreed=agreed, role=role)
            credentials = clients.add(
                session,
                now,
                INITIATOR,
                metadata,
                app_id=app_id,
                sector_identifier=sector,
                development=development,
            )
            keep(session, credentials.client_id, metadata.logo_uri, logo, now)
    except InvalidClientMetadata as refusal:
        raise click.ClickException(f"{refusal.field}: {refusal.reason}") from None
    registered = Registered(settings().issuer, credentials.client_id, credentials.client_secret, str(app_id))
    _show(registered, as_json=as_json)
    signs_in = AUTHORIZATION_CODE in metadata.tokens.grant_types
    if signs_in and app_name is None and not (agreed and role):
        click.echo("Nobody can use the app yet: that needs an agreement and an access rule.", err=True)


def find_app(session: Session, organisation: OrganisationView, name: str) -> UUID:
    """The organisation's app with this name. Raises NotFound, and Conflict when it has several."""
    found = [app.id for app in apps.apps_of(session, [organisation.id]) if app.name == name]
    if not found:
        raise NotFound(f"{organisation.name} has no app called {name!r}.")
    if len(found) > 1:
        raise Conflict(f"{organisation.name} has several apps called {name!r}.")
    return found[0]


def make_app(
    session: Session,
    now: datetime,
    organisation: OrganisationView,
    name: str,
    home_url: str,
    contact: str = "",
    *,
    agreed: Agreed | None = None,
    role: str = "",
) -> UUID:
    """A new app, with an agreement and a first role where they are given.

    Raises Conflict when the organisation has one of this name, and what ``profiles.apps`` refuses.
    """
    if any(app.name == name.strip() for app in apps.apps_of(session, [organisation.id])):
        raise Conflict(f"{organisation.name} has an app called {name!r} already. To use it: --app {name!r}")
    contact = contact or f"the team that runs {name.strip()} at {organisation.name}"
    app_id = apps.create_app(
        session,
        now,
        INITIATOR,
        organisation_id=organisation.id,
        name=name,
        home_url=home_url,
        contact=contact,
    ).id
    if agreed is not None:
        apps.agree(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            app_id=app_id,
            contact=contact,
            valid_from=now,
            valid_to=None,
            **vars(agreed),
        )
    if role:
        roles.add_role(session, now, INITIATOR, app_id, role, role.capitalize())
        apps.add_rule(
            session,
            now,
            PROVENANCE,
            INITIATOR,
            app_id=app_id,
            role_name=role,
            valid_from=now,
            organisation_id=organisation.id,
        )
    return app_id


def _metadata(
    name: str, jwks_file: IO[bytes] | None, described: Mapping[str, Any], *, require_pkce: bool
) -> ClientMetadata:
    """What the options say of the client; it is judged later. Raises InvalidClientMetadata."""
    fields = ClientMetadata.__dataclass_fields__
    said = {name: value for name, value in described.items() if name in fields and value is not None}
    values: dict[str, Any] = {**defaults_of(described["profile"]), **said}
    return ClientMetadata(
        client_name=name,
        jwks=_jwks(jwks_file),
        require_pkce=require_pkce,
        tokens=tokens_of(described),
        **values,
    )


def _logo(logo_uri: str | None) -> Image | None:
    """The logo at an address. Raises InvalidClientMetadata when there is none that can be shown."""
    logo = fetch_logo(logo_uri, image_fetcher(development=settings().development))
    if logo is None and logo_uri is not None:
        raise InvalidClientMetadata("logo_uri", "there is no PNG or JPEG of a reasonable size")
    return logo


def _jwks(file: IO[bytes] | None) -> Any:
    """The key set in a file; the registration judges it. Raises InvalidClientMetadata when it is not JSON."""
    try:
        return None if file is None else json.load(file)
    except (ValueError, RecursionError):
        raise InvalidClientMetadata("jwks", "the file is not JSON") from None


def _agreed(
    purpose: str, lawful_basis: str, claims: str, retention: str, dpia: str, suppliers: str
) -> Agreed | None:
    """The agreement that the options describe. Raises Invalid for one that says only half of it."""
    names: Collection[str] = [name.strip() for name in claims.split(",") if name.strip()]
    if not (purpose or names or retention or dpia or suppliers):
        return None
    if not purpose or not retention:
        raise Invalid("An agreement says why and for how long: give --purpose and --retention.")
    return Agreed(purpose, LawfulBasis(lawful_basis), tuple(names), retention, dpia, suppliers)


def _show(registered: Registered, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(registered), indent=2))
        return
    for name, value in asdict(registered).items():
        click.echo(f"{name:14}{value}")
    if registered.client_secret:
        click.echo("Keep the secret safe: it is not shown again.")
