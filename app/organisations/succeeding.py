"""An administrator says who took over from whom, or corrects it; officers of the other side decide."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from app.apps.policy_flow import Case, submit_case
from app.apps.rule_form import reason_field
from app.display_formats import civil_date
from app.organisations.blueprint import blueprint
from app.organisations.register import PATH, may_change
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import CivilDateField, Radios, Select, SelectChoice
from profiles.access_policy.successions import SuccessionWanted
from profiles.errors import Conflict, NotFound
from profiles.organisations import reading, successions
from profiles.organisations import service as organisations
from profiles.organisations.models import Succession
from profiles.roles.permissions import Permission, requires

LIST = f"{PATH}/<uuid:organisation_id>/successions"
ADD = f"{LIST}/new"
CORRECT = f"{LIST}/<uuid:succession_id>"
FROM, TO = "from", "to"


class SuccessionForm(FlaskForm):  # type: ignore[misc]
    """Which way, who the other is, since when, and why."""

    direction = RadioField(
        _l("What happened?"),
        [InputRequired(_l("Choose one"))],
        widget=Radios(),
        choices=[
            SelectChoice(FROM, _l("It took over from the other organisation")),
            SelectChoice(TO, _l("The other organisation took over from it")),
        ],
    )
    successor = SelectField(
        _l("The other organisation"), [InputRequired(_l("Choose an organisation"))], widget=Select()
    )
    since = CivilDateField(
        _l("First day"),
        [InputRequired(_l("Enter the first day"))],
        description=_l("On which the one that took over does it. It may lie in the past."),
    )
    reason = reason_field(_l("Everybody who opens the register reads it."))


class CorrectionForm(FlaskForm):  # type: ignore[misc]
    """The right day, or none, and why."""

    since = CivilDateField(
        _l("First day (optional)"),
        [Optional()],
        description=_l("Leave it empty to take it back: it never was so."),
    )
    reason = reason_field(_l("Everybody who opens the register reads it."))


@blueprint.get(LIST)
@requires(Permission.CHANGE_ORGANISATION)
def list_successions(organisation_id: UUID) -> str:
    """What is recorded, each with its correction."""
    name = _managed(organisation_id)
    session, now = request_session(), request_time()
    names = reading.names_ever(session, now)
    rows = [
        {
            "before": names[one.predecessor_id],
            "after": names[one.successor_id],
            "since": civil_date(one.valid_from),
            "href": url_for(
                "organisations.correct_succession", organisation_id=organisation_id, succession_id=one.id
            ),
        }
        for one in successions.said_now_of(session, organisation_id, now)
    ]
    return render_template(
        "organisations/successions.html",
        rows=rows,
        name=name,
        back_href=_back(organisation_id),
        add_href=url_for("organisations.add_succession", organisation_id=organisation_id),
    )


@blueprint.get(ADD)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def add_succession(organisation_id: UUID) -> Response:
    """Ask who took over from whom."""
    _managed(organisation_id)
    return _ask_new(organisation_id, _succession_form(organisation_id, formdata=None))


@blueprint.post(ADD)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def submit_succession(organisation_id: UUID) -> Response:
    """Check it; once that was checked, let it wait for the other side."""
    _managed(organisation_id)
    form = _succession_form(organisation_id)
    if not form.validate_on_submit():
        return _ask_new(organisation_id, form, 422)
    other_id = UUID(form.data["successor"])
    if _is_to_begin(other_id):
        form.successor.errors = [
            _("It has not begun yet, so nobody there can approve it. Ask once it has begun.")
        ]
        return _ask_new(organisation_id, form, 422)
    before, after = (
        (other_id, organisation_id) if form.data["direction"] == FROM else (organisation_id, other_id)
    )
    decides_id = _decides(organisation_id, other_id)
    wanted = SuccessionWanted(before, after, decides_id, form.data["since"])
    return _submit(organisation_id, wanted, form, lambda status: _ask_new(organisation_id, form, status))


@blueprint.get(CORRECT)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def correct_succession(organisation_id: UUID, succession_id: UUID) -> Response:
    """Ask for the right day, or whether it never was so."""
    _managed(organisation_id)
    held = _held(organisation_id, succession_id)
    return _ask_correction(organisation_id, held, CorrectionForm(formdata=None))


@blueprint.post(CORRECT)
@requires(Permission.CHANGE_ORGANISATION, fresh=True)
def submit_correction(organisation_id: UUID, succession_id: UUID) -> Response:
    """Check it; once that was checked, let it wait for the other side."""
    _managed(organisation_id)
    held, form = _held(organisation_id, succession_id), CorrectionForm()
    if not form.validate_on_submit():
        return _ask_correction(organisation_id, held, form, 422)
    both = held.predecessor_id, held.successor_id
    other_id = both[both[0] == organisation_id]
    if _is_to_begin(other_id):
        raise Conflict(_("The other organisation has not begun yet, so nobody there can approve it."))
    wanted = SuccessionWanted(*both, _decides(organisation_id, other_id), form.data["since"], succession_id)

    def again(status: int) -> Response:
        return _ask_correction(organisation_id, _held(organisation_id, succession_id), form, status)

    return _submit(organisation_id, wanted, form, again)


def _submit(organisation_id: UUID, wanted: SuccessionWanted, form: Any, ask: Any) -> Response:
    return submit_case(Case(wanted, _managed(organisation_id), _back(organisation_id), form, ask))


def _decides(organisation_id: UUID, other_id: UUID) -> UUID:
    """The other side; one's own where the other has no officers any more."""
    there = organisations.tree(request_session(), request_time()).organisations
    return other_id if other_id in there else organisation_id


