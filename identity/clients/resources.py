"""Which client serves a resource."""

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from identity.clients.models import Resource
from profiles.prepared import Prepared

_SERVER = Prepared(select(col(Resource.client_id)).where(col(Resource.uri) == bindparam("uri")))


def serves(session: Session, client_id: str, uri: str) -> bool:
    """Whether this client is the resource's server, and so may ask about the tokens that are meant for it."""
    return bool(_SERVER.scalar(session, {"uri": uri}) == client_id)
