"""For how long an organisation uses clearances: a security officer proposes fewer years, another confirms."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import IntegerField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.access import permissions, signed_in_person
from app.listed_names import known_name
from app.people.blueprint import blueprint
from app.portable_profile.asked import AskedDates, asked_dates
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import TextArea, TextInput, stripped
from profiles.clearances import limits
from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceLimitProposal
from profiles.clearances.validity import ValidityPeriods
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.transfers import watching

PATH = "/people/clearance-limits"


class LimitForm(FlaskForm):  # type: ignore[misc]
    """How many years, and why."""

    years = IntegerField(
        _l("Years after the decision (optional)"),
        [Optional()],
        widget=TextInput(),
        description=_l("Leave it empty to use it for as long as the level lasts."),
    )
    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Say why")),
            Length(max=limits.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("Security officers and auditors read it. Name the risk owner who decided."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get(PATH)
@requires(Permission.MANAGE_CLEARANCES)
def clearance_limits() -> str:
    """What holds at each of the officer's organisations, or did, and what waits for another officer."""
    session, now, mine = request_session(), request_time(), _mine()
    known, asked = organisations.tree(session, now).organisations, asked_dates(now)
    return render_template(
        "people/clearance_limits.html",
        organisations=[
            (known[one].name, one, _levels(one, asked))
            for one in sorted(mine & known.keys(), key=lambda one: known[one].name)
        ],
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("people.clearance_limits"),
        proposals=[
            {
                "proposal": one,
                "rows": [
                    (_("Organisation"), known[one.organisation_id].name),
                    *_in_words(one.level, one.years),
                    (_("Why"), one.reason),
                    (_("Proposed by"), known_name(session, one.proposed_by, now)),
                    (_("What it turns today"), _turned(one.organisation_id, one.level, one.years)),
                ],
                "is_own": permissions().are_of(one.proposed_by),
            }
            for one in limits.open_proposals(session, mine)
        ],
    )


@blueprint.get(f"{PATH}/<uuid:organisation_id>/<level>")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def change_limit(organisation_id: UUID, level: str) -> Response:
    """The form, filled in with what holds."""
    which = _managed(organisation_id, level)
    present = limits.limits_at(request_session(), organisation_id, request_time()).get(which)
    return _show(organisation_id, which, LimitForm(data={"years": present.years if present else None}))


@blueprint.post(f"{PATH}/<uuid:organisation_id>/<level>")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def propose_limit(organisation_id: UUID, level: str) -> Response:
    """Show what it turns or, once that was checked, propose it."""
    which, form = _managed(organisation_id, level), LimitForm()
    if not form.validate_on_submit():
        return _show(organisation_id, which, form, 422)
    session, now, years = request_session(), request_time(), form.years.data
    asked: dict[str, Any] = {"organisation_id": organisation_id, "level": which, "years": years}
    try:
        if request.form.get("checked") != "yes":
            limits.check(session, now, **asked, periods=_periods())
            return _check(organisation_id, which, form)
        officer_id, reason = signed_in_person(), form.reason.data or ""
        limits.propose(session, now, **asked, reason=reason, officer_id=officer_id, periods=_periods())
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show(organisation_id, which, form, 422)
    flash(_("It is proposed. Another security officer must confirm it, and is told by mail."), "success")
    return redirect(url_for("people.clearance_limits"), 303)


@blueprint.get(f"{PATH}/proposals/<uuid:proposal_id>/confirm")
@blueprint.get(f"{PATH}/proposals/<uuid:proposal_id>/withdraw")
@requires(Permission.MANAGE_CLEARANCES)
def back_to_limits(proposal_id: UUID) -> Response:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("people.clearance_limits"))


@blueprint.post(f"{PATH}/proposals/<uuid:proposal_id>/confirm")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def confirm_limit(proposal_id: UUID) -> Response:
    """Let it hold. Access turns with it; the worker ends what no longer fits, and tells the apps.

    Moves to the organisation that rest on a clearance which it uses no longer stand still at once.
    """
    proposal = limits.get_open(request_session(), proposal_id, _mine())
    limits.confirm(request_session(), proposal, signed_in_person(), request_time(), _periods())
    watching.look_at_joiners(request_session(), proposal.organisation_id, request_time())
    flash(_("It holds from now on."), "success")
    return redirect(url_for("people.clearance_limits"), 303)


@blueprint.post(f"{PATH}/proposals/<uuid:proposal_id>/withdraw")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def withdraw_limit(proposal_id: UUID) -> Response:
    """Let nothing come of it."""
    proposal: ClearanceLimitProposal = limits.get_open(request_session(), proposal_id, _mine())
    limits.withdraw(request_session(), proposal, signed_in_person(), request_time())
    flash(_("The proposal is withdrawn."), "success")
    return redirect(url_for("people.clearance_limits"), 303)


def _mine() -> frozenset[UUID]:
    return permissions().organisations(Permission.MANAGE_CLEARANCES)


def _periods() -> ValidityPeriods:
    periods: ValidityPeriods = current_app.config["CLEARANCE_PERIODS"]
    return periods


def _managed(organisation_id: UUID, level: str) -> ClearanceLevel:
    if organisation_id not in _mine() or level not in _periods().years:
        raise NotFound(_("There is no such clearance in your organisation."))
    return ClearanceLevel(level)


def _levels(organisation_id: UUID, asked: AskedDates) -> list[dict[str, Any]]:
    present = limits.limits_at(request_session(), organisation_id, asked.valid_at, asked.known_at)
    return [
        {
            "level": level.value,
            "longest": _years(longest),
            "own": _years(present[level].years) if level in present else _("As long as it lasts"),
        }
        for level, longest in _periods().years.items()
    ]


def _years(years: int) -> str:
    return str(ngettext("%(num)s year", "%(num)s years", years))


def _in_words(level: ClearanceLevel, years: int | None) -> list[tuple[str, str]]:
    return [
        (_("Level"), level.value),
        (_("Lasts at most"), _years(_periods().years[level])),
        (_("You would use it for"), _("As long as it lasts") if years is None else _years(years)),
    ]


def _turned(organisation_id: UUID, level: ClearanceLevel, years: int | None) -> str:
    session, now = request_session(), request_time()
    number = limits.turned(session, organisation_id, level, years, now)
    present = limits.limits_at(session, organisation_id, now).get(level)
    if years is not None and (present is None or years < present.years):
        return str(
            ngettext(
                "%(num)s person who works there could not use their clearance any more",
                "%(num)s people who work there could not use their clearance any more",
                number,
            )
        )
    return str(
        ngettext(
            "%(num)s person who works there could use their clearance again",
            "%(num)s people who work there could use their clearance again",
            number,
        )
    )


def _show(organisation_id: UUID, level: ClearanceLevel, form: LimitForm, status: int = 200) -> Response:
    page = render_template(
        "people/clearance_limit.html",
        organisation=organisations.get(request_session(), organisation_id, request_time()).name,
        level=level.value,
        longest=_years(_periods().years[level]),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _check(organisation_id: UUID, level: ClearanceLevel, form: LimitForm) -> Response:
    years = form.years.data
    page = render_template(
        "people/check_clearance_limit.html",
        organisation=organisations.get(request_session(), organisation_id, request_time()).name,
        rows=[
            *_in_words(level, years),
            (_("Why"), form.reason.data),
            (_("What it turns today"), _turned(organisation_id, level, years)),
        ],
        typed=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        back_href=url_for("people.change_limit", organisation_id=organisation_id, level=level.value),
    )
    return Response(page, 200, mimetype="text/html")
