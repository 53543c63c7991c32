"""A change of a record on pages: a form, a check with what it does to access, and then it is recorded."""

from collections.abc import Sequence
from typing import Any, Protocol

from flask import current_app, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.people.compared import compared
from app.people.effects import items_of
from app.people.moved import moved_rows
from app.people.names import name_in
from app.people.pay_scales import doubts_in_words
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.errors import Conflict, Invalid
from profiles.portable_profile.breaks import OF_BREAKS
from profiles.portable_profile.changes import Effect, foresee, must_wait, submit
from profiles.portable_profile.models import ChangeState
from profiles.portable_profile.posts import OF_POSTS
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission


class Case(Protocol):
    """Whose record, and what an officer does to it."""

    @property
    def profile(self) -> Profile:
        """The officer's part of the record, as it is now."""

    @property
    def title(self) -> str:
        """What the page is about."""

    @property
    def lead(self) -> str:
        """What to type, in a sentence."""

    @property
    def form(self) -> Any:
        """What the officer fills in."""

    @property
    def back_href(self) -> str:
        """Where the officer came from, and goes to when it is done."""

    def wanted(self) -> Wanted:
        """The change, once the form is valid. Raises Conflict when the form showed another version."""

    def outcome(self, effect: Effect) -> Sequence[tuple[str, str]]:
        """What is worth checking of what would be recorded, beside what was typed."""


def show_form(case: Case, status: int = 200) -> Response:
    """The form, filled in with what we say now."""
    page = render_template(
        "people/change.html",
        back_href=case.back_href,
        name=name_in(case.profile),
        title=case.title,
        lead=case.lead,
        form=case.form,
    )
    return Response(page, status, mimetype="text/html")


def submit_form(case: Case) -> Response:
    """Check it or, once it was checked, record it."""
    session, now, form = request_session(), request_time(), case.form
    if not form.validate_on_submit():
        return show_form(case, 422)
    officer, periods = signed_in_person(), current_app.config["CLEARANCE_PERIODS"]
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    try:
        wanted = case.wanted()
        if request.form.get("checked") != "yes":
            effect = foresee(session, wanted, now, mine, asked_by=officer, periods=periods)
            return _show_check(case, wanted, effect)
        alone_up_to = current_app.config["SECOND_OFFICER_ABOVE"]
        change = submit(session, wanted, now, officer, alone_up_to=alone_up_to, periods=periods)
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return show_form(case, 422)
    if change.state is ChangeState.RECORDED:
        settle_people(session, [wanted.person_id], now, "A record was changed.")
        flash(_("It is recorded."), "success")
    else:
        flash(_("Access may rest on it, so it waits for a second officer of your organisation."), "success")
    return redirect(case.back_href, 303)


def _show_check(case: Case, wanted: Wanted, effect: Effect) -> Response:
    page = render_template(
        "people/check_change.html",
        back_href=case.back_href,
        name=name_in(case.profile),
        title=case.title,
        typed=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        outcome=case.outcome(effect),
        rows=compared(wanted, effect) if wanted.action in OF_POSTS | OF_BREAKS else [],
        moved=moved_rows(wanted, effect),
        doubts=doubts_in_words(request_session(), wanted, effect, request_time()),
        items=items_of(effect, name_in(case.profile)),
        elsewhere=effect.elsewhere,
        waits=must_wait(wanted, effect, current_app.config["SECOND_OFFICER_ABOVE"]),
    )
    return Response(page, 200, mimetype="text/html")
