"""The blueprint that the modules of this package add their views to."""

from flask import Blueprint

blueprint = Blueprint("appointments", __name__)
