"""HR records a career break, another expected return, the return, or that the break does not happen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions
from app.display_formats import civil_date, last_day
from app.listed_names import listed_name
from app.paging import page_behind
from app.people.blueprint import blueprint
from app.people.break_forms import BreakForm, ExpectedForm, ReturnForm
from app.people.change_flow import show_form, submit_form
from app.people.held_case import BackForm, HeldCase, get_own, part_to_change
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.employments.breaks import absent_from, breaks_to_come
from profiles.employments.models import CareerBreak, Posting
from profiles.organisations import service as organisations
from profiles.pay.models import PayRecord
from profiles.portable_profile.breaks import held_for_good, return_of, returned
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.post_pay import pay_held
from profiles.portable_profile.posts import post_held
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date as day_of

PATH = "/people/<uuid:person_id>/break/<uuid:fact_id>"


@dataclass(frozen=True)
class _Case(HeldCase):
    """Whose break it is; ``held`` is the break or, before there is one, the post that they hold."""

    kind = Kind.CAREER_BREAK

    @property
    def title(self) -> str:
        """What the page is about."""
        employer = self.employer
        return {
            Action.BEGIN_BREAK: _("They go on a career break from %(organisation)s", organisation=employer),
            Action.EXPECT_RETURN: _("They are expected back on another day"),
            Action.END_BREAK: _("They return to %(organisation)s", organisation=employer),
            Action.TAKE_BACK_BREAK: _("The career break does not happen")
            if self.held.valid_from > request_time()
            else _("The career break never was"),
        }[self.action]

    @property
    def lead(self) -> str:
        """What to type, in a sentence."""
        return {
            Action.BEGIN_BREAK: _(
                "The employment goes on, and they can still sign in. Roles, and what was given by hand, do "
                "not come back with the return."
            ),
            Action.EXPECT_RETURN: _("This opens nothing. A return that is recorded is taken back with it."),
            Action.END_BREAK: _("Post and pay begin anew on that day; what rests on rules opens again."),
            Action.TAKE_BACK_BREAK: _("What would have ended with its beginning goes on.")
            if self.held.valid_from > request_time()
            else _(
                "It never was so: post and pay go on from before. Roles, and what was given by hand, stay "
                "ended."
            ),
        }[self.action]

    def outcome(self, effect: Effect) -> Sequence[tuple[str, str]]:
        """All of it stands in what changes."""
        return ()


@blueprint.get("/people/breaks")
@requires(Permission.CHANGE_RECORDS)
def breaks() -> str:
    """Who is on a career break, whoever is expected back first before others."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    known = organisations.tree(session, now).organisations
    page = page_behind(absent_from(session, mine, now), lambda one: one.id)
    rows = [
        {
            "name": listed_name(session, one.person_id, now),
            "href": url_for("people.person", person_id=one.person_id),
            "since": civil_date(one.valid_from),
            "return_on": civil_date(one.return_on),
            "late": one.return_on < day_of(now),
            "organisation": known[one.organisation_id].name,
        }
        for one in page.rows
    ]
    return render_template("people/breaks.html", rows=rows, page=page)


@blueprint.get(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def begin_break(person_id: UUID, fact_id: UUID) -> Response:
    """From when, and until when; the address names the employment."""
    return show_form(_case(person_id, fact_id, Action.BEGIN_BREAK))


@blueprint.post(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_break(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_case(person_id, fact_id, Action.BEGIN_BREAK))


@blueprint.get(f"{PATH}/expect")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def expect_return(person_id: UUID, fact_id: UUID) -> Response:
    """Another day; the address names the break."""
    return show_form(_case(person_id, fact_id, Action.EXPECT_RETURN))


@blueprint.post(f"{PATH}/expect")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_expected_return(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_case(person_id, fact_id, Action.EXPECT_RETURN))


@blueprint.get(f"{PATH}/return")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def return_from_break(person_id: UUID, fact_id: UUID) -> Response:
    """From when, to which post and for what pay, filled in with those of before."""
    return show_form(_case(person_id, fact_id, Action.END_BREAK))


@blueprint.post(f"{PATH}/return")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_return(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, ask a second officer where it opens something."""
    return submit_form(_case(person_id, fact_id, Action.END_BREAK))


@blueprint.get(f"{PATH}/take-back")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def take_back_break(person_id: UUID, fact_id: UUID) -> Response:
    """Why a break that has not begun does not happen."""
    return show_form(_case(person_id, fact_id, Action.TAKE_BACK_BREAK))


@blueprint.post(f"{PATH}/take-back")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_taken_back_break(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, ask a second officer where it opens something."""
    return submit_form(_case(person_id, fact_id, Action.TAKE_BACK_BREAK))


def breaks_on_page(session: Session, person_id: UUID, mine: Collection[UUID]) -> list[dict[str, str]]:
    """The breaks of a person with which HR can go on, and where; none of one's own.

    Of one that is over only the return can be corrected, while it stands as it was recorded.
    """
    if permissions().are_of(person_id):
        return []
    now, allowed = request_time(), permissions().organisations(Permission.CHANGE_RECORDS) & set(mine)
    return [
        {
            "from": civil_date(one.valid_from),
            "return_on": civil_date(one.return_on),
            "last_day": last_day(one.valid_to) if one.valid_to else "",
            "back_on": civil_date(one.valid_to) if return_of(session, one, now) and one.valid_to else "",
            "return_href": url_for("people.return_from_break", person_id=person_id, fact_id=one.fact_id),
        }
        | {
            name: "" if is_over else url_for(endpoint, person_id=person_id, fact_id=one.fact_id)
            for name, endpoint in (
                ("expect_href", "people.expect_return"),
                ("back_href", "people.take_back_break"),
            )
        }
        for is_over, found in ((True, returned), (False, breaks_to_come))
        for one in found(session, person_id, now)
        if one.organisation_id in allowed
    ]


def _case(person_id: UUID, fact_id: UUID, action: Action) -> _Case:
    """Raises NotFound for what the officer does not see, NotPermitted for their own record."""
    session, now, profile = request_session(), request_time(), part_to_change(person_id)
    held: Any
    if action is Action.BEGIN_BREAK:
        held = post_held(session, fact_id, now, now)
    else:
        over = returned(session, person_id, now) if action is Action.END_BREAK else []
        found = (*breaks_to_come(session, person_id, now), *over)
        held = next((one for one in found if one.fact_id == fact_id), None)
    held = get_own(held, profile)
    return _Case(profile, held, action, _form(session, held, action))


def _form(session: Session, held: Any, action: Action) -> Any:
    made = {"version": str(held.id)}
    if action is Action.BEGIN_BREAK:
        return BreakForm(data=made)
    if action is Action.EXPECT_RETURN:
        return ExpectedForm(data=made | {"return_on": held.return_on})
    if action is Action.TAKE_BACK_BREAK:
        return BackForm(data=made)
    post, pay = _before(session, held)
    return ReturnForm(held.organisation_id, post, pay, made["version"])


def _before(session: Session, held: CareerBreak) -> tuple[Posting | None, PayRecord | None]:
    """The post and, for who may see it, the pay of before the break, or of the return that is recorded."""
    now, back = request_time(), return_of(session, held, request_time())
    post = back or held_for_good(session, held, Posting, now)
    if not permissions().allows(Permission.SEE_PAY, held.organisation_id):
        return post, None
    if back is not None:
        return post, pay_held(session, held.employment_id, back.valid_from, now)
    return post, held_for_good(session, held, PayRecord, now)
