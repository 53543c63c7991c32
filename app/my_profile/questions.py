"""What a person asks about an entry of the release log, and what they are answered."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import signed_in_person
from app.my_profile.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.transfers.presenting import in_words
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from profiles.apps import service as apps
from profiles.disclosure.models import Disclosure
from profiles.disclosure.service import ReleaseLine, lines_of
from profiles.disclosure.withheld import find_withheld
from profiles.errors import Conflict, NotFound
from profiles.merges.unions import ids_of
from profiles.organisations import service as organisations
from profiles.questions import service
from profiles.questions.models import LONGEST_TEXT
from profiles.roles.permissions import Permission, signed_in
from profiles.roles.service import who_may
from profiles.temporal import civil_date


class QuestionForm(FlaskForm):  # type: ignore[misc]
    """What the person wants to know."""

    words = TextAreaField(
        _l("What do you want to know?"),
        [
            DataRequired(_l("Write what you want to know")),
            Length(max=LONGEST_TEXT, message=_l("Use 2,000 characters or fewer")),
        ],
        description=_l(
            "For example: why the app needs this, or that you never opened it. Only the data protection "
            "officers of that organisation read it."
        ),
        widget=TextArea(),
        filters=[stripped],
    )


@blueprint.get("/profile/disclosures/<uuid:disclosure_id>/question")
@signed_in()
def new_question(disclosure_id: UUID) -> Response:
    """Ask what they want to know about one entry; while an answer is to come, show the question instead."""
    asked = service.of_releases(request_session(), {disclosure_id}).get(disclosure_id)
    if asked is not None and asked.answered_at is None and asked.person_id == signed_in_person():
        return redirect(url_for("my_profile.question", question_id=asked.id))
    return _show_form(disclosure_id, QuestionForm())


@blueprint.post("/profile/disclosures/<uuid:disclosure_id>/question")
@signed_in()
def submit_question(disclosure_id: UUID) -> Response:
    """Send it to the data protection officers of whoever runs the app."""
    form = QuestionForm()
    if not form.validate_on_submit():
        return _show_form(disclosure_id, form, 422)
    try:
        asked = service.ask(
            request_session(),
            request_time(),
            person_id=signed_in_person(),
            disclosure_id=disclosure_id,
            words=form.words.data or "",
            answer_within=current_app.config["ANSWER_WITHIN"],
            with_records=ids_of(request_session(), signed_in_person()),
        )
    except Conflict as refused:
        form.form_errors.append(refused.message)
        return _show_form(disclosure_id, form, 409)
    flash(_("Your question is sent."), "success")
    return redirect(url_for("my_profile.question", question_id=asked.id), 303)


@blueprint.get("/profile/questions/<uuid:question_id>")
@signed_in()
def question(question_id: UUID) -> str:
    """One question: what it is about, until when it is to be answered, and the answer."""
    session, now = request_session(), request_time()
    asked = service.get_own(session, question_id, signed_in_person())
    line = lines_of(session, {asked.disclosure_id}, now)[asked.disclosure_id]
    return render_template(
        "my_profile/question.html",
        question=asked,
        line=line,
        told=_told(line),
        organisation=organisations.get(session, asked.organisation_id, now).name,
        is_late=asked.answered_at is None and asked.answer_by < civil_date(now),
    )


def _told(line: ReleaseLine) -> str:
    return ", ".join(in_words(claim) for claim in line.claims)


def _show_form(disclosure_id: UUID, form: QuestionForm, status: int = 200) -> Response:
    session, now, person_id = request_session(), request_time(), signed_in_person()
    entry, people = session.get(Disclosure, disclosure_id), ids_of(session, person_id)
    is_own = entry is not None and entry.person_id in people
    if entry is None or not is_own or entry.app_id in find_withheld(session, people, now):
        raise NotFound(_("There is no such entry in your log."))
    line = lines_of(session, {disclosure_id}, now)[disclosure_id]
    organisation_id = apps.get(session, entry.app_id).organisation_id
    officers = set(who_may(session, Permission.ANSWER_QUESTIONS, organisation_id, now)) - {person_id}
    page = render_template(
        "my_profile/new_question.html",
        line=line,
        told=_told(line),
        has_officer=bool(officers),
        answer_by=civil_date(now + current_app.config["ANSWER_WITHIN"]),
        form=form,
    )
    return Response(page, status, mimetype="text/html")
