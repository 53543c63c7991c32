"""HR records that somebody changes post, with what it pays; corrects that as one, or takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from werkzeug.wrappers import Response

from app.access import permissions
from app.display_formats import civil_date
from app.people.blueprint import blueprint
from app.people.change_flow import show_form, submit_form
from app.people.held_case import BackForm, HeldCase, get_own, part_to_change
from app.people.post_form import PostForm
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.clearances.levels import ClearanceLevel
from profiles.employments.models import Posting
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import Action
from profiles.portable_profile.posts import post_changes, post_held
from profiles.portable_profile.reading import Profile, profile_as_of
from profiles.roles.permissions import Permission, requires

PATH = "/people/<uuid:person_id>/post/<uuid:fact_id>"


@dataclass(frozen=True)
class _Case(HeldCase):
    """Whose post changes, or has changed as it should not."""

    kind = Kind.POSTING

    @property
    def title(self) -> str:
        """What the page is about."""
        employer = self.employer
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
    session, now, profile = request_session(), request_time(), part_to_change(person_id)
    posting, change = None, None
    if action is Action.CHANGE_POST:
        posting = post_held(session, fact_id, now, now)
    else:
        found = [one for one in post_changes(session, person_id, now) if one[0].fact_id == fact_id]
        posting, change = found[0] if found else (None, None)
    held = get_own(posting, profile)
    form = (
        BackForm(data={"version": str(held.id)})
        if action is Action.TAKE_BACK_POST
        else PostForm(held, change)
    )
    return _Case(profile, held, action, form)


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
