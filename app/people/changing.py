"""HR corrects, ends or adds a fact: a form, a check with what it does to access, and then it is recorded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.wrappers import Response

from app.access import permissions
from app.display_formats import last_day, money
from app.people.as_of import OF_TODAY, moment_in
from app.people.blueprint import blueprint
from app.people.change_flow import show_form, submit_form
from app.people.change_forms import ChangeForm, change_form
from app.people.pay_scales import scale_in_words
from app.portable_profile.asked import asked_dates
from app.portable_profile.words import kinds
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.concerns.service import find_raised_about
from profiles.employments.models import Employment
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.pay.models import PayRecord
from profiles.portable_profile.adding import EMPLOYMENT, to_choose_from
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.edges import is_of_a_coming_move
from profiles.portable_profile.employers import employers_part, periods_in
from profiles.portable_profile.kinds import MODELS, OF_THE_PERSON, Kind
from profiles.portable_profile.leaving import ending_with, is_leaving
from profiles.portable_profile.models import Action
from profiles.portable_profile.posts import SOURCE as POST_CHANGE
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.rules import BY_EMPLOYMENT, actions_of, actions_on
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission, requires


@dataclass(frozen=True)
class _Case:
    """Whose record, which organisation changes it, and what exactly.

    Of several ``employments`` the form asks for one, which says the organisation then.
    """

    profile: Profile
    organisation_id: UUID
    change: ChangeForm
    works_here: bool
    """Whether they work now where the officer changes records."""
    day: Mapping[str, Any]
    """The day of the record from which the officer came; nothing for today."""
    employments: Sequence[Employment] = ()

    @property
    def title(self) -> str:
        """What the page is about."""
        title = kinds()[self.change.kind]
        if self.change.withdraws:
            return _("Withdraw: %(what)s", what=title)
        return {
            Action.CORRECT: _("Correct: %(what)s", what=title),
            Action.END: _("End: %(what)s", what=title),
            Action.ADD: _("Add: %(what)s", what=title),
        }[self.change.action]

    @property
    def lead(self) -> str:
        """What to type, in a sentence."""
        held = self.change.held
        if self.change.withdraws and held is not None and held.source.startswith(POST_CHANGE):
            return _(
                "It has not begun, and it never will. A change of post recorded it: withdraw the pay or the "
                "post of the same day too, or take the whole change back on the page of the person."
            )
        if self.change.withdraws:
            return _("It has not begun, and it never will. What was recorded stays in the history.")
        return {
            Action.CORRECT: _("Say what is right. The wrong version stays in the history."),
            Action.END: _("Say the last day on which it is so."),
            Action.ADD: _("Say what is so from a day on. What it replaces ends the day before."),
        }[self.change.action]

    @property
    def form(self) -> Any:
        """What the officer fills in."""
        return self.change.form

    @property
    def back_href(self) -> str:
        """The whole record."""
        if self.change.withdraws and not self.works_here:  # nothing of them may be left here
            return url_for("people.people")
        day = {} if self.change.withdraws else self.day  # they may not work there then any more
        return url_for("people.record_as_of", person_id=self.profile.person_id, **day)

    def outcome(self, effect: Effect) -> Sequence[tuple[str, str]]:
        """What ends with an employment that ends sooner, by kind; the scale of a salary; the employment."""
        held, said = self.change.held, effect.said
        under = [
            (_("Employment"), one.number)
            for one in self.employments
            if one.fact_id == getattr(said, EMPLOYMENT, None)
        ]
        if isinstance(said, PayRecord) and self.change.action is not Action.END:
            salary = money(said.salary_pence, said.currency)
            return [*under, (_("Yearly salary"), salary), (_("Scale"), scale_in_words(said))]
        if self.change.withdraws and isinstance(said, Employment):
            nothing = Employment(**(said.model_dump() | {"valid_to": said.valid_from}))
            return [*under, *what_ends(nothing)[1:]]
        if not isinstance(said, Employment) or not is_leaving(held, said):
            return under
        return what_ends(said)

    def wanted(self) -> Wanted:
        """The change, once the form is valid. Raises Conflict when the form showed another version."""
        typed, held, values = self.change.form.data, self.change.held, self.change.values()
        named = next((one for one in self.employments if one.fact_id == values.get(EMPLOYMENT)), None)
        if held is not None and typed["version"] != str(held.id):
            raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
        return Wanted(
            person_id=self.profile.person_id,
            organisation_id=named.organisation_id if named else self._whose(),
            kind=self.change.kind,
            action=self.change.action,
            values=values,
            reason=typed["reason"],
            source=f"page:{typed['source']}",
            version_id=held.id if held is not None else None,
        )

    def _whose(self) -> UUID:
        """The organisation that the form names, which is one of those that it offers, or the only one."""
        return self.change.organisation_id or self.organisation_id


def what_ends(said: Employment) -> list[tuple[str, str]]:
    """The last day of an employment, and what ends with it, by kind."""
    if said.valid_to is None:
        return []
    counts = Counter(type(one) for one in ending_with(request_session(), said, said.valid_to, request_time()))
    words = [
        _("%(what)s (%(number)d)", what=kinds()[kind], number=counts[model])
        for kind, model in MODELS.items()
        if counts[model]
    ]
    return [
        (_("Last day"), last_day(said.valid_to)),
        (_("Ends with it"), ", ".join(words) or _("Nothing")),
    ]


@blueprint.get("/people/<uuid:person_id>/change/<kind>/add")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def add_fact(person_id: UUID, kind: str) -> Response:
    """The form of something new."""
    return show_form(_case(person_id, kind, Action.ADD, None))


@blueprint.post("/people/<uuid:person_id>/change/<kind>/add")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_added_fact(person_id: UUID, kind: str) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_case(person_id, kind, Action.ADD, None))


@blueprint.get("/people/<uuid:person_id>/change/<kind>/<uuid:fact_id>/<action>")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def change_fact(person_id: UUID, kind: str, fact_id: UUID, action: str) -> Response:
    """The form, filled in with what we say now."""
    return show_form(_case(person_id, kind, _action(action), fact_id))


@blueprint.post("/people/<uuid:person_id>/change/<kind>/<uuid:fact_id>/<action>")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_changed_fact(person_id: UUID, kind: str, fact_id: UUID, action: str) -> Response:
    """Check it or, once it was checked, record it."""
    return submit_form(_case(person_id, kind, _action(action), fact_id))


def _case(person_id: UUID, kind: str, action: Action, fact_id: UUID | None) -> _Case:
    """Raises NotFound for what the officer does not see, NotPermitted for what they may not change."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    asked = asked_dates(now)
    at = moment_in(person_id, asked)
    profile = employers_part(session, person_id, permissions(), valid_at=at, known_at=now, now=now)
    of_a_day = action is Action.ADD and asked.query  # the form asks from which day on
    if kind not in list(Kind) or of_a_day or Action.CORRECT not in actions_of(Kind(kind)):
        raise NotFound(_("This cannot be done to such a record here."))
    if permissions().are_of(person_id):
        raise NotPermitted(_("A colleague must change your own record."))
    places = [one for one in profile.places if one in mine]
    works_here = periods_in(session, person_id, mine, now).hold(now)
    if not places or (Kind(kind) in OF_TODAY and not works_here):
        raise NotFound(_("This cannot be done to such a record here."))
    held = next((one for one in profile.facts[Kind(kind)] if one.fact_id == fact_id), None)
    if held is None and fact_id is not None and Kind(kind) in OF_THE_PERSON:
        # It was so before they came here: whoever answers for it corrects what the person says is wrong.
        held = find_raised_about(session, permissions(), person_id, Kind(kind), fact_id, now)
    if fact_id is not None and held is None:
        raise NotFound(_("There is no such entry in this record."))
    if action not in (actions_of(Kind(kind)) if held is None else actions_on(Kind(kind), held, now)):
        raise NotFound(_("This cannot be done to such a record here."))
    whose: UUID | None = getattr(held, "organisation_id", None)
    if whose is not None and whose not in mine:
        raise NotFound(_("There is no such entry in this record."))
    if held is not None and is_of_a_coming_move(session, held, now):
        raise NotFound(_("It begins with a move, a loan or an appointment that is agreed: change that."))
    employments: Sequence[Employment] = ()
    if action is Action.ADD and kind in BY_EMPLOYMENT:
        employments = to_choose_from(session, person_id, mine, now)
    organisation_ids = places if whose is None else [whose]
    form = change_form(Kind(kind), action, held, organisation_ids, employments)
    return _Case(profile, organisation_ids[0], form, works_here, asked.query, employments)


def _action(action: str) -> Action:
    if action not in (Action.CORRECT, Action.END):
        raise NotFound(_("This cannot be done to such a record here."))
    return Action(action)
