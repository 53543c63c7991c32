"""Each of the two officers is shown a code of their own, once, and hands it to the person."""

from uuid import UUID

from flask import render_template

from app.access import permissions, signed_in_person
from app.people.freezing import check_not_frozen
from app.people.helped import Helped
from app.recovery.blueprint import blueprint
from app.recovery.deciding import stop_path
from app.recovery.views import get_helped_by, get_recovery
from app.request_transaction import request_session, request_time
from identity.context import current
from identity.recovery import codes, policy
from identity.recovery.models import Recovery
from profiles.roles.permissions import Permission, requires


@blueprint.get("/recoveries/<uuid:recovery_id>/code")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def ask_for_code(recovery_id: UUID) -> str:
    """Say what the code does, and the button that shows it."""
    found, whom = _whose_code(recovery_id)
    return render_template("recovery/code.html", recovery=found, whom=whom)


@blueprint.post("/recoveries/<uuid:recovery_id>/code")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def show_code(recovery_id: UUID) -> str:
    """The code, shown this once."""
    found, whom = _whose_code(recovery_id)
    issuer = current().settings.issuer
    code = codes.issue(
        request_session(),
        request_time(),
        found,
        officer_id=signed_in_person(),
        permissions=permissions(),
        issuer=issuer,
        stop_path=stop_path(found),
    )
    return render_template("recovery/code_made.html", recovery=found, whom=whom, code=code, issuer=issuer)


def _whose_code(recovery_id: UUID) -> tuple[Recovery, Helped]:
    found = get_recovery(recovery_id)
    policy.check_may_take_code(found, signed_in_person(), permissions(), request_time())
    whom = get_helped_by(found)
    check_not_frozen(whom)
    return found, whom
