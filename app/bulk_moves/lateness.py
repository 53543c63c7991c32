"""That a bulk move is not taken back in time, or may not be: said where HR look first."""

from datetime import timedelta
from typing import cast

from flask import current_app

from app.bulk_moves.presenting import BulkMoveView
from app.display_formats import civil_datetime
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.bulk_moves import taking_back


def not_taken_back_within() -> timedelta:
    """How long before its day nobody begins to take a bulk move of many back."""
    return cast(timedelta, current_app.config["BULK_MOVE_NOT_TAKEN_BACK_WITHIN"])


def not_taken_back(view: BulkMoveView) -> str | None:
    """What still stands of a move that is to be taken back, once its day has begun or is near."""
    session, now, move = request_session(), request_time(), view.move
    if move.state not in taking_back.UNDER_WAY or move.starts_at > now + not_taken_back_within():
        return None
    recorded = taking_back.count_recorded(session, move)
    if not recorded:
        return None
    if move.starts_at <= now:
        return _(
            "The start date has begun, and the moves of %(people)s people are not taken back yet. Until they "
            "are, these people have the access of their new posts, and not that of their old ones. Tell "
            "whoever runs Lanyard now: its worker goes on as soon as it runs.",
            people=f"{recorded:,}",
        )
    return _(
        "The moves of %(people)s people are not taken back yet. What is not by %(at)s gives them the access "
        "of their new posts until it is. If the number does not fall, tell whoever runs Lanyard.",
        people=f"{recorded:,}",
        at=civil_datetime(move.starts_at),
    )
