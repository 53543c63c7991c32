"""A person says what is wrong in their record, what is missing, or complains; and reads the answer."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from app.access import proved_here, signed_in_person
from app.concern_words import about_in_words, colour_of, said_by, said_by_record, states
from app.display_formats import civil_date as day_in_words
from app.my_profile.as_of import CLOSED
from app.my_profile.blueprint import blueprint
from app.portable_profile.asked import asked_dates
from app.portable_profile.words import kinds
from app.request_transaction import request_session, request_time
from app.transfers.forms import show_refusal
from app.translation import gettext as _
from app.widgets import Radios, SelectChoice, TextArea, stripped
from profiles.concerns import owners, service
from profiles.concerns.models import LONGEST_TEXT, Concern, ConcernState
from profiles.errors import Conflict, Invalid, NotFound
from profiles.merges.unions import ids_of
from profiles.organisations import service as organisations
from profiles.organisations.reading import names_ever
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.versions import versions_of
from profiles.roles.permissions import signed_in
from profiles.temporal import Fact, civil_date, months_after


class WrongForm(FlaskForm):  # type: ignore[misc]
    """What is wrong."""

    words = TextAreaField(
        _l("What is wrong, and what should it be?"),
        [
            DataRequired(_l("Say what is wrong, and what it should be")),
            Length(max=LONGEST_TEXT, message=_l("Use 2,000 characters or fewer")),
        ],
        description=_l("Say where one can see it, for example in a letter. Do not send documents."),
        widget=TextArea(),
        filters=[stripped],
    )


class OrganisationForm(FlaskForm):  # type: ignore[misc]
    """To which organisation, and what."""

    organisation_id = RadioField(
        _l("Which organisation is it about?"), [InputRequired(_l("Choose an organisation"))], widget=Radios()
    )
    words = TextAreaField(
        _l("What do you want to say?"),
        [
            DataRequired(_l("Write what you want to say")),
            Length(max=LONGEST_TEXT, message=_l("Use 2,000 characters or fewer")),
        ],
        widget=TextArea(),
        filters=[stripped],
    )

    def __init__(self, organisation_ids: Sequence[UUID]) -> None:
        super().__init__()
        known = organisations.tree(request_session(), request_time()).organisations
        self.organisation_id.choices = [SelectChoice(str(one), known[one].name) for one in organisation_ids]
        if len(organisation_ids) == 1 and not self.is_submitted():
            self.organisation_id.data = str(organisation_ids[0])


@blueprint.get("/profile/concerns")
@signed_in()
def concerns() -> str:
    """Everything that the person said, the newest first, and where each stands."""
    session = request_session()
    found = service.of_person(session, ids_of(session, signed_in_person()))
    names = names_ever(session, request_time())
    return render_template(
        "my_profile/concerns.html", rows=[_row(one, names) for one in found if not _is_closed(one.kind)]
    )


@blueprint.get("/profile/record/<kind>/<uuid:fact_id>/wrong")
@signed_in()
def new_wrong(kind: str, fact_id: UUID) -> Response:
    """Ask what is wrong with one fact."""
    return _show_wrong(kind, fact_id, WrongForm())


@blueprint.post("/profile/record/<kind>/<uuid:fact_id>/wrong")
@signed_in()
def submit_wrong(kind: str, fact_id: UUID) -> Response:
    """Send it to whoever can put it right."""
    form = WrongForm()
    if not form.validate_on_submit():
        return _show_wrong(kind, fact_id, form, 422)
    _of_record(kind, fact_id)
    try:
        said = service.say_wrong(
            request_session(),
            request_time(),
            person_id=signed_in_person(),
            kind=Kind(kind),
            fact_id=fact_id,
            words=form.words.data or "",
            read_at=asked_dates(request_time()).valid_at,
        )
    except Conflict as refused:
        form.form_errors.append(refused.message)
        return _show_wrong(kind, fact_id, form, 409)
    return _sent(said)


@blueprint.get("/profile/concerns/missing")
@signed_in()
def new_missing() -> Response:
    """Ask what is missing, and from whose records."""
    return _show_missing(OrganisationForm(_employers()))


@blueprint.post("/profile/concerns/missing")
@signed_in()
def submit_missing() -> Response:
    """Send it to the employer."""
    form = OrganisationForm(_employers())
    if not form.validate_on_submit():
        return _show_missing(form, 422)
    try:
        said = service.say_missing(
            request_session(),
            request_time(),
            person_id=signed_in_person(),
            organisation_id=UUID(form.organisation_id.data),
            words=form.words.data or "",
        )
    except (Conflict, Invalid) as refused:
        return _show_missing(form, _refused(form, refused))
    return _sent(said)


@blueprint.get("/profile/concerns/complaint")
@signed_in()
def new_complaint() -> Response:
    """Ask what the complaint is, and about whom."""
    return _show_complaint(OrganisationForm(_handling()))


@blueprint.post("/profile/concerns/complaint")
@signed_in()
def submit_complaint() -> Response:
    """Send it to the data protection officers there."""
    form = OrganisationForm(_handling())
    if not form.validate_on_submit():
        return _show_complaint(form, 422)
    session = request_session()
    try:
        said = service.complain(
            session,
            request_time(),
            person_id=signed_in_person(),
            organisation_id=UUID(form.organisation_id.data),
            words=form.words.data or "",
            with_records=ids_of(session, signed_in_person()),
        )
    except (Conflict, Invalid) as refused:
        return _show_complaint(form, _refused(form, refused))
    return _sent(said)


@blueprint.get("/profile/concerns/<uuid:concern_id>")
@signed_in()
def concern(concern_id: UUID) -> str:
    """One of them: what was said, until when it is answered, and the answer."""
    session, found = request_session(), _own(concern_id)
    return render_template(
        "my_profile/concern.html",
        concern=found,
        row=_row(found, names_ever(session, request_time())),
        said=said_by_record(session, found),
        waits=found.state is ConcernState.RAISED,
    )


@blueprint.post("/profile/concerns/<uuid:concern_id>/withdraw")
@signed_in()
def withdraw_concern(concern_id: UUID) -> Response:
    """It needs no answer any more."""
    service.withdraw(request_session(), request_time(), _own(concern_id))
    flash(_("You have taken it back. Nobody answers it."), "success")
    return redirect(url_for("my_profile.concerns"), 303)


def _employers() -> list[UUID]:
    return owners.employers(request_session(), signed_in_person(), request_time())


def _handling() -> list[UUID]:
    session, person_id = request_session(), signed_in_person()
    return service.handling(session, person_id, request_time(), ids_of(session, person_id))


def _is_closed(kind: str | None) -> bool:
    """Whether it stays closed to somebody whom only their department vouches for."""
    return kind in CLOSED and not proved_here()


def _own(concern_id: UUID) -> Concern:
    session = request_session()
    found = service.get_own(session, concern_id, ids_of(session, signed_in_person()))
    if _is_closed(found.kind):
        raise NotFound(_("There is no such entry."))
    return found


def _of_record(kind: str, fact_id: UUID) -> Sequence[Fact]:
    if kind not in list(Kind) or _is_closed(kind):
        raise NotFound(_("There is no such entry in this record."))
    return versions_of(request_session(), Kind(kind), fact_id, signed_in_person(), request_time())


def _row(one: Concern, names: Mapping[UUID, str]) -> dict[str, object]:
    today = civil_date(request_time())
    return {
        "href": url_for("my_profile.concern", concern_id=one.id),
        "about": about_in_words(one),
        "organisation": names[one.organisation_id],
        "state": states(one.about)[one.state],
        "colour": colour_of(one.state),
        "raised_at": one.raised_at,
        "is_late": one.state is ConcernState.RAISED and one.answer_by < today,
    }


def _refused(form: FlaskForm, refused: Conflict | Invalid) -> int:
    if isinstance(refused, Invalid):
        show_refusal(form, refused)
        return 422
    form.form_errors.append(refused.message)
    return 409


def _sent(said: Concern) -> Response:
    flash(_("It is sent."), "success")
    return redirect(url_for("my_profile.concern", concern_id=said.id), 303)


def _show_wrong(kind: str, fact_id: UUID, form: WrongForm, status: int = 200) -> Response:
    asked = asked_dates(request_time())
    read = service.version_read(_of_record(kind, fact_id), asked.valid_at)
    page = render_template(
        "my_profile/new_wrong.html",
        title=kinds()[Kind(kind)],
        said=said_by(request_session(), Kind(kind), read, signed_in_person()) if read else [],
        answer_by=_answer_by(),
        back_href=url_for("my_profile.record_as_of", **asked.query),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _show_missing(form: OrganisationForm, status: int = 200) -> Response:
    page = render_template(
        "my_profile/new_concern.html",
        title=_("Something is missing from your record"),
        who_answers=_(
            "It goes to HR of the organisation that you choose, with your name. They answer by %(day)s, and "
            "you get a mail.",
            day=day_in_words(_answer_by()),
        ),
        nobody=_("No employment of yours is recorded."),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _show_complaint(form: OrganisationForm, status: int = 200) -> Response:
    page = render_template(
        "my_profile/new_concern.html",
        title=_("Complain about how your data is handled"),
        who_answers=_(
            "It goes to the data protection officers of the organisation that you choose, with your name. "
            "They answer by %(day)s, and you get a mail. You can also complain to the Information "
            "Commissioner’s Office.",
            day=day_in_words(_answer_by()),
        ),
        nobody=_("No organisation holds anything about you in Lanyard."),
        form=form,
    )
    return Response(page, status, mimetype="text/html")


def _answer_by() -> date:
    return months_after(civil_date(request_time()), 1)
