"""HR records that somebody changes post, with what it pays; corrects that as one, or takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.display_formats import civil_date
from app.people.blueprint import blueprint
from app.people.change_flow import show_form, submit_form
from app.people.post_form import PostBackForm, PostForm
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Posting
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.organisations import service as organisations
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.posts import post_changes, post_held
from profiles.portable_profile.reading import Profile, profile_as_of
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission, requires

PATH = "/people/<uuid:person_id>/post/<uuid:fact_id>"


@dataclass(frozen=True)
class _Case:
    """Whose post changes, or has changed as it should not."""

    profile: Profile
    posting: Posting
    action: Action
    form: Any

    @property
    def title(self) -> str:
        """What the page is about."""
        employer = organisations.get(request_session(), self.posting.organisation_id, request_time()).name
        return {
            Action.CHANGE_POST: _("They change post at %(organisation)s", organisation=employer),
            Action.CORRECT_POST: _("Correct a change of post at %(organisation)s", organisation=employer),
            Action.TAKE_BACK_POST: _("Take back a change of post at %(organisation)s", organisation=employer),
        }[self.action]

    @property
    def lead(self) -> str:
        """What to type, in a sentence."""
        return {
            Action.CHANGE_POST: _("Say what is so in the new post. It is recorded together, as one change."),
            Action.CORRECT_POST: _("Say what is right, for the post and pay together."),
            Action.TAKE_BACK_POST: _("The post and pay from before go on as if it had not been."),
        }[self.action]

    @property
    def back_href(self) -> str:
        """The person."""
        return url_for("people.person", person_id=self.profile.person_id)

    def wanted(self) -> Wanted:
        """The change, once the form is valid. Raises Conflict when the form showed another version."""
        typed = self.form.data
        if typed["version"] != str(self.posting.id):
            raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
        return Wanted(
            person_id=self.profile.person_id,
            organisation_id=self.posting.organisation_id,
            kind=Kind.POSTING,
            action=self.action,
            values={} if self.action is Action.TAKE_BACK_POST else self.form.values(),
            reason=typed["reason"],
            source=f"page:{typed['source']}",
            version_id=self.posting.id,
        )

    def outcome(self, effect: Effect) -> Sequence[tuple[str, str]]:
        """What goes on after it, and what the clearance that the post needs does to access."""
        said, rows = effect.said, []
        if self.action is Action.TAKE_BACK_POST or not isinstance(said, Posting):
            return ()
        if self.form.last_day.data and said.valid_to:
            day = civil_date(said.valid_to)
            rows.append((_("Goes back"), _("On %(day)s, by itself, to the post and pay of before", day=day)))
        if said.required_clearance:
            level = ClearanceLevel(said.required_clearance)
            rows.append((_("The post needs %(level)s", level=level.value), _clearance(self.profile, said)))
        return rows


@blueprint.get(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def change_post(person_id: UUID, fact_id: UUID) -> Response:
    """How, from when and to what; the address names the employment."""
    return show_form(_case(person_id, fact_id, Action.CHANGE_POST))


@blueprint.post(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_change_of_post(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_case(person_id, fact_id, Action.CHANGE_POST))


@blueprint.get(f"{PATH}/correct")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def correct_post(person_id: UUID, fact_id: UUID) -> Response:
    """The form, filled in with what was said; the address names the post that the change began."""
    return show_form(_case(person_id, fact_id, Action.CORRECT_POST))


@blueprint.post(f"{PATH}/correct")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_corrected_post(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_case(person_id, fact_id, Action.CORRECT_POST))


@blueprint.get(f"{PATH}/take-back")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def take_back_post(person_id: UUID, fact_id: UUID) -> Response:
    """Why it is taken back; the address names the post that the change began."""
    return show_form(_case(person_id, fact_id, Action.TAKE_BACK_POST))


@blueprint.post(f"{PATH}/take-back")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_taken_back_post(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_case(person_id, fact_id, Action.TAKE_BACK_POST))


def _case(person_id: UUID, fact_id: UUID, action: Action) -> _Case:
    """Raises NotFound for what the officer does not see, NotPermitted for their own record."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    profile = employers_part(session, person_id, permissions(), valid_at=now, known_at=now, now=now)
    if person_id == signed_in_person():
        raise NotPermitted(_("A colleague must change your own record."))
    posting, change = None, None
    if action is Action.CHANGE_POST:
        posting = post_held(session, fact_id, now, now)
    else:
        found = [one for one in post_changes(session, person_id, now) if one[0].fact_id == fact_id]
        posting, change = found[0] if found else (None, None)
    if posting is None or posting.person_id != person_id or posting.organisation_id not in mine:
        raise NotFound(_("There is no such entry in this record."))
    # A copy of its own: the form is shown again after what was refused is rolled back.
    posting = Posting(**posting.model_dump())
    made = {"version": str(posting.id)}
    form = PostBackForm(data=made) if action is Action.TAKE_BACK_POST else PostForm(posting, change)
    return _Case(profile, posting, action, form)


def _clearance(profile: Profile, said: Posting) -> str:
    """Whether a clearance that they hold is enough there, for who may know it."""
    if not permissions().allows(Permission.SEE_CLEARANCES, said.organisation_id):
        return _("Apps that ask for it open only with a clearance that can be used here.")
    session, now = request_session(), request_time()
    held = profile_as_of(session, profile.person_id, max(now, said.valid_from), now)
    required = ClearanceLevel(said.required_clearance or "")
    if any(
        one.usable and one.clearance.level.satisfies(required)
        for one in held.judged({said.organisation_id}).values()
    ):
        return _("They hold one that can be used here. Apps that ask for it may open.")
    return _(
        "They hold none that can be used here then. Apps that ask for it stay closed until security officers "
        "have recorded one: ask them to apply for it."
    )
