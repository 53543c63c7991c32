"""Questions that people ask about the releases in their log, for the officers who answer them."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import permissions, signed_in_person
from app.data_protection.blueprint import blueprint
from app.listed_names import known_name, listed_name
from app.request_transaction import request_session, request_time
from app.transfers.presenting import in_words
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from profiles.disclosure.service import lines_of
from profiles.errors import Conflict
from profiles.organisations import service as organisations
from profiles.questions import service
from profiles.questions.models import LONGEST_TEXT, Question
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date

SHOWN = 100


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What the person is answered."""

    words = TextAreaField(
        _l("Your answer"),
        [
            DataRequired(_l("Write the answer")),
            Length(max=LONGEST_TEXT, message=_l("Use 2,000 characters or fewer")),
        ],
        description=_l("The person reads it as you write it. It cannot be changed afterwards."),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get("/data-protection/questions")
@requires(Permission.ANSWER_QUESTIONS)
def questions() -> str:
    """What waits, the most urgent first, and what was answered lately."""
    session, mine = request_session(), permissions().organisations(Permission.ANSWER_QUESTIONS)
    return render_template(
        "data_protection/questions.html",
        waiting=_rows(service.waiting(session, mine, SHOWN)),
        answered=_rows(service.answered(session, mine, SHOWN)),
        today=civil_date(request_time()),
    )


@blueprint.get("/data-protection/questions/<uuid:question_id>")
@requires(Permission.ANSWER_QUESTIONS)
def question(question_id: UUID) -> Response:
    """One question: the entry that it is about, the words and the answer."""
    return _show(_asked(question_id), AnswerForm())


@blueprint.post("/data-protection/questions/<uuid:question_id>")
@requires(Permission.ANSWER_QUESTIONS)
def submit_answer(question_id: UUID) -> Response:
    """Answer it; what was written is shown again when another officer was first."""
    asked, form = _asked(question_id), AnswerForm()
    if not form.validate_on_submit():
        return _show(asked, form, 422)
    try:
        service.answer(
            request_session(),
            request_time(),
            question=asked,
            officer_id=signed_in_person(),
            words=form.words.data or "",
        )
    except Conflict as refused:
        request_session().refresh(asked)
        form.form_errors.append(refused.message)
        return _show(asked, form, 409)
    flash(_("Your answer is there for the person to read."), "success")
    return redirect(url_for("data_protection.questions"), 303)


def _asked(question_id: UUID) -> Question:
    mine = permissions().organisations(Permission.ANSWER_QUESTIONS)
    return service.get_asked(request_session(), question_id, mine)


def _rows(asked: Sequence[Question]) -> list[dict[str, object]]:
    session, now = request_session(), request_time()
    lines = lines_of(session, {one.disclosure_id for one in asked}, now)
    return [
        {
            "question": one,
            "name": listed_name(session, one.person_id, now),
            "href": url_for("data_protection.question", question_id=one.id),
            "app": lines[one.disclosure_id].app_name,
        }
        for one in asked
    ]


def _show(asked: Question, form: AnswerForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    line = lines_of(session, {asked.disclosure_id}, now)[asked.disclosure_id]
    officer = asked.answered_by
    page = render_template(
        "data_protection/question.html",
        question=asked,
        line=line,
        told=[in_words(claim) for claim in line.claims],
        name=known_name(session, asked.person_id, now),
        organisation=organisations.get(session, asked.organisation_id, now).name,
        officer=known_name(session, officer, now) if officer else "",
        is_own=asked.person_id == signed_in_person(),
        is_late=asked.answered_at is None and asked.answer_by < civil_date(now),
        form=form,
    )
    return Response(page, status, mimetype="text/html")
