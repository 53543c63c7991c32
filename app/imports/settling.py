"""Settling what two sources disagree on, and who may be recorded already."""

import re
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.access import answering, signed_in_person
from app.access_changes import settle_people
from app.imports.blueprint import blueprint
from app.listed_names import not_named, unlisted
from app.paging import PAGE_SIZE, asked_after, page_of
from app.portable_profile.words import source_in_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice
from profiles.imports.records import conflicts as disagreements
from profiles.imports.records import waiting_people
from profiles.imports.records.duplicates import ADDRESS, NAME_AND_BIRTH, NUMBER
from profiles.imports.records.models import FieldConflict, Settlement
from profiles.people.service import display_name
from profiles.roles.permissions import Permission, requires


class ConflictForm(FlaskForm):  # type: ignore[misc]
    """What is right."""

    settlement = RadioField(
        _l("Which is right?"),
        [InputRequired(_l("Choose which is right"))],
        choices=[
            SelectChoice(Settlement.KEPT, _l("What is recorded: keep it")),
            SelectChoice(Settlement.TAKEN, _l("What the file says: take it")),
            SelectChoice(Settlement.BOTH_WRONG, _l("Neither: both systems must be put right first")),
        ],
        widget=Radios(),
    )


class DuplicateForm(FlaskForm):  # type: ignore[misc]
    """Whether they are one person."""

    answer = RadioField(
        _l("Are they the same person?"),
        [InputRequired(_l("Choose whether they are the same person"))],
        choices=[
            SelectChoice("yes", _l("Yes, it is the same person")),
            SelectChoice("no", _l("No, they are two people")),
        ],
        widget=Radios(),
    )


@blueprint.get("/imports/conflicts")
@requires(Permission.SEE_IMPORTS)
def conflicts() -> str:
    """What nobody has settled yet."""
    asked = request_session(), answering(), request_time()
    found = disagreements.open_conflicts(*asked, after=asked_after(), limit=PAGE_SIZE + 1)
    page = page_of(found, lambda one: one.id)
    names = _names_in_list({one.person_id for one in page.rows if one.person_id})
    return render_template(
        "imports/conflicts.html",
        page=page,
        total=disagreements.count_open(*asked),
        conflicts=[
            (one, names.get(one.person_id), _in_words(one.field), source_in_words(one.recorded_source))
            for one in page.rows
        ],
    )


@blueprint.get("/imports/conflicts/<uuid:conflict_id>")
@requires(Permission.SEE_IMPORTS)
def conflict(conflict_id: UUID) -> str:
    """The two values, and the question."""
    return _show_conflict(_get_conflict(conflict_id), ConflictForm())


@blueprint.post("/imports/conflicts/<uuid:conflict_id>")
@requires(Permission.SEE_IMPORTS, fresh=True)
def settle_conflict(conflict_id: UUID) -> Response | tuple[str, int]:
    """Settle it."""
    session, form = request_session(), ConflictForm()
    found = _get_conflict(conflict_id)
    if not form.validate_on_submit():
        return _show_conflict(found, form), 422
    settlement = Settlement(form.settlement.data)
    disagreements.settle_conflict(
        session,
        request_time(),
        found,
        settlement,
        signed_in_person(),
        answering(),
        alone_up_to=current_app.config["SECOND_OFFICER_ABOVE"],
    )
    if found.person_id is not None:
        settle_people(session, [found.person_id], request_time(), "A record was changed.")
    flash(_("The conflict is settled."), "success")
    return redirect(url_for("imports.conflicts"), 303)


@blueprint.get("/imports/duplicates")
@requires(Permission.IMPORT_RECORDS)
def duplicates() -> str:
    """People who wait."""
    asked = request_session(), _mine(), request_time()
    found = waiting_people.open_duplicates(*asked, after=asked_after(), limit=PAGE_SIZE + 1)
    page = page_of(found, lambda one: one.id)
    names = _names_in_list({one.candidate_id for one in page.rows})
    return render_template(
        "imports/duplicates.html",
        page=page,
        total=waiting_people.count_open(*asked),
        duplicates=[(one, names.get(one.candidate_id), _reasons(one.reasons)) for one in page.rows],
    )


