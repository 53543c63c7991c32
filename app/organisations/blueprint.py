"""The blueprint that the pages of organisations share."""

from flask import Blueprint

blueprint = Blueprint("organisations", __name__)
