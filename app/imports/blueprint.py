"""The blueprint that the modules of this package add their views to.

In production its pages are closed: a file can still change clearances without who looks after them, and an
approver may be among those whom it changes (docs/guides/importing-records.md). The format stays public.
"""

from flask import Blueprint, request

from app.translation import gettext as _
from identity.context import current
from profiles.errors import NotPermitted

blueprint = Blueprint("imports", __name__)


@blueprint.before_request
def _closed_in_production() -> None:
    if not current().settings.development and request.endpoint != "imports.record_schema":
        raise NotPermitted(
            _("Files are imported by the operators of Lanyard. Ask them to run “lanyard import”.")
        )