def _is_to_begin(organisation_id: UUID) -> bool:
    now = request_time()
    spans = organisations.spans_of(request_session(), organisation_id, now)
    return all(begins > now for begins, _ends in spans)


def _succession_form(organisation_id: UUID, **how: Any) -> SuccessionForm:
    form, names = SuccessionForm(**how), reading.names_ever(request_session(), request_time())
    others = sorted((name, str(one)) for one, name in names.items() if one != organisation_id)
    form.successor.choices = [
        SelectChoice("", _("Choose an organisation")),
        *(SelectChoice(value, name) for name, value in others),
    ]
    return form


def _managed(organisation_id: UUID) -> str:
    """The name of an organisation that the officer administers. Raises NotFound."""
    if not may_change(organisation_id):
        raise NotFound(_("There is no such organisation."))
    return organisations.get(request_session(), organisation_id, request_time()).name


def _held(organisation_id: UUID, succession_id: UUID) -> Succession:
    found = request_session().get(Succession, succession_id)
    if found is None or organisation_id not in (found.predecessor_id, found.successor_id):
        raise NotFound(_("Nothing like that is recorded."))
    if found.superseded_at is not None:
        raise Conflict(_("This record was changed meanwhile. Look at it again before you change it."))
    return found


def _back(organisation_id: UUID) -> str:
    return url_for("organisations.organisation", organisation_id=organisation_id)


def _ask_new(organisation_id: UUID, form: SuccessionForm, status: int = 200) -> Response:
    page = render_template(
        "organisations/new_succession.html",
        form=form,
        name=_managed(organisation_id),
        back_href=url_for("organisations.list_successions", organisation_id=organisation_id),
    )
    return Response(page, status, mimetype="text/html")


def _ask_correction(
    organisation_id: UUID, held: Succession, form: CorrectionForm, status: int = 200
) -> Response:
    names = reading.names_ever(request_session(), request_time())
    page = render_template(
        "organisations/correct_succession.html",
        form=form,
        name=names[organisation_id],
        before=names[held.predecessor_id],
        after=names[held.successor_id],
        since=held.valid_from,
        back_href=url_for("organisations.list_successions", organisation_id=organisation_id),
    )
    return Response(page, status, mimetype="text/html")
