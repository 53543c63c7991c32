"""What people say is wrong, for the officers who put it right: HR, security, and data protection officers."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import permissions, signed_in_person
from app.concern_words import about_in_words, said_by_record, states
from app.listed_names import known_name, listed_name
from app.paging import page_behind
from app.people.as_of import moment_of_fact, record_at
from app.people.blueprint import blueprint
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice, TextArea, stripped
from profiles.concerns import service
from profiles.concerns.models import LONGEST_TEXT, Concern, ConcernAbout, ConcernState
from profiles.errors import Conflict, Invalid, NotFound
from profiles.organisations import service as organisations
from profiles.portable_profile.employers import periods_in
from profiles.portable_profile.kinds import OF_THE_PERSON
from profiles.portable_profile.models import Action
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date

SHOWN_ANSWERED = 25


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """Whether it is put right, and what the person is told."""

    outcome = RadioField(
        _l("What became of it?"), [InputRequired(_l("Choose what became of it"))], widget=Radios()
    )
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

    def __init__(self, about: ConcernAbout) -> None:
        super().__init__()
        put_right, declined = (
            (_("The complaint is right: say what is done about it"), _("It is not: say why"))
            if about is ConcernAbout.COMPLAINT
            else (_("It is put right, all or a part of it"), _("It stays as it is: say why"))
        )
        self.outcome.choices = [
            SelectChoice(ConcernState.PUT_RIGHT, put_right),
            SelectChoice(ConcernState.DECLINED, declined),
        ]


@blueprint.get("/people/concerns")
@requires(Permission.ANSWER_CONCERNS)
def concerns() -> str:
    """What waits, the most urgent first, and what was answered lately."""
    session = request_session()
    page = page_behind(service.waiting(session, permissions()), lambda one: one.id)
    return render_template(
        "people/concerns.html",
        page=page,
        waiting=_rows(page.rows),
        answered=_rows(service.answered(session, permissions(), SHOWN_ANSWERED)),
        today=civil_date(request_time()),
        back_href=_back(),
    )


@blueprint.get("/people/concerns/<uuid:concern_id>")
@requires(Permission.ANSWER_CONCERNS)
def concern(concern_id: UUID) -> Response:
    """What the person says, what the record said, and the answer."""
    found = service.get_raised(request_session(), concern_id, permissions())
    return _show(found, AnswerForm(found.about))


@blueprint.post("/people/concerns/<uuid:concern_id>")
@requires(Permission.ANSWER_CONCERNS)
def answer_concern(concern_id: UUID) -> Response:
    """Answer it; what was written is shown again when it cannot be sent."""
    session = request_session()
    found = service.get_raised(session, concern_id, permissions())
    form = AnswerForm(found.about)
    if not form.validate_on_submit():
        return _show(found, form, 422)
    try:
        service.answer(
            session,
            request_time(),
            concern=found,
            officer_id=signed_in_person(),
            put_right=form.outcome.data == ConcernState.PUT_RIGHT,
            words=form.words.data or "",
        )
    except Invalid as refused:
        show_refusal(form, refused)
        return _show(found, form, 422)
    except Conflict as refused:
        session.refresh(found)
        form.form_errors.append(refused.message)
        return _show(found, form, 409)
    flash(_("Your answer is there for the person to read."), "success")
    return redirect(url_for("people.concerns"), 303)


def _rows(found: Sequence[Concern]) -> list[dict[str, Any]]:
    session, now = request_session(), request_time()
    return [
        {
            "concern": one,
            "href": url_for("people.concern", concern_id=one.id),
            "name": listed_name(session, one.person_id, now),
            "about": about_in_words(one),
            "state": states(one.about)[one.state],
        }
        for one in found
    ]


def _show(found: Concern, form: AnswerForm, status: int = 200) -> Response:
    session, now = request_session(), request_time()
    officer, place = found.decided_by, found.organisation_id
    of_record = found.about is not ConcernAbout.COMPLAINT and permissions().allows(
        Permission.SEE_PEOPLE, place
    )
    page = render_template(
        "people/concern.html",
        concern=found,
        about=about_in_words(found),
        state=states(found.about)[found.state],
        waits=found.state is ConcernState.RAISED,
        said=said_by_record(session, found),
        has_changed=found.kind is not None and not service.still_stands(session, found, now),
        name=known_name(session, found.person_id, now),
        organisation=organisations.get(session, place, now).name,
        officer=known_name(session, officer, now) if officer else "",
        is_own=permissions().are_of(found.person_id),
        is_late=found.state is ConcernState.RAISED and found.answer_by < civil_date(now),
        record_href=_record_of(found) if of_record else "",
        back_href=url_for("people.concerns"),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _record_of(found: Concern) -> str:
    """The record on a day on which what the person read is so: it may be over, or not have begun.

    What was so of the person before they came here stands in no record that the officer sees, so the address
    is that of its form.
    """
    session, now = request_session(), request_time()
    read = service.read_version(session, found)
    at = now if read is None else moment_of_fact(read, now)
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    try:
        is_seen = periods_in(session, found.person_id, mine, now).hold(at)
    except NotFound:
        is_seen = False
    if read is not None and not is_seen and found.kind in OF_THE_PERSON:
        about: dict[str, Any] = {"person_id": found.person_id, "kind": found.kind, "fact_id": found.fact_id}
        return url_for("people.change_fact", action=Action.CORRECT.value, **about)
    return record_at(found.person_id, at if is_seen else now)


def _back() -> str:
    if permissions().organisations(Permission.SEE_PEOPLE):
        return url_for("people.people")
    return url_for("data_protection.desk")
