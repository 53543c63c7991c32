"""Where a death that was recorded by mistake is taken back, of somebody who works nowhere any more."""

from uuid import UUID

from flask import url_for

from app.access import permissions
from app.request_transaction import request_session, request_time
from profiles.employments.models import Employment
from profiles.portable_profile.leavers import can_stay
from profiles.roles.permissions import Permission
from profiles.temporal import history


def mistaken_deaths(person_id: UUID) -> list[str]:
    """Where each death is taken back that the reader's organisations recorded lately, and that was none."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    return [
        url_for("people.stay", person_id=person_id, fact_id=one.fact_id)
        for one in history(session, Employment, now, person_id=person_id)
        if one.organisation_id in mine
        and one.valid_to is not None
        and one.valid_to <= now
        and can_stay(session, one, now)
    ]
