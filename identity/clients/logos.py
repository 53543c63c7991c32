"""Our own copies of clients' logos, made when a client is registered or changed.

A picture that a page loads from elsewhere tells its host who is about to sign in, and may become another
picture tomorrow. What is swapped there after the registration is not shown here.
"""

import hashlib
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients.documents import FetchImage
from identity.clients.errors import DocumentUnavailable
from identity.clients.images import Image, find_image
from identity.clients.models import Client, ClientLogo

_DIGEST = select(col(ClientLogo.digest)).where(
    col(ClientLogo.client_id) == bindparam("client_id"),
    col(ClientLogo.source_uri) == bindparam("logo_uri"),
)
_IMAGE = (
    select(col(ClientLogo.media_type), col(ClientLogo.content))
    .join(Client, col(Client.client_id) == col(ClientLogo.client_id))
    .where(col(ClientLogo.digest) == bindparam("digest"), col(Client.disabled_at).is_(None))
    .limit(1)
)


def fetch_logo(logo_uri: str | None, fetch: FetchImage) -> Image | None:
    """The logo that a client names; None when there is none, or none that we show.

    Fetches: call it before any write begins. A client is registered all the same.
    """
    if logo_uri is None:
        return None
    try:
        return find_image(fetch(logo_uri))
    except DocumentUnavailable:
        return None


def keep(session: Session, client_id: str, logo_uri: str | None, image: Image | None, now: datetime) -> None:
    """Let this be the client's logo; without an image the copy of the same address stays."""
    kept = session.get(ClientLogo, client_id)
    if image is None and kept is not None and kept.source_uri == logo_uri:
        return
    if kept is not None:
        session.delete(kept)
        session.flush()
    if image is not None and logo_uri is not None:
        session.add(
            ClientLogo(
                client_id=client_id,
                source_uri=logo_uri,
                digest=hashlib.sha256(image.content).hexdigest(),
                media_type=image.media_type,
                content=image.content,
                copied_at=now,
            )
        )
        session.flush()


def find_digest(session: Session, client_id: str, logo_uri: str | None) -> str | None:
    """By which digest our copy of a client's logo is served; None when it has none."""
    if logo_uri is None:
        return None
    asked = {"client_id": client_id, "logo_uri": logo_uri}
    digest: str | None = session.connection().execute(_DIGEST, asked).scalar_one_or_none()
    return digest


def find(session: Session, digest: str) -> Image | None:
    """The logo with this digest, while a client that is not disabled has it."""
    row = session.connection().execute(_IMAGE, {"digest": digest}).one_or_none()
    return None if row is None else Image(row.media_type, row.content)
