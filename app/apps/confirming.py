"""An app that has agreed to confirm that it ended old access, or to get no new tokens, can be told of it."""

from uuid import UUID

from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.entitlements.service import rules_of


def must_confirm(app_id: UUID) -> bool:
    """Whether its agreement, which takes two people to change, stops its tokens while it has not."""
    now = request_time()
    agreement = rules_of(request_session(), app_id, now).find_agreement(now)
    return agreement is not None and agreement.stop_tokens_when_overdue


def needs_address() -> str:
    """What is said at the field of an address that is missing."""
    return _(
        "Enter the address: as agreed, the app confirms that it ended old access, so it must be told of that"
    )
