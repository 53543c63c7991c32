"""Adding, correcting and ending pay scales: recorded at once, because nobody's access rests on them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired, Optional

from app.access import permissions, signed_in_person
from app.apps.rule_form import reason_field
from app.organisations.blueprint import blueprint
from app.organisations.pay_scales import seen_scale
from app.pay_scale_words import which_scale
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import PoundsField, show_refusal, text_field
from app.translation import gettext as _
from app.widgets import CivilDateField, Select, SelectChoice
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.pay.models import PayScale
from profiles.pay.scales import ScaleTerms, correct_scale, end_scale, record_scale
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT, Provenance, civil_date, end_of_day, start_of_day

ADD = "/organisations/<uuid:organisation_id>/pay-scales/add"
CORRECT = "/organisations/pay-scales/<uuid:scale_id>/correct"
END = "/organisations/pay-scales/<uuid:scale_id>/end"


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """What every change is asked for, last: errors are listed in the order of the page."""

    source: Any
    reason: Any

    def provenance(self) -> Provenance:
        """Who says so, and why."""
        return Provenance(signed_in_person(), f"page:{self.source.data}", self.reason.data or "")


def _source_field() -> Any:
    return text_field(
        _l("Where you have it from"),
        _l("Say where you have it from"),
        description=_l("For example, the pay award of 2026"),
    )


class ScaleForm(ReasonForm):
    """A scale: of which grade, where, between which amounts, and when."""

    local_grade = SelectField(_l("Grade"), [InputRequired(_l("Choose a grade"))], widget=Select())
    location = text_field(
        _l("Pay location (optional)"),
        description=_l(
            "As pay records call it, for example London. Empty: wherever the grade has no scale of its own."
        ),
    )
    name = text_field(_l("Name of the scale (optional)"))
    minimum_pence = PoundsField(
        _l("From, in pounds a year"),
        [InputRequired(_l("Enter the lowest amount"))],
        description=_l("Full-time, before tax. For example, 41000 or 41000.50"),
    )
    maximum_pence = PoundsField(
        _l("To, in pounds a year"),
        [InputRequired(_l("Enter the highest amount"))],
        description=_l("The same amount where there is only one."),
    )
    first_day = CivilDateField(
        _l("First day"), [InputRequired(_l("Enter the first day"))], description=_l("It may lie in the past.")
    )
    last_day = CivilDateField(
        _l("Last day (optional)"), [Optional()], description=_l("The last day on which it is so.")
    )
    source = _source_field()
    reason = reason_field(_l("It stays with the scale."))

    def __init__(self, organisation_id: UUID, held: PayScale | None = None) -> None:
        super().__init__(data=_filled(held) if held else None)
        grades = organisations.grades_of(request_session(), organisation_id, request_time())
        labels = dict.fromkeys([*grades, *([held.local_grade] if held else [])])
        self.local_grade.choices = [
            SelectChoice("", _("Choose a grade")),
            *(SelectChoice(label, _in_words(label, grades.get(label))) for label in labels),
        ]

    def terms(self) -> ScaleTerms:
        """What it says, once it is valid."""
        names = ("local_grade", "location", "name", "minimum_pence", "maximum_pence")
        return ScaleTerms(**{name: self.data[name] for name in names})

    def times(self) -> dict[str, Any]:
        """From when until when. Raises Invalid, naming the field."""
        first, last = self.data["first_day"], self.data["last_day"]
        if last is not None and last < first:
            raise Invalid(_("The last day must not be before the first."), field="last_day")
        return {
            "valid_from": start_of_day(first),
            "valid_to": end_of_day(last) if last is not None else None,
        }


class EndForm(ReasonForm):
    """The last day of a scale."""

    last_day = CivilDateField(
        _l("Last day"),
        [InputRequired(_l("Enter the last day"))],
        description=_l("The last day on which it is so. A day before its first takes it back."),
    )
    source = _source_field()
    reason = reason_field(_l("It stays with the scale."))


@blueprint.get(ADD)
@requires(Permission.MAINTAIN_PAY_SCALES, fresh=True)
def add_pay_scale(organisation_id: UUID) -> Response:
    """The form of a new scale."""
    return _show_new(_mine(organisation_id), ScaleForm(organisation_id))


@blueprint.post(ADD)
@requires(Permission.MAINTAIN_PAY_SCALES, fresh=True)
def submit_pay_scale(organisation_id: UUID) -> Response:
    """Record it; what it replaces ends the day before."""
    form = ScaleForm(_mine(organisation_id))

    def recorded() -> None:
        record_scale(*_said(form), organisation_id=organisation_id, terms=form.terms(), **form.times())

    return _submit(form, recorded, lambda status: _show_new(organisation_id, form, status))


@blueprint.get(CORRECT)
@requires(Permission.MAINTAIN_PAY_SCALES, fresh=True)
def correct_pay_scale(scale_id: UUID) -> Response:
    """The form, filled in with what is said now."""
    held = _standing(scale_id)
    return _show(held, ScaleForm(held.organisation_id, held))


@blueprint.post(CORRECT)
@requires(Permission.MAINTAIN_PAY_SCALES, fresh=True)
def submit_corrected_pay_scale(scale_id: UUID) -> Response:
    """Record what is right; what was believed stays in its history."""
    held = _standing(scale_id)
    form = ScaleForm(held.organisation_id, held)

    def corrected() -> None:
        correct_scale(*_said(form), version_id=scale_id, terms=form.terms(), **form.times())

    return _submit(form, corrected, lambda status: _show(_standing(scale_id), form, status))


@blueprint.get(END)
@requires(Permission.MAINTAIN_PAY_SCALES, fresh=True)
def end_pay_scale(scale_id: UUID) -> Response:
    """Ask for the last day."""
    return _show(_standing(scale_id), EndForm())


@blueprint.post(END)
@requires(Permission.MAINTAIN_PAY_SCALES, fresh=True)
def submit_ended_pay_scale(scale_id: UUID) -> Response:
    """Let it end."""
    _standing(scale_id)
    form = EndForm()

    def ended() -> None:
        end_scale(*_said(form), version_id=scale_id, ends_at=end_of_day(form.data["last_day"]))

    return _submit(form, ended, lambda status: _show(_standing(scale_id), form, status))


def _said(form: ReasonForm) -> tuple[Any, ...]:
    initiator = Initiator.person(signed_in_person())
    return request_session(), request_time(), form.provenance(), initiator


def _submit(form: ReasonForm, act: Callable[[], None], again: Callable[[int], Response]) -> Response:
    if not form.validate_on_submit():
        return again(422)
    try:
        act()
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return again(422)
    flash(_("It is recorded."), "success")
    return redirect(url_for("organisations.pay_scales"), 303)


def _mine(organisation_id: UUID) -> UUID:
    if not permissions().allows(Permission.MAINTAIN_PAY_SCALES, organisation_id):
        raise NotFound(_("There is no such organisation."))
    return organisation_id


def _standing(scale_id: UUID) -> PayScale:
    scale = seen_scale(scale_id)
    if scale.superseded_at is not None:
        raise Conflict(_("This record was changed meanwhile. Look at it again before you change it."))
    return scale


def _filled(held: PayScale) -> dict[str, Any]:
    names = ("local_grade", "location", "name", "minimum_pence", "maximum_pence")
    last = civil_date(held.valid_to - INSTANT) if held.valid_to else None
    return {name: getattr(held, name) for name in names} | {
        "first_day": civil_date(held.valid_from),
        "last_day": last,
    }


def _in_words(label: str, grade: Any) -> str:
    return f"{label} ({grade.value})" if grade and grade.value != label else label


def _show_new(organisation_id: UUID, form: ScaleForm, status: int = 200) -> Response:
    return _page(_("Add a pay scale"), organisation_id, form, url_for("organisations.pay_scales"), status)


def _show(held: PayScale, form: ReasonForm, status: int = 200) -> Response:
    what = which_scale(held)
    title = _("End: %(what)s", what=what) if isinstance(form, EndForm) else _("Correct: %(what)s", what=what)
    back_href = url_for("organisations.pay_scale", scale_id=held.id)
    return _page(title, held.organisation_id, form, back_href, status)


def _page(title: str, organisation_id: UUID, form: ReasonForm, back_href: str, status: int) -> Response:
    page = render_template(
        "organisations/change_pay_scale.html",
        title=title,
        organisation=organisations.get(request_session(), organisation_id, request_time()).name,
        fields=[one for one in form if one.name not in ("csrf_token", "source", "reason")],
        form=form,
        back_href=back_href,
    )
    return Response(page, status, mimetype="text/html")
