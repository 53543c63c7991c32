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
from app.paging import page_behind
from app.people.blueprint import blueprint
from app.people.break_forms import BreakBackForm, BreakForm, ExpectedForm, ReturnForm
from app.people.change_flow import show_form, submit_form
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.employments.breaks import absent_from, breaks_to_come
from profiles.employments.models import CareerBreak, Posting, PostingKind
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.pay.models import PayRecord
from profiles.portable_profile.breaks import return_of
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.posts import post_held
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date as day_of
from profiles.temporal import history

PATH = "/people/<uuid:person_id>/break/<uuid:fact_id>"


@dataclass(frozen=True)
class _Case:
    """Whose break it is; ``held`` is the break or, before there is one, the post that they hold."""

    profile: Profile
    held: Any
    action: Action
    form: Any

    @property
    def title(self) -> str:
        """What the page is about."""
        employer = organisations.get(request_session(), self.held.organisation_id, request_time()).name
        return {
            Action.BEGIN_BREAK: _("They go on a career break from %(organisation)s", organisation=employer),
            Action.EXPECT_RETURN: _("They are expected back on another day"),
            Action.END_BREAK: _("They return to %(organisation)s", organisation=employer),
            Action.TAKE_BACK_BREAK: _("The career break does not happen"),
        }[self.action]

    @property
    def lead(self) -> str:
        """What to type, in a sentence."""
        return {
            Action.BEGIN_BREAK: _(
                "The employment goes on, and they can still sign in. Roles, and what was given by hand, do "
                "not come back with the return."
            ),
            Action.EXPECT_RETURN: _("This opens and closes nothing."),
            Action.END_BREAK: _("Post and pay begin anew on that day; what rests on rules opens again."),
            Action.TAKE_BACK_BREAK: _("What would have ended with its beginning goes on."),
        }[self.action]

    @property
    def back_href(self) -> str:
        """The person."""
        return url_for("people.person", person_id=self.profile.person_id)

    def wanted(self) -> Wanted:
        """The change, once the form is valid. Raises Conflict when the form showed another version."""
        typed = self.form.data
        if typed["version"] != str(self.held.id):
            raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
        return Wanted(
            person_id=self.profile.person_id,
            organisation_id=self.held.organisation_id,
            kind=Kind.CAREER_BREAK,
            action=self.action,
            values=self.form.values(),
            reason=typed["reason"],
            source=f"page:{typed['source']}",
            version_id=self.held.id,
        )

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
    page = page_behind(absent_from(session, mine, now), lambda one: one.career_break.id)
    rows = [
        {
            "name": f"{one.name.family_name}, {one.name.known_as or one.name.given_names}",
            "href": url_for("people.person", person_id=one.name.person_id),
            "since": civil_date(one.career_break.valid_from),
            "return_on": civil_date(one.career_break.return_on),
            "late": one.is_overdue(day_of(now)),
            "organisation": known[one.career_break.organisation_id].name,
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
    """The breaks of a person that are not over, and where HR goes on with each; none of one's own."""
    if permissions().are_of(person_id):
        return []
    now, allowed = request_time(), permissions().organisations(Permission.CHANGE_RECORDS) & set(mine)
    return [
        {
            "from": civil_date(one.valid_from),
            "return_on": civil_date(one.return_on),
            "last_day": last_day(one.valid_to) if one.valid_to else "",
            "expect_href": url_for("people.expect_return", person_id=person_id, fact_id=one.fact_id),
            "return_href": url_for("people.return_from_break", person_id=person_id, fact_id=one.fact_id),
            "back_href": url_for("people.take_back_break", person_id=person_id, fact_id=one.fact_id)
            if one.valid_from > now
            else "",
        }
        for one in breaks_to_come(session, person_id, now)
        if one.organisation_id in allowed
    ]


def _case(person_id: UUID, fact_id: UUID, action: Action) -> _Case:
    """Raises NotFound for what the officer does not see, NotPermitted for their own record."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    profile = employers_part(session, person_id, permissions(), valid_at=now, known_at=now, now=now)
    if permissions().are_of(person_id):
        raise NotPermitted(_("A colleague must change your own record."))
    held: Any
    if action is Action.BEGIN_BREAK:
        held = post_held(session, fact_id, now, now)
    else:
        held = next((one for one in breaks_to_come(session, person_id, now) if one.fact_id == fact_id), None)
    if held is None or held.person_id != person_id or held.organisation_id not in mine:
        raise NotFound(_("There is no such entry in this record."))
    if action is Action.TAKE_BACK_BREAK and held.valid_from <= now:
        raise NotFound(_("The break has begun. Record the return."))
    # A copy of its own: the form is shown again after what was refused is rolled back.
    held = type(held)(**held.model_dump())
    return _Case(profile, held, action, _form(session, held, action))


def _form(session: Session, held: Any, action: Action) -> Any:
    made = {"version": str(held.id)}
    if action is Action.BEGIN_BREAK:
        return BreakForm(data=made)
    if action is Action.EXPECT_RETURN:
        return ExpectedForm(data=made | {"return_on": held.return_on})
    if action is Action.TAKE_BACK_BREAK:
        return BreakBackForm(data=made)
    post, pay = _before(session, held)
    return ReturnForm(held.organisation_id, post, pay, made["version"])


def _before(session: Session, held: CareerBreak) -> tuple[Posting | None, PayRecord | None]:
    """The post and, for who may see it, the pay of before the break, or of the return that is recorded."""
    now, where = request_time(), {"employment_id": held.employment_id}
    posts = [
        one
        for one in history(session, Posting, now, **where)
        if one.kind is PostingKind.HOME and one.valid_from < held.valid_from
    ]
    post = return_of(session, held, now) or next(reversed(posts), None)
    if not permissions().allows(Permission.SEE_PAY, held.organisation_id):
        return post, None
    paid = [one for one in history(session, PayRecord, now, **where) if one.valid_from < held.valid_from]
    return post, next(reversed(paid), None)
