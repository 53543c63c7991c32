"""The app for which somebody signs in, as the sign-in page names it.

Its name and whose it is stand in our own records; of what the client says of itself only the links and the
logo are shown, which somebody allowed when it was registered.
"""

from dataclasses import dataclass

from identity.clients.logos import find_digest
from identity.clients.registry import RegisteredClient
from identity.context import Context
from profiles.sign_in.service import app_in_words


@dataclass(frozen=True)
class AskingApp:
    """What a page says of an app."""

    name: str
    organisation_name: str
    logo_digest: str | None
    policy_uri: str | None
    tos_uri: str | None


def find_asking_app(context: Context, client: RegisteredClient | None) -> AskingApp | None:
    """The app behind a registered client; None when nobody asks but Lanyard itself."""
    if client is None:
        return None
    with context.reading() as session:
        named = app_in_words(session, client.app_id, context.now())
        if named is None:
            return None
        return AskingApp(
            named.name,
            named.organisation_name,
            find_digest(session, client.client_id, client.logo_uri),
            client.policy_uri,
            client.tos_uri,
        )
