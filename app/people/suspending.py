"""How a security officer suspends somebody's account at once, and two of them lift that again."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app import access_changes
from app.access import permissions, signed_in_person
from app.listed_names import employers_name, known_name, listed_name, not_named
from app.people.blueprint import blueprint
from app.people.effects import items_in_words
from app.people.helped import get_helped
from app.people.told_apps import receipts_href, suspensions_of
from app.portable_profile.asked import asked_dates
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from profiles.access_policy import lifting
from profiles.employments.breaks import places_of
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.roles.permissions import Permission, requires
from profiles.sign_in.service import is_within
from profiles.suspensions import service
from profiles.suspensions.models import AccountSuspension

PATH = "/people/<uuid:person_id>/suspension"


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why; other officers and auditors read it, the person does not."""

    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Enter the reason")),
            Length(max=service.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("Other security officers and auditors read it. The person does not."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get(PATH)
@requires(Permission.SUSPEND_ACCOUNTS)
def suspension(person_id: UUID) -> str:
    """Whether the account is suspended, and the form that changes it."""
    return _show(person_id, ReasonForm(formdata=None))


@blueprint.post(PATH)
@requires(Permission.SUSPEND_ACCOUNTS, fresh=True)
def suspend(person_id: UUID) -> Response | tuple[str, int]:
    """End every session, tell every app, and let the person sign in nowhere."""
    form, whom = ReasonForm(), get_helped(person_id, Permission.SUSPEND_ACCOUNTS)
    if not form.validate_on_submit():
        return _show(person_id, form), 422
    access_changes.suspend_account(
        request_session(),
        request_time(),
        person_id=person_id,
        organisation_id=whom.organisation_id,
        officer_id=signed_in_person(),
        reason=form.data["reason"],
    )
    flash(_("The account is suspended. Every session has ended, and the apps are told."), "success")
    return redirect(url_for("people.suspension", person_id=person_id), 303)


@blueprint.get(f"{PATH}/lift")
@blueprint.get(f"{PATH}/lift/approve")
@blueprint.get(f"{PATH}/lift/refuse")
@requires(Permission.SUSPEND_ACCOUNTS)
def back_to_suspension(person_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing the button."""
    return redirect(url_for("people.suspension", person_id=person_id))


@blueprint.post(f"{PATH}/lift")
@requires(Permission.SUSPEND_ACCOUNTS, fresh=True)
def lift_suspension(person_id: UUID) -> Response | tuple[str, int]:
    """Let the person sign in again or, where that opens anything, ask a second officer."""
    form, found = ReasonForm(), _get_visible(person_id)
    if not form.validate_on_submit():
        return _show(person_id, form), 422
    session, now, officer_id = request_session(), request_time(), signed_in_person()
    if found.lift_asked_by is None and not _must_wait(lifting.foresee(session, found, now)):
        return _lift(found, form.data["reason"])
    lifting.ask(
        session,
        now,
        suspension=found,
        organisation_id=_deciding(found),
        officer_id=officer_id,
        reason=form.data["reason"],
    )
    flash(_("It waits for a second security officer of your organisation."), "success")
    return redirect(url_for("people.suspension", person_id=person_id), 303)


@blueprint.post(f"{PATH}/lift/approve")
@requires(Permission.SUSPEND_ACCOUNTS, fresh=True)
def approve_lifting(person_id: UUID) -> Response | tuple[str, int]:
    """Lift it as the second officer. What is not as the page said is shown again."""
    session, now, found = request_session(), request_time(), _get_visible(person_id)
    if lifting.may_approve(session, found, signed_in_person(), now):
        opening = lifting.foresee(session, found, now)
        if request.form.get("shown", "") != lifting.shown(found, opening):
            return _show(person_id, ReasonForm(formdata=None), changed=True), 409
    return _lift(found, "")


@blueprint.post(f"{PATH}/lift/refuse")
@requires(Permission.SUSPEND_ACCOUNTS, fresh=True)
def refuse_lifting(person_id: UUID) -> Response:
    """Leave it in place; who asked takes the wish back so."""
    lifting.refuse(
        request_session(),
        request_time(),
        suspension=_get_visible(person_id),
        officer_id=signed_in_person(),
    )
    flash(_("The account stays suspended."), "success")
    return redirect(url_for("people.suspension", person_id=person_id), 303)


@blueprint.get("/people/suspended")
@requires(Permission.SUSPEND_ACCOUNTS)
def suspended() -> str:
    """Every account that the officer's organisations have suspended, or had on another day."""
    session, now = request_session(), request_time()
    asked = asked_dates(now)
    mine = permissions().organisations(Permission.SUSPEND_ACCOUNTS)
    rows = [
        {
            "name": _listed(one),
            "href": url_for("people.suspension", person_id=one.person_id),
            "since": one.valid_from,
            "reason": one.reason,
            "waits": one.lift_asked_by is not None,
        }
        for one in service.suspended_accounts(session, mine, asked.valid_at, asked.known_at)
    ]
    return render_template(
        "people/suspended.html",
        rows=rows,
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("people.suspended"),
    )


def _listed(one: AccountSuspension) -> str:
    session, now = request_session(), request_time()
    name = listed_name(session, one.person_id, now)
    return name if name == not_named() else employers_name(session, one.person_id, now, one.valid_from)


def _find_visible(person_id: UUID) -> AccountSuspension | None:
    """The suspension, if the officer's organisation imposed it, or the person has moved on to it since.

    While they still work where it was imposed, also if they are lent, nobody else decides.
    """
    session, now = request_session(), request_time()
    found = service.find_account_suspension(session, person_id, now)
    if found is None or found.organisation_id is None:
        return None
    mine = permissions().organisations(Permission.SUSPEND_ACCOUNTS)
    if found.organisation_id in mine:
        return found
    works_at = places_of(session, person_id, now)
    has_moved = not any(is_within(session, one, found.organisation_id, now) for one in works_at)
    return found if has_moved and not mine.isdisjoint(works_at) else None


def _get_visible(person_id: UUID) -> AccountSuspension:
    """Raises Conflict where there is none that this officer may lift, NotPermitted for one's own account."""
    found = _find_visible(person_id)
    if found is None:
        raise Conflict(_("The account is not suspended any more."))
    if permissions().are_of(person_id):
        raise NotPermitted(_("A colleague must decide on your own account."))
    return found


def _deciding(found: AccountSuspension) -> UUID:
    """For which organisation the officer acts: the one that imposed it, or where the person works by now."""
    mine = permissions().organisations(Permission.SUSPEND_ACCOUNTS)
    if found.organisation_id is not None and found.organisation_id in mine:
        return found.organisation_id
    return next(one for one in places_of(request_session(), found.person_id, request_time()) if one in mine)


def _must_wait(opening: lifting.Opening) -> bool:
    return lifting.must_wait(opening, current_app.config["SECOND_OFFICER_ABOVE"])


def _lift(found: AccountSuspension, reason: str) -> Response:
    person_id = found.person_id
    access_changes.reinstate_account(
        request_session(),
        request_time(),
        suspension=found,
        officer_id=signed_in_person(),
        reason=reason,
        alone_up_to=current_app.config["SECOND_OFFICER_ABOVE"],
    )
    flash(_("The person can sign in again."), "success")
    return redirect(url_for("people.suspension", person_id=person_id), 303)


def _show(person_id: UUID, form: ReasonForm, *, changed: bool = False) -> str:
    """For the people of the officer's organisations, and those whom these have suspended."""
    session, now, found = request_session(), request_time(), _find_visible(person_id)
    if found is None:
        get_helped(person_id, Permission.SUSPEND_ACCOUNTS)
    elsewhere = found is None and service.find_account_suspension(session, person_id, now) is not None
    try:
        name = employers_name(session, person_id, now, found.valid_from if found else now)
    except NotFound:
        name = _("A person")
    opening = lifting.foresee(session, found, now) if found else None
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    ours = [one for one in opening.changes if one.organisation_id in mine] if opening else []
    asked_by, me = found.lift_asked_by if found else None, signed_in_person()
    waits = opening is not None and _must_wait(opening)
    return render_template(
        "people/suspension.html",
        person_id=person_id,
        name=name,
        found=found,
        elsewhere_suspended=elsewhere,
        receipts=[(one.at, receipts_href(one)) for one in suspensions_of(person_id)],
        officer=known_name(session, found.recorded_by, now) if found and found.recorded_by else "",
        is_self=permissions().are_of(person_id) if found else person_id == signed_in_person(),
        form=form,
        items=items_in_words(ours, name),
        elsewhere=opening is not None and len(ours) < len(opening.changes),
        has_role=opening is not None and opening.has_role,
        waits=waits,
        nobody=found is not None
        and waits
        and not lifting.has_second(session, found, _deciding(found), asked_by or me, now),
        asked_by=known_name(session, asked_by, now) if asked_by else "",
        may_approve=found is not None and lifting.may_approve(session, found, signed_in_person(), now),
        shown=lifting.shown(found, opening) if found and opening else "",
        changed=changed,
    )
