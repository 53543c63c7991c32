"""``/healthz``: the process answers. ``/readyz``: database, schema and keys are there for requests."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app import migrations
from app.request_transaction import reading, request_time
from identity.context import current
from identity.errors import IdentityError
from profiles.roles.permissions import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """200 while the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """200 when requests can be served, else 503; says which part is missing and nothing more."""
    parts = {"database": False, "migrations": False, "keys": False}
    try:
        with reading() as session:
            parts["migrations"] = migrations.is_current(session.connection())
        parts["database"] = True
        with reading() as session:
            current().key_ring.signer(session, "RS256", request_time())
        parts["keys"] = True
    except (SQLAlchemyError, IdentityError):
        pass
    return jsonify(parts), 200 if all(parts.values()) else 503
