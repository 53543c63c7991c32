"""What commands say of a client, as options in RFC 7591's names: the fields of its metadata."""

from collections.abc import Callable, Mapping
from typing import Any

import click

from identity.clients import service as clients
from identity.clients.fapi2 import DEFAULTS as FAPI2
from identity.clients.metadata import PROFILES
from identity.clients.token_metadata import ACCESS_TOKEN_FORMATS, GRANT_TYPES, TokenMetadata
from identity.clients.uris import APPLICATION_TYPES, SUBJECT_TYPES

Command = Callable[..., None]

_METADATA = (
    click.option("--redirect-uri", "redirect_uris", multiple=True, metavar="URI", help="Where codes go."),
    click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True, metavar="URI"),
    click.option(
        "--backchannel-logout-uri", metavar="URI", help="Where to say that somebody's session ended."
    ),
    click.option("--initiate-login-uri", metavar="URI", help="Where people who start from Lanyard begin."),
    click.option("--logo-uri", metavar="URI", help="A PNG or JPEG; people see our copy of it."),
    click.option("--policy-uri", metavar="URI", help="Its privacy policy, linked from the sign-in page."),
    click.option("--tos-uri", metavar="URI", help="Its terms, linked from the sign-in page."),
    click.option("--client-uri", metavar="URI", help="Where people find it, if no redirect URI says that."),
    click.option(
        "--application-type",
        type=click.Choice(APPLICATION_TYPES),
        default=APPLICATION_TYPES[0],
        show_default=True,
        help="native: installed on people's devices, with redirect URIs there.",
    ),
    click.option(
        "--profile",
        type=click.Choice(PROFILES),
        default=PROFILES[0],
        show_default=True,
        help="fapi2: the FAPI 2.0 Security Profile, with everything that it demands.",
    ),
    click.option(
        "--token-endpoint-auth-method",
        type=click.Choice(clients.AUTH_METHODS),
        show_default=f"{clients.AUTH_METHODS[0]}, with fapi2 {FAPI2['token_endpoint_auth_method']}",
        help="none: a public client, which cannot keep a secret, as a single-page or native app.",
    ),
    click.option("--jwks-uri", metavar="URI", help="Where it publishes its keys instead."),
    click.option(
        "--token-endpoint-auth-signing-alg",
        type=click.Choice(clients.SIGNING_ALGORITHMS),
        help="The one algorithm of its assertions, for private_key_jwt.",
    ),
    click.option(
        "--id-token-signed-response-alg",
        type=click.Choice(clients.SIGNING_ALGORITHMS),
        show_default=f"{clients.SIGNING_ALGORITHMS[0]}, with fapi2 {FAPI2['id_token_signed_response_alg']}",
    ),
    click.option(
        "--userinfo-signed-response-alg",
        type=click.Choice(clients.SIGNING_ALGORITHMS),
        help="Sign userinfo for it; without this it is plain JSON.",
    ),
    click.option(
        "--subject-type",
        type=click.Choice(SUBJECT_TYPES),
        default=SUBJECT_TYPES[0],
        show_default=True,
        help="public: one sub at all such clients, who can then put their records together.",
    ),
    click.option(
        "--require-pushed-authorization-requests",
        is_flag=True,
        help="Only take its authorization requests at /par.",
    ),
    click.option(
        "--dpop-bound-access-tokens",
        is_flag=True,
        help="Only give it tokens that are good with a key of its own.",
    ),
    click.option(
        "--request-uri", "request_uris", multiple=True, metavar="URI", help="Of its request objects."
    ),
    click.option(
        "--request-object-signing-alg",
        type=click.Choice(clients.SIGNING_ALGORITHMS),
        help="The one algorithm of its request objects.",
    ),
    click.option(
        "--require-signed-request-object",
        is_flag=True,
        help="Only take requests that it signed with its keys.",
    ),
)
_TOKENS = (
    click.option(
        "--grant-type",
        "grant_types",
        multiple=True,
        type=click.Choice(GRANT_TYPES),
        default=GRANT_TYPES[:1],
        show_default=True,
        help="May be given several times, as may the next ones but the format.",
    ),
    click.option(
        "--access-token-format",
        type=click.Choice(ACCESS_TOKEN_FORMATS),
        default=ACCESS_TOKEN_FORMATS[0],
        show_default=True,
    ),
    click.option("--service-scope", "service_scopes", multiple=True, help="What it may do by itself."),
    click.option("--resource", "resources", multiple=True, metavar="URI", help="What it may ask tokens for."),
    click.option("--serves", multiple=True, metavar="URI", help="A resource that it is: it may introspect."),
)


def metadata_options(command: Command) -> Command:
    """Add the options that say how a client speaks OpenID Connect."""
    return _with(command, _METADATA)


def token_options(command: Command) -> Command:
    """Add the options that say which tokens a client may ask for; ``tokens_of`` reads them."""
    return _with(command, _TOKENS)


def tokens_of(options: Mapping[str, Any]) -> TokenMetadata:
    """What ``token_options`` were given; other options are passed over."""
    return TokenMetadata(**{name: options[name] for name in TokenMetadata.__dataclass_fields__})


def _with(command: Command, options: tuple[Callable[[Command], Command], ...]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
