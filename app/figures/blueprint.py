"""The blueprint that the pages of figures share."""

from flask import Blueprint

blueprint = Blueprint("figures", __name__)
