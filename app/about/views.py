"""The privacy notice and the accessibility statement, and their links in the footer."""

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l

from app.look import FooterLink
from profiles.roles.permissions import public

blueprint = Blueprint("about", __name__)

FOOTER = (
    FooterLink(_l("Privacy"), "about.privacy"),
    FooterLink(_l("Accessibility"), "about.accessibility"),
)


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What is kept, why, on which basis and for how long (UK GDPR Art 13, 14)."""
    return render_template("about/privacy.html")


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    """How accessible the pages are, and what is known not to be."""
    return render_template("about/accessibility.html")
