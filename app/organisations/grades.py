"""What an organisation's own grades stand for: HR changes it from a day on, and a second officer decides."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired, Optional

from app.access import permissions
from app.apps.policy_flow import Case, submit_case
from app.apps.policy_words import common_grade_in_words
from app.apps.rule_form import reason_field
from app.organisations.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import CivilDateField, Select, SelectChoice
from profiles.access_policy.grades import GradeWanted
from profiles.access_policy.models import PolicyChange, PolicyKind
from profiles.access_policy.service import waiting
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.organisations.models import LocalGrade
from profiles.roles.permissions import Permission, requires
from profiles.temporal import current

PATH = "/organisations/grades/<uuid:grade_id>/change"


class GradeForm(FlaskForm):  # type: ignore[misc]
    """What the grade stands for, from when, and why."""

    common_grade = SelectField(
        _l("Which common grade does it stand for?"),
        [Optional()],
        widget=Select(),
        choices=lambda: [
            SelectChoice("", _("No common grade")),
            *(SelectChoice(one.value, one.value) for one in CommonGrade),
        ],
    )
    first_day = CivilDateField(
        _l("First day"), [InputRequired(_l("Enter the first day"))], description=_l("It may be today.")
    )
    reason = reason_field(_l("The other officer and auditors read it."))
    version = HiddenField()


@blueprint.get("/organisations/grades")
@requires(Permission.CHANGE_RECORDS)
def grades() -> str:
    """Every grade of the officer's organisations, and what it stands for now."""
    session, now = request_session(), request_time()
    mine, known = _mine(), organisations.tree(session, now).organisations
    waits = {_label(one) for one in waiting(session, mine, now) if one.kind is PolicyKind.GRADE}
    found = [
        (known[place].name, one)
        for place in mine
        if place in known
        for one in current(session, LocalGrade, now, now, organisation_id=place)
    ]
    found.sort(
        key=lambda pair: (
            pair[0],
            -(pair[1].common_grade.rank if pair[1].common_grade else -1),
            pair[1].label,
        )
    )
    rows = [
        {
            "organisation": name,
            "label": one.label,
            "common": common_grade_in_words(one.common_grade),
            "waits": (one.organisation_id, one.label) in waits,
            "href": url_for("organisations.change_grade", grade_id=one.fact_id),
        }
        for name, one in found
    ]
    return render_template("organisations/grades.html", rows=rows)


@blueprint.get(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def change_grade(grade_id: UUID) -> Response:
    """Ask what it stands for, and from when."""
    held = _held(grade_id)
    begin = {
        "common_grade": held.common_grade.value if held.common_grade else "",
        "version": str(held.id),
    }
    return _ask(held, GradeForm(formdata=None, data=begin))


@blueprint.post(PATH)
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_grade(grade_id: UUID) -> Response:
    """Check it or, once it was checked, record it or let it wait."""
    held, form = _held(grade_id), GradeForm()
    if not form.validate_on_submit():
        return _ask(held, form, 422)
    try:
        version_id = UUID(form.data["version"])
    except ValueError:
        version_id = UUID(int=0)
    grade = form.data["common_grade"]
    wanted = GradeWanted(
        held.organisation_id,
        held.label,
        CommonGrade(grade) if grade else None,
        form.data["first_day"],
        version_id,
    )
    back_href = url_for("organisations.grades")
    return submit_case(
        Case(
            wanted,
            _name(request_session(), held),
            back_href,
            form,
            lambda status: _again(grade_id, form, status),
        )
    )


def _mine() -> frozenset[UUID]:
    return permissions().organisations(Permission.CHANGE_RECORDS)


def _label(change: PolicyChange) -> tuple[UUID, str]:
    return change.organisation_id, str(change.content["label"])


def _held(grade_id: UUID) -> LocalGrade:
    """A grade of the officer's organisations. Raises NotFound."""
    now = request_time()
    for one in current(request_session(), LocalGrade, now, now, fact_id=grade_id):
        if one.organisation_id in _mine():
            return one
    raise NotFound(_("There is no such grade in your organisation."))


def _name(session: Session, held: LocalGrade) -> str:
    return organisations.get(session, held.organisation_id, request_time()).name


def _again(grade_id: UUID, form: GradeForm, status: int) -> Response:
    return _ask(_held(grade_id), form, status)


def _ask(held: LocalGrade, form: Any, status: int = 200) -> Response:
    page = render_template(
        "organisations/grade.html", label=held.label, organisation=_name(request_session(), held), form=form
    )
    return Response(page, status, mimetype="text/html")
