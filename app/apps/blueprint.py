"""The blueprint that the pages of apps share."""

from flask import Blueprint

blueprint = Blueprint("apps", __name__)
