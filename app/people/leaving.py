"""HR records that somebody leaves, and takes it back while the last day has not ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import col, select
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired, Optional

from app.access import permissions
from app.display_formats import civil_date
from app.people.blueprint import blueprint
from app.people.change_flow import show_form, submit_form
from app.people.changing import what_ends
from app.people.reason_fields import reason_field, source_field
from app.portable_profile.words import leaving_causes
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice
from profiles.employments.models import Employment
from profiles.errors import Conflict, NotFound, NotPermitted
from profiles.loans.models import Loan
from profiles.organisations import service as organisations
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leavers import is_planned
from profiles.portable_profile.models import Action, LeavingCause
from profiles.portable_profile.reading import Profile
from profiles.portable_profile.wanted import Wanted
from profiles.roles.permissions import Permission, requires
from profiles.temporal import end_of_day
from profiles.transfers.models import Transfer

PATH = "/people/<uuid:person_id>/leaving/<uuid:fact_id>"


class LeavingForm(FlaskForm):  # type: ignore[misc]
    """Why somebody leaves, and when."""

    cause = RadioField(_l("Why do they leave?"), [InputRequired(_l("Say why they leave"))], widget=Radios())
    last_day = CivilDateField(
        _l("Last day of the employment"),
        [Optional()],
        description=_l(
            "It ends when this day ends. Leave it open for a dismissal or a death that is to take effect as "
            "soon as a second officer has approved it."
        ),
    )
    source = source_field()
    reason = reason_field()
    version = HiddenField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cause.choices = [SelectChoice(one.value, words) for one, words in leaving_causes().items()]


class StayingForm(FlaskForm):  # type: ignore[misc]
    """Why somebody stays after all."""

    source = source_field()
    reason = reason_field()
    version = HiddenField()


@dataclass(frozen=True)
class _Case:
    """Whose employment ends, or goes on after all."""

    profile: Profile
    employment: Any
    action: Action
    form: Any

    @property
    def title(self) -> str:
        """What the page is about."""
        employer = organisations.get(request_session(), self.employment.organisation_id, request_time()).name
        if self.action is Action.STAY:
            return _("They stay at %(organisation)s after all", organisation=employer)
        return _("They leave %(organisation)s", organisation=employer)

    @property
    def lead(self) -> str:
        """What to type, in a sentence."""
        if self.action is Action.STAY:
            return _("The last day is taken back, and what would have ended with it goes on.")
        return _("Say why and when. Everything that rests on the employment ends with it.")

    @property
    def back_href(self) -> str:
        """The person."""
        return url_for("people.person", person_id=self.profile.person_id)

    def wanted(self) -> Wanted:
        """The change, once the form is valid. Raises Conflict when the form showed another version."""
        typed = self.form.data
        if typed["version"] != str(self.employment.id):
            raise Conflict("This record was changed meanwhile. Look at it again before you change it.")
        values: dict[str, Any] = {}
        if self.action is Action.LEAVE:
            values["cause"] = LeavingCause(typed["cause"])
            if typed["last_day"]:
                values["valid_to"] = end_of_day(typed["last_day"])
        return Wanted(
            person_id=self.profile.person_id,
            organisation_id=self.employment.organisation_id,
            kind=Kind.EMPLOYMENT,
            action=self.action,
            values=values,
            reason=typed["reason"],
            source=f"page:{typed['source']}",
            version_id=self.employment.id,
        )

    def outcome(self, effect: Effect) -> Sequence[tuple[str, str]]:
        """Why, when, what ends with it, and what is under way and is cancelled."""
        if self.action is Action.STAY or not isinstance(effect.said, Employment):
            return ()
        cause = leaving_causes()[LeavingCause(self.form.data["cause"])]
        rows = [(_("Why"), cause), *what_ends(effect.said)]
        under_way = _under_way(effect.said)
        return [*rows, (_("Is cancelled"), ", ".join(under_way))] if under_way else rows


@blueprint.get(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def leave(person_id: UUID, fact_id: UUID) -> Response:
    """Why, and the last day."""
    return show_form(_case(person_id, fact_id, Action.LEAVE))


@blueprint.post(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_leaving(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, ask a second officer."""
    return submit_form(_case(person_id, fact_id, Action.LEAVE))


@blueprint.get(f"{PATH}/take-back")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def stay(person_id: UUID, fact_id: UUID) -> Response:
    """Why they stay."""
    return show_form(_case(person_id, fact_id, Action.STAY))


@blueprint.post(f"{PATH}/take-back")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_staying(person_id: UUID, fact_id: UUID) -> Response:
    """Check it or, once it was checked, ask a second officer."""
    return submit_form(_case(person_id, fact_id, Action.STAY))


def _case(person_id: UUID, fact_id: UUID, action: Action) -> _Case:
    """Raises NotFound for what the officer does not see, NotPermitted for their own record."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    profile = employers_part(session, person_id, permissions(), valid_at=now, known_at=now, now=now)
    if permissions().are_of(person_id):
        raise NotPermitted(_("A colleague must change your own record."))
    found = next((one for one in profile.facts[Kind.EMPLOYMENT] if one.fact_id == fact_id), None)
    if found is None or found.organisation_id not in mine:
        raise NotFound(_("There is no such entry in this record."))
    if action is Action.STAY and not is_planned(found, now):
        raise NotFound(_("No last day is recorded that could be taken back."))
    made = {"version": str(found.id)}
    form = StayingForm(data=made) if action is Action.STAY else LeavingForm(data=made)
    return _Case(profile, found, action, form)


def _under_way(said: Employment) -> list[str]:
    """The move and the loans that the officer's organisation knows of, and that end with the employment."""
    session, now = request_session(), request_time()
    names = {one.id: one.name for one in organisations.tree(session, now).organisations.values()}
    moves = select(Transfer).where(
        col(Transfer.employment_id) == said.fact_id, col(Transfer.in_flight).is_(True)
    )
    found = [
        _(
            "the move to %(organisation)s on %(day)s",
            organisation=names.get(one.importing_organisation_id, "—"),
            day=civil_date(one.start_date),
        )
        for one in session.exec(moves)
        if said.valid_to is not None and said.valid_to < one.leave_at
    ]
    loans = select(Loan).where(col(Loan.employment_id) == said.fact_id, col(Loan.in_flight).is_(True))
    return found + [
        _("the loan to %(organisation)s", organisation=names.get(one.host_organisation_id, "—"))
        for one in session.exec(loans)
        if said.valid_to is not None and said.valid_to < one.ends_at
    ]
