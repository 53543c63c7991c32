"""Clients' logos, from our own copies; an address names one picture for ever, by its SHA-256."""

import re

from flask import Response, abort

from identity.clients import logos
from identity.context import current
from profiles.roles.permissions import public

KEPT_FOR = 24 * 3600
_DIGEST = re.compile(r"[0-9a-f]{64}")


@public
def logo(digest: str) -> Response:
    """The picture; 404 when no client has it any more."""
    if not _DIGEST.fullmatch(digest):
        abort(404)
    with current().reading() as session:
        image = logos.find(session, digest)
    if image is None:
        abort(404)
    response = Response(image.content, mimetype=image.media_type)
    response.headers["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return response
