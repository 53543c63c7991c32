"""The blueprint that the modules of this package add their views to."""

from flask import Blueprint

blueprint = Blueprint("bulk_moves", __name__)
