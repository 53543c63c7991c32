"""The recoveries of an officer's organisations, and one of them."""

from contextlib import suppress
from uuid import UUID

from flask import render_template
from sqlmodel import Session

from app.access import permissions, signed_in_person
from app.listed_names import listed_name
from app.people.freezing import find_freeze
from app.people.helped import Helped, get_helped
from app.recovery.blueprint import blueprint
from app.recovery.forms import CHECKS
from app.request_transaction import request_session, request_time
from identity.recovery import policy, service
from identity.recovery.models import Recovery, RecoveryState
from profiles.appointments import claims
from profiles.errors import ProfileError
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires


@blueprint.get("/recoveries")
@requires(Permission.CONFIRM_RECOVERY)
def recoveries() -> str:
    """Those under way."""
    session, mine = request_session(), permissions().organisations(Permission.CONFIRM_RECOVERY)
    found = service.open_at(session, mine, request_time())
    shown = [(one, listed_name(session, one.person_id, request_time())) for one in found]
    leavers = claims.of_our_leavers(session, permissions(), request_time())
    return render_template(
        "recovery/recoveries.html",
        recoveries=shown,
        claims=claims.open_at(session, mine, request_time()),
        leavers=[
            (one, listed_name(session, one.person_id, request_time())) for one in leavers if one.person_id
        ],
    )


@blueprint.get("/recoveries/<uuid:recovery_id>")
@requires(Permission.CONFIRM_RECOVERY)
def recovery(recovery_id: UUID) -> str:
    """One of them: where it stands, and what the officer can do next."""
    session, now, found = request_session(), request_time(), get_recovery(recovery_id)
    officer_id, is_open = signed_in_person(), found.is_open and found.expires_at > now
    waits = found.ready_at is not None and now < found.ready_at
    is_mine = officer_id in (found.requested_by, found.confirmed_by)
    return render_template(
        "recovery/recovery.html",
        recovery=found,
        name=name_in_words(session, found.person_id),
        requested_by=name_in_words(session, found.requested_by),
        request_check=CHECKS[found.request_check],
        confirmed_by=name_in_words(session, found.confirmed_by) if found.confirmed_by else "",
        confirm_check=CHECKS[found.confirm_check] if found.confirm_check else "",
        is_open=is_open,
        is_own=officer_id == found.person_id,
        waits=is_open and waits,
        may_confirm=is_open and found.state is RecoveryState.REQUESTED and _may_confirm(found),
        may_take_code=is_open and found.state is RecoveryState.WAITING and not waits and is_mine,
        may_take_over=_whom_to_take_over_from(session, found) if is_open else [],
        freeze=find_freeze(Helped(found.person_id, "", found.organisation_id)) if is_open else None,
    )


def get_recovery(recovery_id: UUID) -> Recovery:
    """One of the officer's organisations'. Raises NotFound for every other."""
    mine = permissions().organisations(Permission.CONFIRM_RECOVERY)
    return service.get(request_session(), recovery_id, mine)


def get_helped_by(found: Recovery) -> Helped:
    """Whose it is, while they work there. Raises NotFound once they do not."""
    whom = get_helped(found.person_id, Permission.CONFIRM_RECOVERY)
    return Helped(whom.person_id, whom.name, found.organisation_id)


def name_in_words(session: Session, person_id: UUID) -> str:
    """What to call somebody on a page."""
    return display_name(name_of(session, person_id, request_time()))


def _whom_to_take_over_from(session: Session, found: Recovery) -> list[tuple[UUID, str]]:
    """The officers, with their names, in whose place the reader may go on."""
    offered = []
    for officer_id in filter(None, (found.requested_by, found.confirmed_by)):
        with suppress(ProfileError):
            policy.check_may_take_over(found, officer_id, signed_in_person(), permissions())
            offered.append((officer_id, name_in_words(session, officer_id)))
    return offered


def _may_confirm(found: Recovery) -> bool:
    try:
        policy.check_may_confirm(found, signed_in_person(), permissions())
    except ProfileError:
        return False
    return True
