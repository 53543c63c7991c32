"""Which client serves a resource."""

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients.models import Resource

_SERVER = select(col(Resource.client_id)).where(col(Resource.uri) == bindparam("uri"))


def serves(session: Session, client_id: str, uri: str) -> bool:
    """Whether this client is the resource's server, and so may ask about the tokens that are meant for it."""
    return session.connection().execute(_SERVER, {"uri": uri}).scalar_one_or_none() == client_id
