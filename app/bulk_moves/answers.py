"""The questions of a draft in their order, each with its form, and what the answers come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from app.access import permissions
from app.bulk_moves.forms import (
    ALL,
    LIST,
    SOME,
    YES,
    AddressesForm,
    BelowForm,
    DayForm,
    EndsForm,
    ListForm,
    PlacesForm,
    ProvidersForm,
    WhichForm,
    WhoForm,
)
from app.display_formats import civil_date
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.bulk_moves.drafting import Draft, numbers_of
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.roles.permissions import Permission

Answers = MultiDict[str, str]
"""What was answered so far, as the forms send it."""


def _always(_answers: Answers) -> bool:
    return True


@dataclass(frozen=True)
class Question:
    """One page of the draft. ``is_asked`` says whether it is, by the answers before it."""

    name: str
    fields: tuple[str, ...]
    make: Callable[..., FlaskForm]
    is_asked: Callable[[Answers], bool] = _always

    def form(self, sent: Answers, *, csrf: bool = False) -> FlaskForm:
        """The form with what was sent; empty where nothing was."""
        return self.make(formdata=sent or None, meta={} if csrf else {"csrf": False})


def _places(**given: object) -> FlaskForm:
    known = organisations.tree(request_session(), request_time()).organisations
    mine = permissions().organisations(Permission.PREPARE_TRANSFER)
    return PlacesForm([one for one in known.values() if one.id in mine], known.values(), **given)


QUESTIONS = (
    Question("places", ("exporting_organisation_id", "importing_organisation_id"), _places),
    Question("day", ("start_date",), DayForm),
    Question("who", ("who",), WhoForm),
    Question("which", ("common_grade", "profession"), WhichForm, lambda one: one.get("who") == SOME),
    Question("below", ("include_subtree",), BelowForm, lambda one: one.get("who") != LIST),
    Question("addresses", ("addresses_go_along",), AddressesForm),
    Question("ends", ("ends_exporter",), EndsForm, lambda one: one.get("who") == ALL),
    Question(
        "providers",
        ("providers_go_along",),
        ProvidersForm,
        lambda one: one.get("who") == ALL and one.get("ends_exporter") == YES,
    ),
)


def find_question(name: str | None, answers: Answers) -> Question | None:
    """The question of this name, where it is asked after these answers."""
    return next((one for one in QUESTIONS if one.name == name and one.is_asked(answers)), None)


def find_before(question: Question, answers: Answers) -> Question | None:
    """The question before this one; None before the first."""
    asked = [one for one in QUESTIONS[: QUESTIONS.index(question)] if one.is_asked(answers)]
    return asked[-1] if asked else None


def find_unanswered(answers: Answers) -> Question | None:
    """The first question that is not answered, or not well."""
    return next(
        (one for one in QUESTIONS if one.is_asked(answers) and not one.form(answers).validate()), None
    )


def wish_of(answers: Answers, form: FlaskForm) -> Draft:
    """What the officer asks for, once everything is answered; ``form`` holds the list where there is one."""
    who, said = answers["who"], _said(answers)
    some = who == SOME
    return Draft(
        exporting_organisation_id=UUID(answers["exporting_organisation_id"]),
        importing_organisation_id=UUID(answers["importing_organisation_id"]),
        start_date=DayForm(formdata=answers, meta={"csrf": False}).data["start_date"],
        numbers=numbers_of(form.text()) if isinstance(form, ListForm) else None,
        include_subtree=said["include_subtree"],
        common_grade=CommonGrade(answers["common_grade"]) if some and answers.get("common_grade") else None,
        profession=answers.get("profession", "").strip() if some else "",
        ends_exporter=said["ends_exporter"],
        addresses_go_along=said["addresses_go_along"],
        providers_go_along=said["providers_go_along"],
    )


def answered_rows(answers: Answers) -> list[tuple[str, str, str]]:
    """Each answer in words, with the name of its question."""
    rows = []
    for question in QUESTIONS:
        if not question.is_asked(answers):
            continue
        form = question.form(answers)
        for name in question.fields:
            rows.append((str(form[name].label.text), _in_words(form, name), question.name))
    return rows


def _in_words(form: FlaskForm, name: str) -> str:
    field = form[name]
    if name == "start_date":
        return civil_date(field.data)
    chosen = {str(one.value): str(one.label) for one in getattr(field, "choices", None) or ()}
    return chosen.get(str(field.data), str(field.data or "")) or _("Any")


def _said(answers: Answers) -> Mapping[str, bool]:
    """The questions that are answered with yes or no; no where they were not asked."""
    return {
        name: find_question(step, answers) is not None and answers.get(name) == YES
        for step, name in (
            ("below", "include_subtree"),
            ("addresses", "addresses_go_along"),
            ("ends", "ends_exporter"),
            ("providers", "providers_go_along"),
        )
    }
