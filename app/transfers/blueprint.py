"""The blueprint that the modules of this package add their views to."""

from flask import Blueprint

from profiles.entitlements.explanation import with_article

blueprint = Blueprint("transfers", __name__)
blueprint.add_app_template_filter(with_article, "with_article")
