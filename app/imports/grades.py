"""Saying what grades mean that a refused import holds: the answers become an import of their own."""

import hashlib
import json
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from app.access import permissions, signed_in_person
from app.imports.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import Select, SelectChoice
from profiles.audit.service import Initiator
from profiles.errors import Conflict, NotFound
from profiles.imports.records import grades, service
from profiles.imports.records.grades import UnknownGrade
from profiles.imports.records.models import Import
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.roles.permissions import Permission, requires

ASKED_AT_ONCE = 100
NONE = "none"
PREFIX = "grade_"


@blueprint.get("/imports/<uuid:import_id>/grades")
@requires(Permission.IMPORT_RECORDS)
def unknown_grades(import_id: UUID) -> str:
    """Ask what each means."""
    one = _refused(import_id)
    return _show(one, _form(_asked(one)))


@blueprint.post("/imports/<uuid:import_id>/grades")
@requires(Permission.IMPORT_RECORDS)
def map_grades(import_id: UUID) -> Response | tuple[str, int]:
    """Send the answers as an import, which shows whose access they change and waits where it must."""
    refused, session = _refused(import_id), request_session()
    asked = _asked(refused)
    form = _form(asked)
    if {name for name in request.form if name.startswith(PREFIX)} != {_field(one) for one in asked}:
        form.validate()
        form.form_errors.append(_("The grades to map have changed meanwhile. Check your answers."))
        return _show(refused, form), 422
    if not form.validate_on_submit():
        return _show(refused, form), 422
    answers = (form[_field(one)].data for one in asked)
    meanings = [None if one == NONE else CommonGrade(one) for one in answers]
    one = service.receive(
        session,
        request_time(),
        Initiator.person(signed_in_person()),
        organisation_id=refused.organisation_id,
        source=grades.SOURCE,
        files=[("grades.jsonl", [grades.records_of(asked, meanings)])],
        started_by=signed_in_person(),
    )
    flash(_("Publish what the grades mean. Then send your files again."), "success")
    return redirect(url_for("imports.import_", import_id=one.id), 303)


def _refused(import_id: UUID) -> Import:
    """An import that was refused for its grades, of an organisation that the officer imports for."""
    one = service.get_for(request_session(), import_id, permissions())
    if not one.unknown_grades or not permissions().allows(Permission.IMPORT_RECORDS, one.organisation_id):
        raise NotFound(_("There is no such import."))
    return one


def _asked(one: Import) -> list[UnknownGrade]:
    """Those that nobody has mapped meanwhile, some at a time."""
    session, now = request_session(), request_time()
    found: list[UnknownGrade] = list(one.unknown_grades)
    known = {
        code: organisations.grades_of(session, organisations.get_by_code(session, code, now).id, now)
        for code in {grade["organisation"] for grade in found}
    }
    open_ones = [grade for grade in found if grade["label"] not in known[grade["organisation"]]]
    if not open_ones:
        raise Conflict(_("These grades are mapped. Send your files again."))
    return open_ones[:ASKED_AT_ONCE]


def _form(asked: list[UnknownGrade]) -> FlaskForm:
    choices = [SelectChoice("", _("Choose")), *(SelectChoice(one.value, one.value) for one in CommonGrade)]
    choices.append(SelectChoice(NONE, _("No common grade")))
    fields: dict[str, Any] = {
        _field(grade): SelectField(
            grade["label"],
            [InputRequired(_("Choose what %(grade)s means", grade=grade["label"]))],
            choices=choices,
            description=_(
                "%(organisation)s, %(count)s in the files",
                organisation=grade["organisation"],
                count=f"{grade['postings']:,}",
            ),
            widget=Select(),
        )
        for grade in asked
    }
    return type("GradesForm", (FlaskForm,), fields)()


def _field(grade: UnknownGrade) -> str:
    """The field of a grade, which stays the same whatever else is mapped meanwhile."""
    named = json.dumps([grade["organisation"], grade["label"]])
    return PREFIX + hashlib.sha256(named.encode()).hexdigest()[:32]


def _show(one: Import, form: FlaskForm) -> str:
    fields = [field for field in form if field.name.startswith(PREFIX)]
    return render_template("imports/grades.html", one=one, form=form, fields=fields)
