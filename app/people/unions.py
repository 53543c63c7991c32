"""HR says that two records are one person's: what is part of a record, and a union that is asked for."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import permissions, signed_in_person
from app.opened_records import shows
from app.people.blueprint import blueprint
from app.people.helped import Helped, check_not_self, get_helped
from app.people.union_lines import Told, in_tables
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice, TextArea, TextInput, stripped
from profiles.employments.service import find_by_number
from profiles.errors import Conflict, Invalid
from profiles.merges import service, unions
from profiles.merges.foreseeing import Outcome, foresee
from profiles.merges.models import MergeRequest
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires

PATH = "/people/<uuid:person_id>/records"


class UniteForm(FlaskForm):  # type: ignore[misc]
    """Which other record is the same person's, and which of the two stays."""

    number = StringField(
        _l("Employment number in the other record"),
        [DataRequired(_l("Enter the employment number in the other record"))],
        description=_l("The whole number, as it is recorded"),
        widget=TextInput(),
        filters=[stripped],
    )
    keep = RadioField(
        _l("Which record stays?"),
        [InputRequired(_l("Choose which record stays"))],
        choices=[
            SelectChoice("this", _l("This one: they go on signing in as they do to it")),
            SelectChoice("other", _l("The other one: they go on signing in as they do to that")),
        ],
        description=_l(
            "Apps go on knowing the person by the record that stays. The accounts that apps keep for the "
            "other one are not used while the two are one."
        ),
        widget=Radios(),
    )
    reason = TextAreaField(
        _l("How do you know that they are one person?"),
        [
            DataRequired(_l("Enter how you know")),
            Length(max=service.LONGEST_REASON, message=_l("Use %(max)d characters or fewer")),
        ],
        description=_l("For example: both papers were shown, with the same photograph"),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get(PATH)
@requires(Permission.CHANGE_RECORDS)
def records(person_id: UUID) -> str:
    """What other records are part of somebody's, and which answers let files count as theirs."""
    whom, session = get_helped(person_id, Permission.CHANGE_RECORDS), request_session()
    return render_template(
        "people/records.html",
        whom=whom,
        united=[
            {"id": one.id, "since": one.merged_at, "waits": unions.find_waiting(session, one) is not None}
            for one in unions.part_of(session, person_id)
        ],
        answers=[
            {"id": one.id, "since": one.settled_at, "name": one.name, "key": one.source_key}
            for one in unions.answered_same(session, person_id)
            if permissions().allows(Permission.IMPORT_RECORDS, one.organisation_id)
        ],
    )


@blueprint.get(f"{PATH}/unite")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def unite(person_id: UUID) -> str:
    """Which other record."""
    whom = get_helped(person_id, Permission.CHANGE_RECORDS)
    check_not_self(whom)
    return _show(whom, UniteForm(formdata=None))


@blueprint.post(f"{PATH}/unite")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def submit_unite(person_id: UUID) -> Response | str | tuple[str, int]:
    """Check it or, once it was checked, ask for it."""
    whom, form = get_helped(person_id, Permission.CHANGE_RECORDS), UniteForm()
    check_not_self(whom)
    if not form.validate_on_submit():
        return _show(whom, form), 422
    try:
        other = _find_other(whom, form.number.data or "")
        if request.form.get("checked") != "yes":
            return _check(whom, other, form)
        _ask(whom, other, form)
    except (Invalid, Conflict) as refused:
        roll_back()
        show_refusal(form, refused if isinstance(refused, Invalid) else Invalid(refused.message))
        return _show(whom, form), 422
    flash(_("It waits for a second officer and a security officer."), "success")
    return redirect(url_for("people.records", person_id=person_id), 303)


def _find_other(whom: Helped, number: str) -> Helped:
    """Who else of the officer's people has this number. Raises Invalid."""
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    found = find_by_number(request_session(), mine, number, request_time())
    if found is None:
        raise Invalid(_("Nobody who works for you has this number."), field="number")
    shows(found)
    if found == whom.person_id:
        raise Invalid(_("This is the same record. Enter the number in the other one."), field="number")
    other = get_helped(found, Permission.CHANGE_RECORDS)
    check_not_self(other)
    return other


def _ask(whom: Helped, other: Helped, form: UniteForm) -> MergeRequest:
    kept, gone = (whom, other) if form.keep.data == "this" else (other, whom)
    return service.propose_merge(
        request_session(),
        request_time(),
        signed_in_person(),
        survivor_id=kept.person_id,
        merged_id=gone.person_id,
        organisation_id=_organisation_of(whom, other),
        reason=form.reason.data or "",
    )


def _organisation_of(whom: Helped, other: Helped) -> UUID:
    """The lowest organisation of the officer's with both people in it: it decides. Raises Invalid."""
    tree = organisations.tree(request_session(), request_time())
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    above_other = tree.ancestors_of(other.organisation_id)
    for one in tree.ancestors_of(whom.organisation_id):
        if one in above_other and one in mine:
            return one
    raise Invalid(
        _(
            "They work in two organisations, and you act for none that has both. Let an officer above ask "
            "for it."
        ),
        field="number",
    )


def captions_of_union() -> dict[Outcome, str]:
    """What stands over the tables of a union."""
    return {
        Outcome.CARRIED: _("Goes into the record that stays"),
        Outcome.LEFT_OUT: _(
            "Is not taken over: the record that stays says something for that time, or it is a role, "
            "which is given anew"
        ),
    }


def _check(whom: Helped, other: Helped, form: UniteForm) -> str:
    kept, gone = (whom, other) if form.keep.data == "this" else (other, whom)
    foreseen = foresee(request_session(), request_time(), lambda: _ask(whom, other, form))
    told: Told = in_tables(foreseen, kept.person_id, captions_of_union(), (kept.name, gone.name))
    return render_template(
        "people/check_unite.html",
        whom=whom,
        kept=kept,
        gone=gone,
        told=told,
        typed=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
    )


def _show(whom: Helped, form: UniteForm) -> str:
    return render_template("people/unite.html", whom=whom, form=form)
