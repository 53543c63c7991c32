"""An officer or a line manager names who stands in for them, sees who does, and ends it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import find_rest_end, permissions, signed_in_person
from app.deputy_words import deputies_in_words, role_in_words
from app.display_formats import civil_date, last_day
from app.my_profile.blueprint import blueprint
from app.opened_records import shows
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal, text_field
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice, TextArea, stripped
from profiles.deputies import service
from profiles.deputies.service import Own, Wish
from profiles.errors import Invalid, NotFound
from profiles.people.service import display_name, name_of
from profiles.roles.permissions import Demand, signed_in


class DeputyForm(FlaskForm):  # type: ignore[misc]
    """For which role, who, from when to when, and why."""

    role = RadioField(
        _l("As what do they stand in for you?"),
        [InputRequired(_l("Choose as what they stand in for you"))],
        widget=Radios(),
    )
    address = text_field(
        _l("Work e-mail address of your deputy"),
        _l("Enter the work e-mail address"),
        description=_l("Somebody who works there. Both of you get a mail."),
    )
    first_day = CivilDateField(_l("First day"), [InputRequired(_l("Enter the first day"))])
    last_day = CivilDateField(
        _l("Last day"),
        [InputRequired(_l("Enter the last day"))],
        description=_l("It ends by itself then. 180 days are the most."),
    )
    reason = TextAreaField(
        _l("Why?"),
        [
            DataRequired(_l("Say why")),
            Length(max=service.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("For example, leave. Your deputy and your organisation’s administrators read it."),
        widget=TextArea(),
        filters=[stripped],
    )

    def __init__(self, own: Sequence[Own], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        session, now = request_session(), request_time()
        self.role.choices = [SelectChoice(str(one.fact_id), role_in_words(session, one, now)) for one in own]
        if len(own) == 1 and not self.is_submitted():
            self.role.data = str(own[0].fact_id)

    def wish(self, *, as_line_manager: bool) -> Wish:
        """What is asked for, once the form is valid."""
        typed = self.data
        return Wish(
            role_id=UUID(typed["role"]),
            unverified_address=typed["address"],
            first_day=typed["first_day"],
            last_day=typed["last_day"],
            reason=typed["reason"],
            as_line_manager=as_line_manager,
        )


@blueprint.get("/profile/deputies")
@signed_in(here=True)
def deputies() -> str:
    """Who stands in for the reader, now or later, and for whom they stand in."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    return render_template(
        "my_profile/deputies.html",
        deputies=deputies_in_words(session, service.deputies_of(session, person_id, now), now),
        standing_in=deputies_in_words(session, service.standing_in(session, person_id, now), now),
        may_name=bool(_own()),
        is_line_manager=bool(_posts()),
    )


@blueprint.get("/profile/deputies/new")
@signed_in(fresh=True, demand=Demand.PRIVILEGED)
def new_deputy() -> Response:
    """The form of an officer."""
    return _show(DeputyForm(_or_nothing(_own())))


@blueprint.post("/profile/deputies/new")
@signed_in(fresh=True, demand=Demand.PRIVILEGED)
def name_deputy() -> Response:
    """Show who it is and what it means or, once that was checked, name them."""
    return _name(DeputyForm(_or_nothing(_own())), as_line_manager=False)


@blueprint.get("/profile/deputies/new-as-line-manager")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def new_managers_deputy() -> Response:
    """The form of a line manager, who signs in as strongly as for what they hand on."""
    return _show(DeputyForm(_or_nothing(_posts())), as_line_manager=True)


@blueprint.post("/profile/deputies/new-as-line-manager")
@signed_in(fresh=True, demand=Demand.AS_STRONG_AS_OWN)
def name_managers_deputy() -> Response:
    """Show who it is and what it means or, once that was checked, name them."""
    return _name(DeputyForm(_or_nothing(_posts())), as_line_manager=True)


@blueprint.post("/profile/deputies/<uuid:role_id>/end")
@signed_in(here=True)
def end_deputy(role_id: UUID) -> Response:
    """End it at once."""
    session, now, officer_id = request_session(), request_time(), signed_in_person()
    service.end(session, now, service.deputies_of(session, officer_id, now), role_id, officer_id)
    flash(_("Your deputy does not stand in for you any more."), "success")
    return redirect(url_for("my_profile.deputies"), 303)


def _own() -> list[Own]:
    """The officer's own roles; none while the account rests after a recovery."""
    if not permissions().any:
        return []
    return service.own_roles(request_session(), signed_in_person(), request_time())


def _posts() -> list[Own]:
    """The line manager's posts; none while the account rests after a recovery."""
    session, person_id, now = request_session(), signed_in_person(), request_time()
    if find_rest_end(session, person_id, now) is not None:
        return []
    return service.own_posts(session, person_id, now)


def _or_nothing(own: list[Own]) -> list[Own]:
    if not own:
        raise NotFound(_("You hold no role for which somebody could stand in."))
    return own


def _name(form: DeputyForm, *, as_line_manager: bool) -> Response:
    if not form.validate_on_submit():
        return _show(form, 422, as_line_manager=as_line_manager)
    session, now, officer_id = request_session(), request_time(), signed_in_person()
    wish = form.wish(as_line_manager=as_line_manager)
    try:
        if request.form.get("checked") != "yes":
            return _check(service.checked(session, now, officer_id, wish), as_line_manager=as_line_manager)
        made = service.name(session, now, officer_id, wish)
    except Invalid as refused:
        roll_back()
        show_refusal(form, refused)
        return _show(form, 422, as_line_manager=as_line_manager)
    name = display_name(name_of(session, made.person_id, now))
    flash(_("%(name)s stands in for you. You both get a mail.", name=name), "success")
    return redirect(url_for("my_profile.deputies"), 303)


def _show(form: DeputyForm, status: int = 200, *, as_line_manager: bool = False) -> Response:
    page = render_template("my_profile/new_deputy.html", form=form, as_line_manager=as_line_manager)
    return Response(page, status, mimetype="text/html")


def _check(deputy: service.Deputy, *, as_line_manager: bool) -> Response:
    session, now = request_session(), request_time()
    shows(deputy.person_id)
    below = (_("Also below that organisation"), _("Yes") if deputy.own.include_subtree else _("No"))
    page = render_template(
        "my_profile/check_deputy.html",
        as_line_manager=as_line_manager,
        typed=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        rows=[
            (_("Deputy"), display_name(name_of(session, deputy.person_id, now))),
            (_("Stands in for you as"), role_in_words(session, deputy.own, now)),
            *(() if as_line_manager else (below,)),
            (_("First day"), civil_date(deputy.valid_from)),
            (_("Last day"), last_day(deputy.valid_to)),
            (_("Why"), deputy.reason),
        ],
    )
    return Response(page, 200, mimetype="text/html")