@blueprint.get("/imports/duplicates/<uuid:duplicate_id>")
@requires(Permission.IMPORT_RECORDS)
def duplicate(duplicate_id: UUID) -> str:
    """The new person beside the one who is recorded, and the question."""
    return _show_duplicate(duplicate_id, DuplicateForm())


@blueprint.post("/imports/duplicates/<uuid:duplicate_id>")
@requires(Permission.IMPORT_RECORDS, fresh=True)
def settle_duplicate(duplicate_id: UUID) -> Response | tuple[str, int]:
    """Remember the answer; after the last one the import goes on with those who waited."""
    session, form = request_session(), DuplicateForm()
    if not form.validate_on_submit():
        return _show_duplicate(duplicate_id, form), 422
    found = waiting_people.get_duplicate(session, duplicate_id, _mine(), request_time())
    again = waiting_people.settle_duplicate(
        session,
        request_time(),
        found,
        answering(),
        is_same=form.answer.data == "yes",
        officer_id=signed_in_person(),
    )
    if again is not None:
        flash(_("That was the last one. Those who waited are being checked."), "success")
        return redirect(url_for("imports.import_", import_id=again), 303)
    flash(_("Your answer is remembered."), "success")
    return redirect(url_for("imports.duplicates"), 303)


def _get_conflict(conflict_id: UUID) -> FieldConflict:
    return disagreements.get_conflict(request_session(), conflict_id, answering(), request_time())


def _show_conflict(found: FieldConflict, form: ConflictForm) -> str:
    names = _names({found.person_id} if found.person_id else set())
    return render_template(
        "imports/conflict.html",
        conflict=found,
        field=_in_words(found.field),
        name=names.get(found.person_id),
        form=form,
        recorded_source=source_in_words(found.recorded_source),
        shown={
            "recorded": _shown(found.field, found.recorded),
            "offered": _shown(found.field, found.offered),
        },
        is_own=found.person_id == signed_in_person(),
    )


def _show_duplicate(duplicate_id: UUID, form: DuplicateForm) -> str:
    found = waiting_people.get_duplicate(request_session(), duplicate_id, _mine(), request_time())
    return render_template(
        "imports/duplicate.html",
        duplicate=found,
        name=_names({found.candidate_id}).get(found.candidate_id),
        numbers=waiting_people.numbers_of(request_session(), found.candidate_id, _mine(), request_time()),
        born_on=waiting_people.born_on(request_session(), found.candidate_id, request_time()),
        reasons=_reasons(found.reasons),
        form=form,
    )


def _in_words(field: str) -> str:
    """A field without the unit in which it travels."""
    return re.sub("_(pence|hundredths|thousandths)$", "", field).replace("_", " ")


def _shown(field: str, value: Any) -> Any:
    """A value for people: money in pounds."""
    return f"£{value / 100:,.2f}" if field.endswith("_pence") and isinstance(value, int) else value


def _reasons(reasons: list[str]) -> str:
    words = {
        NAME_AND_BIRTH: _("the same name and date of birth"),
        NUMBER: _("the same employment number"),
        ADDRESS: _("the same work e-mail address"),
    }
    return ", ".join(words[one] for one in reasons)


def _names(person_ids: set[UUID]) -> dict[Any, str]:
    found = waiting_people.names_now(request_session(), person_ids, request_time())
    return {person_id: display_name(name) for person_id, name in found.items()}


def _names_in_list(person_ids: set[UUID]) -> dict[Any, str]:
    hidden = unlisted(request_session(), person_ids, request_time())
    return _names(person_ids) | dict.fromkeys(hidden, not_named())


def _mine() -> frozenset[UUID]:
    return answering().organisations(Permission.IMPORT_RECORDS)
