"""An app that has agreed to confirm that it ended old access, or to get no new tokens, can be told of it."""

from uuid import UUID

from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.disclosure import service as disclosure


def must_confirm(app_id: UUID) -> bool:
    """Whether its agreement, which takes two people to change, stops its tokens while it has not."""
    return disclosure.must_confirm(request_session(), app_id, request_time())


def needs_address() -> str:
    """What is said at the field of an address that is missing."""
    return _(
        "Enter the address: as agreed, the app confirms that it ended old access, so it must be told of that"
    )
