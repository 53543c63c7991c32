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

from app.display_formats import civil_date
from app.people.blueprint import blueprint
from app.people.change_flow import show_form, submit_form
from app.people.changing import what_ends
from app.people.held_case import BackForm, HeldCase, get_own, part_to_change
from app.people.reason_fields import reason_field, source_field
from app.portable_profile.words import leaving_causes
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, SelectChoice
from profiles.employments.models import Employment
from profiles.errors import NotFound
from profiles.loans.models import Loan
from profiles.organisations import service as organisations
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.leavers import can_stay
from profiles.portable_profile.models import Action, LeavingCause
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT, end_of_day, history
from profiles.transfers.gates import ends_first
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

    def values(self) -> dict[str, Any]:
        """The cause, and the end where a last day is entered, once the form is valid."""
        said: dict[str, Any] = {"cause": LeavingCause(self.data["cause"])}
        if self.data["last_day"]:
            said["valid_to"] = end_of_day(self.data["last_day"])
        return said


@dataclass(frozen=True)
class _Case(HeldCase):
    """Whose employment ends, or goes on after all."""

    kind = Kind.EMPLOYMENT

    @property
    def back_href(self) -> str:
        """The person or, of who works there no more, what is left of them."""
        ends_at = self.held.valid_to
        if ends_at is not None and ends_at <= request_time():
            return url_for("people.record_as_of", person_id=self.profile.person_id)
        return super().back_href

    @property
    def title(self) -> str:
        """What the page is about."""
        if self.action is Action.STAY:
            return _("They stay at %(organisation)s after all", organisation=self.employer)
        return _("They leave %(organisation)s", organisation=self.employer)

    @property
    def lead(self) -> str:
        """What to type, in a sentence."""
        if self.action is Action.STAY:
            return _("The last day is taken back, and what would have ended with it goes on.")
        return _("Say why and when. Everything that rests on the employment ends with it.")

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
    ended = _over(person_id, fact_id) if action is Action.STAY else None
    profile = part_to_change(person_id, ended.valid_to - INSTANT if ended and ended.valid_to else None)
    facts = profile.facts[Kind.EMPLOYMENT]
    held = get_own(next((one for one in facts if one.fact_id == fact_id), None), profile)
    if action is Action.STAY and not can_stay(request_session(), held, request_time()):
        raise NotFound(_("No last day is recorded that could be taken back."))
    made = {"version": str(held.id)}
    return _Case(
        profile, held, action, BackForm(data=made) if action is Action.STAY else LeavingForm(data=made)
    )


def _over(person_id: UUID, fact_id: UUID) -> Employment | None:
    """The employment, where it has ended: they may work nowhere any more that the officer acts for."""
    session, now = request_session(), request_time()
    found = history(session, Employment, now, fact_id=fact_id, person_id=person_id)
    return next((one for one in found if one.valid_to is not None and one.valid_to <= now), None)


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
        if said.valid_to is not None and ends_first(session, one, said.valid_to, now)
    ]
    loans = select(Loan).where(col(Loan.employment_id) == said.fact_id, col(Loan.in_flight).is_(True))
    return found + [
        _("the loan to %(organisation)s", organisation=names.get(one.host_organisation_id, "—"))
        for one in session.exec(loans)
        if said.valid_to is not None and said.valid_to < one.ends_at
    ]
