"""Sending files: the form, and the size that only this form may have."""

from collections.abc import Iterator
from typing import IO

from flask import Flask, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.csrf import same_origin
from sqlmodel import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import Field, MultipleFileField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from app.access import enforce, permissions, signed_in_person
from app.imports.blueprint import blueprint
from app.request_transaction import reading, request_session, request_time, roll_back
from app.translation import gettext as _
from app.widgets import Select, SelectChoice, TextInput, stripped
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid
from profiles.imports.records import service
from profiles.imports.records.content import PIECE
from profiles.imports.records.kinds import KINDS
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires

LARGEST_UPLOAD = 256 * 1024 * 1024


class SendForm(FlaskForm):  # type: ignore[misc]
    """Whose records they are, the system that they come from, and the files."""

    organisation_id = SelectField(
        _l("Organisation"), [InputRequired(_l("Choose an organisation"))], widget=Select()
    )
    source = StringField(
        _l("The system that the files come from"),
        [DataRequired(_l("Enter the name of the system"))],
        filters=[stripped],
        description=_l("The same name each time, such as hr-system or payroll."),
        widget=TextInput(),
    )
    files = MultipleFileField(_l("Files"))

    def validate_files(self, field: Field) -> None:
        """At least one file was chosen."""
        if not any(isinstance(one, FileStorage) and one.filename for one in field.data or ()):
            raise ValidationError(_("Choose at least one file"))


def allow_large_files(app: Flask) -> None:
    """Let whoever may send files send more than other forms hold: decided before anything reads the form.

    From another site's page the form may hold no more than any other, and its token is refused then.
    """

    @app.before_request
    def allow() -> Response | None:
        if request.endpoint != "imports.send" or not same_origin(request.referrer or "", request.host_url):
            return None
        refused = enforce()
        if refused is None:
            request.max_content_length = LARGEST_UPLOAD
        return refused


@blueprint.get("/imports/new")
@requires(Permission.IMPORT_RECORDS)
def new() -> str:
    """Ask for the files."""
    return _show(_form(request_session()))


@blueprint.post("/imports/new")
@requires(Permission.IMPORT_RECORDS)
def send() -> Response | tuple[str, int]:
    """Keep the files; the worker checks them."""
    with reading() as session:
        form = _form(session)
    if not form.validate_on_submit():
        return _show(form), 422
    now = request_time()
    organisation_id = next(
        one
        for one in permissions().organisations(Permission.IMPORT_RECORDS)
        if str(one) == form.organisation_id.data
    )
    try:
        one = service.receive(
            request_session(),
            now,
            Initiator.person(signed_in_person()),
            organisation_id=organisation_id,
            source=form.source.data or "",
            files=[
                (sent.filename.rpartition("/")[2], _chunks(sent.stream))
                for sent in form.files.data or ()
                if sent.filename
            ],
            started_by=signed_in_person(),
        )
    except Invalid as refused:
        roll_back()
        field = form.files if refused.field == "files" else form.source
        field.errors = [*field.errors, refused.message]
        return _show(form), 422
    except Conflict as refused:
        roll_back()
        form.source.errors = [refused.message]
        return _show(form), 422
    return redirect(url_for("imports.import_", import_id=one.id), 303)


def _form(session: Session) -> SendForm:
    form = SendForm()
    known = organisations.tree(session, request_time()).organisations
    mine = permissions().organisations(Permission.IMPORT_RECORDS)
    choices = sorted((known[one].name, str(one)) for one in mine if one in known)
    form.organisation_id.choices = [SelectChoice(value, name) for name, value in choices]
    return form


def _show(form: SendForm) -> str:
    return render_template(
        "imports/new.html", form=form, kinds=list(KINDS), megabytes=LARGEST_UPLOAD // PIECE
    )


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(PIECE):
        yield chunk
