"""The blueprint that the resources of the API share."""

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
