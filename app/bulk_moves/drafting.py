"""Drafting a bulk move, one question a page; the answers so far stand in the address, and nobody's name."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.bulk_moves.answers import (
    QUESTIONS,
    Answers,
    Question,
    answered_rows,
    find_before,
    find_question,
    find_unanswered,
    wish_of,
)
from app.bulk_moves.blueprint import blueprint
from app.bulk_moves.forms import LIST, ButtonForm, ListForm
from app.request_transaction import request_session, request_time, roll_back
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from profiles.bulk_moves import drafting
from profiles.errors import Invalid
from profiles.roles.permissions import Permission, requires


@blueprint.get("/bulk-moves/new")
@requires(Permission.PREPARE_TRANSFER)
def new() -> str | Response:
    """Ask the question that the address names, or the first that is not answered."""
    answers = _answers()
    question = find_question(request.args.get("step"), answers) or find_unanswered(answers)
    if question is None:
        return redirect(_check_path(answers), 303)
    return _ask(question, answers, question.form(answers))


@blueprint.post("/bulk-moves/new")
@requires(Permission.PREPARE_TRANSFER)
def answer() -> Response | tuple[str, int]:
    """Take one answer, and go on to the next question."""
    answers = _answers()
    question = find_question(request.args.get("step"), answers) or find_unanswered(answers)
    if question is None:
        return redirect(_check_path(answers), 303)
    form = question.form(request.form, csrf=True)
    if not form.validate_on_submit():
        return _ask(question, answers, form), 422
    for name in question.fields:
        answers.setlist(name, request.form.getlist(name))
    following = find_unanswered(answers)
    return redirect(_check_path(answers) if following is None else _path(answers), 303)


@blueprint.get("/bulk-moves/new/check")
@requires(Permission.PREPARE_TRANSFER)
def check() -> str | Response | tuple[str, int]:
    """Show the answers, and ask for the list where there is one; what is wrong is said before it is typed."""
    answers = _answers()
    if find_unanswered(answers) is not None:
        return redirect(_path(answers), 303)
    form = _last_form(answers)
    try:
        drafting.check_terms(request_session(), wish_of(answers, form), request_time())
    except Invalid as refused:
        return _say_refusal(answers, refused), 422
    return _show(answers, form)


@blueprint.post("/bulk-moves/new/check")
@requires(Permission.PREPARE_TRANSFER)
def draft() -> Response | tuple[str, int]:
    """Draft the list; nothing changes for anybody before both organisations have agreed."""
    answers = _answers()
    if find_unanswered(answers) is not None:
        return redirect(_path(answers), 303)
    form = _last_form(answers)
    if not form.validate_on_submit():
        return _show(answers, form), 422
    try:
        move = drafting.draft(
            request_session(),
            request_time(),
            officer_id=signed_in_person(),
            permissions=permissions(),
            wish=wish_of(answers, form),
        )
    except Invalid as refused:
        roll_back()
        return _say_refusal(answers, refused), 422
    flash(_("The list is drafted. Officers of both departments agree to it now."), "success")
    return redirect(url_for("bulk_moves.bulk_move", bulk_move_id=move.id), 303)


def _answers() -> Answers:
    known = {name for question in QUESTIONS for name in question.fields}
    return MultiDict([(name, value) for name, value in request.args.items(multi=True) if name in known])


def _last_form(answers: Answers) -> FlaskForm:
    return ListForm() if answers.get("who") == LIST else ButtonForm()


def _say_refusal(answers: Answers, refused: Invalid) -> str:
    """What the domain refuses, at the question that it is about."""
    about = next((one for one in QUESTIONS if refused.field in one.fields and one.is_asked(answers)), None)
    form = _last_form(answers) if about is None else about.form(answers)
    form.validate()
    show_refusal(form, refused)
    return _show(answers, form) if about is None else _ask(about, answers, form)


def _ask(question: Question, answers: Answers, form: FlaskForm) -> str:
    before = find_before(question, answers)
    return render_template(
        "bulk_moves/new.html",
        form=form,
        fields=[form[name] for name in question.fields],
        back_href=_path(answers, before.name) if before else url_for("bulk_moves.bulk_moves"),
        action=url_for("bulk_moves.answer", step=question.name, **_lists(answers)),
    )


def _show(answers: Answers, form: FlaskForm) -> str:
    rows = [
        (said, value, {"href": _path(answers, step=step), "text": _("Change")})
        for said, value, step in answered_rows(answers)
    ]
    return render_template(
        "bulk_moves/check.html",
        form=form,
        rows=rows,
        is_list=answers.get("who") == LIST,
        action=_check_path(answers),
    )


def _path(answers: Answers, step: str | None = None) -> str:
    return url_for("bulk_moves.new", step=step, **_lists(answers))


def _check_path(answers: Answers) -> str:
    return url_for("bulk_moves.check", **_lists(answers))


def _lists(answers: Answers) -> Mapping[str, Any]:
    return answers.to_dict(flat=False)
