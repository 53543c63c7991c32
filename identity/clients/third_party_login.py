"""Signing in that begins here: where apps want to be opened (OpenID Connect Core §4)."""

from collections.abc import Collection
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session, col, select

from identity.clients.models import Client


def starting_addresses(session: Session, app_ids: Collection[UUID], issuer: str) -> dict[UUID, str]:
    """Where each app that registered an ``initiate_login_uri`` begins to sign people in through us.

    Of an app's several clients that are in use it is the oldest one's. The app hears who sends the person,
    and nothing of the person: a ``login_hint`` would tell it an address before they have come.
    """
    clients = session.exec(
        select(Client.app_id, Client.initiate_login_uri)
        .where(
            col(Client.app_id).in_(app_ids),
            col(Client.initiate_login_uri).is_not(None),
            col(Client.disabled_at).is_(None),
        )
        .order_by(col(Client.created_at).desc(), col(Client.client_id))
    )
    return {app_id: _with_issuer(uri, issuer) for app_id, uri in clients if uri is not None}


def _with_issuer(uri: str, issuer: str) -> str:
    """The registered address; its own query survives untouched."""
    joint = "&" if "?" in uri else "?"
    return f"{uri}{joint}{urlencode({'iss': issuer})}"
