"""Officers begin, confirm and cancel a recovery, each step on a page of its own."""

from datetime import timedelta
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.display_formats import civil_datetime
from app.people.freezing import check_not_frozen
from app.people.helped import Helped, check_not_self, get_helped
from app.recovery.blueprint import blueprint
from app.recovery.forms import CheckForm
from app.recovery.views import get_helped_by, get_recovery, name_in_words
from app.request_transaction import own_transaction, request_session, request_time, roll_back
from app.translation import gettext as _
from identity.context import current
from identity.recovery import limits, policy, service, taking_over
from identity.recovery.models import Recovery
from identity.sign_in.mail_links import STOP_RECOVERY
from profiles.errors import Conflict
from profiles.people.second_officers import tell
from profiles.roles.permissions import Permission, requires


@blueprint.get("/people/<uuid:person_id>/recovery")
@requires(Permission.REQUEST_RECOVERY, fresh=True)
def new_recovery(person_id: UUID) -> str:
    """Say what a recovery does, and ask how the officer made sure of who asks."""
    return _show_new(_whom_to_recover(person_id), CheckForm())


@blueprint.post("/people/<uuid:person_id>/recovery")
@requires(Permission.REQUEST_RECOVERY, fresh=True)
def request_recovery(person_id: UUID) -> Response | tuple[str, int]:
    """Begin it. What is begun is counted whatever becomes of it."""
    whom, form = _whom_to_recover(person_id), CheckForm()
    if not form.validate_on_submit():
        return _show_new(whom, form), 422
    now, officer_id = request_time(), signed_in_person()
    roll_back()
    with own_transaction() as own:
        wait = limits.take(own, officer_id, whom.organisation_id, now)
    if wait is not None:
        raise Conflict(
            _(
                "Too many recoveries were begun, so no more can be until %(date)s. Your security officers "
                "have been told.",
                date=civil_datetime(wait.until),
            )
        )
    made = service.request(
        request_session(),
        now,
        person_id=person_id,
        organisation_id=whom.organisation_id,
        officer_id=officer_id,
        permissions=permissions(),
        check=form.chosen,
    )
    tell(
        request_session(),
        now,
        permission=Permission.CONFIRM_RECOVERY,
        organisation_id=whom.organisation_id,
        what="the recovery of an account",
        where="Recoveries",
        except_for=(officer_id, person_id),
    )
    flash(
        _("The recovery has begun. Now a second officer checks who %(name)s is.", name=whom.name), "success"
    )
    return redirect(url_for("recovery.recovery", recovery_id=made.id), 303)


@blueprint.get("/recoveries/<uuid:recovery_id>/confirm")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def ask_to_confirm(recovery_id: UUID) -> str:
    """Ask the second officer how they made sure, on their own."""
    found, whom = _to_confirm(recovery_id)
    return _show_confirmation(found, whom, CheckForm())


@blueprint.post("/recoveries/<uuid:recovery_id>/confirm")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def confirm_recovery(recovery_id: UUID) -> Response | tuple[str, int]:
    """The waiting time begins, and the person is told at every address."""
    found, whom = _to_confirm(recovery_id)
    form = CheckForm()
    if not form.validate_on_submit():
        return _show_confirmation(found, whom, form), 422
    service.confirm(
        request_session(),
        request_time(),
        found,
        officer_id=signed_in_person(),
        permissions=permissions(),
        check=form.chosen,
        wait=_wait(),
        issuer=current().settings.issuer,
        stop_path=stop_path(found),
    )
    flash(
        _("You have confirmed. %(name)s is being told, and the waiting time runs.", name=whom.name), "success"
    )
    return redirect(url_for("recovery.recovery", recovery_id=recovery_id), 303)


@blueprint.get("/recoveries/<uuid:recovery_id>/take-over/<uuid:officer_id>")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def ask_to_take_over(recovery_id: UUID, officer_id: UUID) -> str:
    """Ask whoever goes on for an officer who is away how they made sure, on their own."""
    found, whom = _to_take_over(recovery_id, officer_id)
    return _show_taking_over(found, whom, officer_id, CheckForm())


@blueprint.post("/recoveries/<uuid:recovery_id>/take-over/<uuid:officer_id>")
@requires(Permission.CONFIRM_RECOVERY, fresh=True)
def take_over(recovery_id: UUID, officer_id: UUID) -> Response | tuple[str, int]:
    """Take that officer's place; the person is told at every address."""
    found, whom = _to_take_over(recovery_id, officer_id)
    form = CheckForm()
    if not form.validate_on_submit():
        return _show_taking_over(found, whom, officer_id, form), 422
    taking_over.take_over(
        request_session(),
        request_time(),
        found,
        from_officer_id=officer_id,
        officer_id=signed_in_person(),
        permissions=permissions(),
        check=form.chosen,
        issuer=current().settings.issuer,
        stop_path=stop_path(found),
    )
    flash(_("You have taken over, and %(name)s is being told.", name=whom.name), "success")
    return redirect(url_for("recovery.recovery", recovery_id=recovery_id), 303)


@blueprint.post("/recoveries/<uuid:recovery_id>/cancel")
@requires(Permission.CONFIRM_RECOVERY)
def cancel_recovery(recovery_id: UUID) -> Response:
    """End it: nothing changes for the person."""
    found, session, now = get_recovery(recovery_id), request_session(), request_time()
    service.cancel(session, now, found, officer_id=signed_in_person(), permissions=permissions())
    name = name_in_words(session, found.person_id)
    flash(_("The recovery is cancelled. Nothing changes for %(name)s.", name=name), "success")
    return redirect(url_for("recovery.recovery", recovery_id=recovery_id), 303)


def stop_path(found: Recovery) -> str:
    """Where the link in a mail leads."""
    return url_for("recovery.ask_to_stop", token=STOP_RECOVERY.token_of(found.id, request_time()))


def _whom_to_recover(person_id: UUID) -> Helped:
    whom = get_helped(person_id, Permission.REQUEST_RECOVERY)
    check_not_self(whom)
    check_not_frozen(whom)
    return whom


def _to_confirm(recovery_id: UUID) -> tuple[Recovery, Helped]:
    found = get_recovery(recovery_id)
    policy.check_may_confirm(found, signed_in_person(), permissions())
    whom = get_helped_by(found)
    check_not_frozen(whom)
    return found, whom


def _to_take_over(recovery_id: UUID, officer_id: UUID) -> tuple[Recovery, Helped]:
    found = get_recovery(recovery_id)
    policy.check_may_take_over(found, officer_id, signed_in_person(), permissions())
    whom = get_helped_by(found)
    check_not_frozen(whom)
    return found, whom


def _show_taking_over(found: Recovery, whom: Helped, officer_id: UUID, form: CheckForm) -> str:
    officer = name_in_words(request_session(), officer_id)
    return render_template("recovery/take_over.html", recovery=found, whom=whom, officer=officer, form=form)


def _show_new(whom: Helped, form: CheckForm) -> str:
    return render_template("recovery/new.html", whom=whom, form=form, hours=_wait() // timedelta(hours=1))


def _show_confirmation(found: Recovery, whom: Helped, form: CheckForm) -> str:
    return render_template(
        "recovery/confirm.html",
        recovery=found,
        whom=whom,
        requested_by=name_in_words(request_session(), found.requested_by),
        form=form,
        hours=_wait() // timedelta(hours=1),
    )


def _wait() -> timedelta:
    wait: timedelta = current_app.config["RECOVERY_WAIT"]
    return wait
