"""Which kinds of client there are, in plain words, and what each is registered as."""

from dataclasses import dataclass
from enum import StrEnum

from app.translation import gettext as _
from identity.clients.models import Client
from identity.clients.public_clients import NONE
from identity.clients.token_metadata import AUTHORIZATION_CODE
from identity.clients.uris import NATIVE, WEB


class Kind(StrEnum):
    """What runs the client, and so whether it can keep a secret."""

    WEB = "web"
    SINGLE_PAGE = "single_page"
    NATIVE = "native"


@dataclass(frozen=True)
class KindChoice:
    """A kind, as it is offered to who registers a client."""

    kind: Kind
    text: str
    hint: str


def choices() -> list[KindChoice]:
    """The kinds that an owner may register."""
    return [
        KindChoice(
            Kind.WEB,
            _("A web app with a server of its own"),
            _("Its server can keep a secret or a key. For example Django, Rails, Spring or .NET."),
        ),
        KindChoice(
            Kind.SINGLE_PAGE,
            _("A single-page app"),
            _("It runs in the browser and has no server that signs people in. It has no secret."),
        ),
        KindChoice(
            Kind.NATIVE,
            _("A native app"),
            _("It is installed on a phone, tablet or computer. It has no secret."),
        ),
    ]


def kind_of(unverified_kind: str | None) -> Kind:
    """The kind that a form names; a web app where it names none."""
    return next((one for one in Kind if one == unverified_kind), Kind.WEB)


def application_type_of(kind: Kind) -> str:
    """As it is registered (OpenID Connect Registration §2)."""
    return NATIVE if kind is Kind.NATIVE else WEB


def signs_in(client: Client) -> bool:
    """Whether people sign in through it; a service has nobody."""
    return AUTHORIZATION_CODE in client.grant_types


def guide_to(client: Client) -> str:
    """Where the way of an app of this kind is described, with configuration to copy."""
    if not signs_in(client):
        return "docs/guides/service.md"
    if client.application_type == NATIVE:
        return "docs/guides/native-app.md"
    return (
        "docs/guides/single-page-app.md"
        if client.token_endpoint_auth_method == NONE
        else "docs/guides/web-app.md"
    )


def kind_in_words(client: Client) -> str:
    """What a registered client is."""
    if not signs_in(client):
        return _("Service")
    if client.application_type == NATIVE:
        return _("Native app")
    if client.token_endpoint_auth_method == NONE:
        return _("Single-page app")
    return _("Web app with a server")


def method_in_words(method: str) -> str:
    """How a client proves itself at the token endpoint."""
    words = {
        "client_secret_basic": _("A secret, in the Authorization header (client_secret_basic)"),
        "client_secret_post": _("A secret, in the body (client_secret_post)"),
        "private_key_jwt": _("Its own key (private_key_jwt)"),
        NONE: _("It cannot: PKCE protects each sign-in (none)"),
    }
    return words.get(method, method)
