"""Sign-ins that were reported as somebody else's, at the organisations that an officer looks after."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import answering, signed_in_person
from app.listed_names import listed_name
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from identity.disowning import service
from identity.disowning.models import DisownedSession, Outcome
from identity.sessions.credentials import CredentialKind, read
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Permission, requires

blueprint = Blueprint("security_reports", __name__)


@blueprint.get("/security-reports")
@requires(Permission.HANDLE_SECURITY_REPORTS)
def reports() -> str:
    """Those that nobody has decided on yet."""
    session = request_session()
    found = service.open_reports(session, answering().organisations(Permission.HANDLE_SECURITY_REPORTS))
    return render_template(
        "security_reports/reports.html",
        reports=[(one, listed_name(session, one.person_id, request_time())) for one in found],
    )


@blueprint.get("/security-reports/<uuid:report_id>")
@requires(Permission.HANDLE_SECURITY_REPORTS)
def report(report_id: UUID) -> str:
    """One of them: what is locked, and the two ways to go on."""
    found = _report(report_id)
    return render_template(
        "security_reports/report.html",
        report=found,
        name=_name(request_session(), found),
        locked=in_words(found),
        is_own=found.person_id == signed_in_person(),
    )


@blueprint.get("/security-reports/<uuid:report_id>/unlock")
@blueprint.get("/security-reports/<uuid:report_id>/recovery")
@requires(Permission.HANDLE_SECURITY_REPORTS)
def back_to_report(report_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("security_reports.report", report_id=report_id))


@blueprint.post("/security-reports/<uuid:report_id>/unlock")
@requires(Permission.HANDLE_SECURITY_REPORTS, fresh=True)
def unlock(report_id: UUID) -> Response:
    """Let what was locked open the account again."""
    return _close(report_id, Outcome.UNLOCKED, _("What was locked opens the account again."))


@blueprint.post("/security-reports/<uuid:report_id>/recovery")
@requires(Permission.HANDLE_SECURITY_REPORTS, fresh=True)
def leave_to_recovery(report_id: UUID) -> Response:
    """Leave it locked; HR goes on."""
    return _close(report_id, Outcome.RECOVERY, _("It stays locked. Ask HR to begin a recovery."))


def in_words(found: DisownedSession) -> str:
    """What was locked, for people."""
    names = {
        CredentialKind.PASSWORD: _("the password"),
        CredentialKind.PASSKEY: _("a passkey"),
        CredentialKind.LINK: _("the department’s account"),
    }
    return ", ".join(dict.fromkeys(names[read(one)[0]] for one in found.credentials))


def _close(report_id: UUID, outcome: Outcome, said: str) -> Response:
    service.close(request_session(), _report(report_id), signed_in_person(), outcome, request_time())
    flash(said, "success")
    return redirect(url_for("security_reports.reports"), 303)


def _report(report_id: UUID) -> DisownedSession:
    mine = answering().organisations(Permission.HANDLE_SECURITY_REPORTS)
    return service.get_report(request_session(), report_id, mine)


def _name(session: Session, found: DisownedSession) -> str:
    return display_name(name_of(session, found.person_id, request_time()))
