"""An import from its report to its end: what it would change, who lets it, and how far it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.access import answering, permissions, signed_in_person
from app.display_formats import civil_date
from app.imports.blueprint import blueprint
from app.listed_names import known_name, not_named, unlisted
from app.paging import PAGE_SIZE, page_of_lines
from app.reloading import reload_after
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from app.widgets import TextArea, stripped
from identity.endpoints.answers import public_json
from identity.exchange import Answer
from profiles.audit.service import Initiator
from profiles.errors import NotPermitted
from profiles.imports.records import conflicts, content, grades, reach, service, states, waiting_people
from profiles.imports.records.kinds import schema
from profiles.imports.records.models import Import, ImportState
from profiles.imports.records.preview import MOST_PEOPLE
from profiles.imports.records.problems import Problem
from profiles.imports.records.salaries import SALARY
from profiles.imports.register import kinds as register_kinds
from profiles.imports.safeguards import kinds as safeguard_kinds
from profiles.organisations.reading import names_ever
from profiles.roles.permissions import Permission, public, requires
from profiles.roles.service import Permissions

PROBLEMS_SHOWN = SALARIES_SHOWN = 50
SECONDS_BETWEEN_LOOKS = 5


class RejectForm(FlaskForm):  # type: ignore[misc]
    """Why an import is not approved."""

    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(_l("Enter a reason")), Length(max=500)],
        filters=[stripped],
        widget=TextArea(),
    )


@blueprint.get("/schemas/records-1.json")
@public
def record_schema() -> Answer:
    """The open format, for whoever writes it."""
    return public_json(schema(), max_age=3600)


@blueprint.get("/schemas/register-1.json")
@public
def register_schema() -> Answer:
    """The register's format, likewise."""
    return public_json(register_kinds.schema(), max_age=3600)


@blueprint.get("/schemas/safeguards-1.json")
@public
def safeguard_schema() -> Answer:
    """That of the safeguards' file, once its key has opened it."""
    return public_json(safeguard_kinds.schema(), max_age=3600)


@blueprint.get("/imports")
@requires(Permission.SEE_IMPORTS)
def imports() -> str:
    """The newest imports, and what waits for a person."""
    session, now = request_session(), request_time()
    mine = answering().organisations(Permission.IMPORT_RECORDS)
    names = names_ever(session, now)
    found = service.imports_of(session, answering())
    return render_template(
        "imports/imports.html",
        imports=[
            (one, names[one.organisation_id], service.source_of(session, one).name, state_in_words(one))
            for one in found
        ],
        several=len({one.organisation_id for one in found}) > 1,
        may_send=permissions().anywhere(Permission.IMPORT_RECORDS),
        conflicts=conflicts.count_open(session, answering(), now),
        duplicates=waiting_people.count_waiting(session, mine, now),
    )


@blueprint.get("/imports/<uuid:import_id>")
@requires(Permission.SEE_IMPORTS)
def import_(import_id: UUID) -> Response:
    """How far it is, what is wrong, or what it would change."""
    one = _get(import_id)
    answer = make_response(_page(one, RejectForm()))
    if _is_under_way(one):
        reload_after(answer, SECONDS_BETWEEN_LOOKS)
    return answer


@blueprint.get("/imports/<uuid:import_id>/report")
@requires(Permission.SEE_IMPORTS)
def report(import_id: UUID) -> Response:
    """Every line of the report, as CSV."""
    one = _get(import_id)
    hidden = None if _sees_pay(one) else SALARY
    text = b"".join(content.report_of(request_session(), one.id, without_notices_of=hidden))
    answer = Response(text, mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=import-report.csv"
    return answer


@blueprint.get("/imports/<uuid:import_id>/publish")
@blueprint.get("/imports/<uuid:import_id>/reject")
@blueprint.get("/imports/<uuid:import_id>/withdraw")
@requires(Permission.SEE_IMPORTS)
def back_to_import(import_id: UUID) -> AnyResponse:
    """Where somebody comes back to who had to sign in again before pressing a button there."""
    return redirect(url_for("imports.import_", import_id=import_id))


@blueprint.post("/imports/<uuid:import_id>/publish")
@requires(Permission.SEE_IMPORTS, fresh=True)
def publish(import_id: UUID) -> AnyResponse:
    """Let the worker write what was checked."""
    session, officer = request_session(), signed_in_person()
    one = _get(import_id)
    service.check_may_publish(session, one, officer, answering())
    service.approve(session, request_time(), one, Initiator.person(officer), officer)
    flash(_("It is being published. You need not wait here."), "success")
    return redirect(url_for("imports.import_", import_id=import_id), 303)


@blueprint.post("/imports/<uuid:import_id>/reject")
@requires(Permission.SEE_IMPORTS, fresh=True)
def reject(import_id: UUID) -> AnyResponse | tuple[str, int]:
    """End an import that waits."""
    one, form, officer = _get(import_id), RejectForm(), signed_in_person()
    if not form.validate_on_submit():
        return _page(one, form), 422
    service.check_may_publish(request_session(), one, officer, answering())
    service.reject(
        request_session(), request_time(), one, Initiator.person(officer), officer, form.reason.data or ""
    )
    flash(_("The import has ended. Nothing was changed."), "success")
    return redirect(url_for("imports.imports"), 303)


@blueprint.post("/imports/<uuid:import_id>/withdraw")
@requires(Permission.IMPORT_RECORDS, fresh=True)
def withdraw(import_id: UUID) -> AnyResponse:
    """End an import of which nothing is written."""
    session, one, officer = request_session(), _get(import_id), signed_in_person()
    service.check_may_withdraw(session, one, officer, answering())
    service.withdraw(session, request_time(), one, Initiator.person(officer))
    flash(_("The import has ended. Nothing was changed."), "success")
    return redirect(url_for("imports.imports"), 303)


def state_in_words(one: Import) -> str:
    """Where an import stands, for people."""
    if one.state is ImportState.WAITING and one.of_vetting:
        return _("Waits for a security officer")
    return {
        ImportState.RECEIVED: _("Being checked"),
        ImportState.REFUSED: _("Refused"),
        ImportState.READY: _("Ready to publish"),
        ImportState.WAITING: _("Waits for a second officer"),
        ImportState.APPROVED: _("Being published"),
        ImportState.WRITING: _("Being published"),
        ImportState.PUBLISHED: _("Published"),
        ImportState.REJECTED: _("Not approved"),
        ImportState.WITHDRAWN: _("Withdrawn"),
    }[one.state]


def _page(one: Import, form: RejectForm) -> str:
    session, now = request_session(), request_time()
    problems, salaries = [], []
    changes = page_of_lines(one.changes, one.id)
    clearances = page_of_lines(one.clearances, one.id, "after_clearance")
    if one.state is ImportState.REFUSED:
        problems = content.report_rows(session, one.id, PROBLEMS_SHOWN)
    if one.counts.get("outside_scale") and _sees_pay(one):
        salaries = content.report_rows(session, one.id, SALARIES_SHOWN, notices_of=SALARY)
    source = service.source_of(session, one).name
    return render_template(
        "imports/import.html",
        one=one,
        form=form,
        state=state_in_words(one),
        under_way=_is_under_way(one),
        ended=one.state in states.ENDED,
        source=source,
        of_grades=source == grades.SOURCE,
        organisation=names_ever(session, now)[one.organisation_id],
        starter=_starter(one, now),
        counts=_counts(one),
        problems=problems,
        salaries=salaries,
        one_file=_one_file(problems or salaries),
        changes=_named(changes.rows),
        changes_page=changes,
        people=_people(one),
        clearances=_clearances(one, clearances.rows),
        clearances_page=clearances,
        why_not=_why_not(one, service.check_may_publish),
        may_withdraw=not _why_not(one, service.check_may_withdraw),
        may_map=bool(one.unknown_grades)
        and permissions().allows(Permission.IMPORT_RECORDS, one.organisation_id),
    )


@dataclass(frozen=True)
class _People:
    """A page of those whose access the import changes, or a large one may: name and post.

    ``is_exact`` says that it changes for each of them.
    """

    import_id: UUID
    rows: Sequence[tuple[str, str]]
    page: int
    pages: int
    is_exact: bool

    def href(self, page: int) -> str:
        """The address of a page."""
        return url_for("imports.import_", import_id=self.import_id, page=page)


def _people(one: Import) -> _People | None:
    if not one.affected or one.problems or one.state in states.ENDED:
        return None
    pages = -(-one.affected // PAGE_SIZE)
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    found = content.whose(request_session(), one.id, (page - 1) * PAGE_SIZE, PAGE_SIZE)
    rows = [(line["name"], _post(line["post"])) for line in _named(found)]
    return _People(one.id, rows, page, pages, one.affected <= MOST_PEOPLE)


def _post(said: Mapping[str, str] | None) -> str:
    if said is None:
        return "–"
    return _(
        "%(job)s, %(grade)s, from %(day)s",
        job=said["job_title"],
        grade=said["local_grade"],
        day=civil_date(datetime.fromisoformat(said["valid_from"])),
    )


def _counts(one: Import) -> list[tuple[str, str]]:
    """What is in it, in words; of what there may be, only what there is."""
    counts = one.counts
    found = [
        (_("New people"), counts.get("people")),
        (_("New records"), counts.get("added")),
        (_("Of these, what was believed before"), counts.get("superseded")),
        (_("Changed records"), counts.get("changed")),
        (_("As before"), counts.get("unchanged", 0) + counts.get("agreed", 0)),
        (_("Checks of identity: they wait for a second officer"), counts.get("always_wait")),
        (_("Keys of other systems, whose files go on from here"), counts.get("keys")),
        (_("Salaries outside their scale"), counts.get("outside_scale")),
        (_("Conflicts for a person to settle"), counts.get("conflicts")),
        (_("People who may be recorded already, and wait"), counts.get("waiting")),
        (_("Missing now: they stay as they are"), counts.get("vanished")),
    ]
    records = (_("Records"), f"{counts.get('records', 0):,}")
    return [records, *((words, f"{number:,}") for words, number in found if number)]


def _one_file(found: Sequence[Problem]) -> str:
    """The name of the file that all of them are in; empty where there are several."""
    return found[0].file if len({one.file for one in found}) == 1 else ""


def _sees_pay(one: Import) -> bool:
    """Whether the reader is of HR or payroll; who looks after clearances reads of pay nowhere else either."""
    return any(
        reach.allows(request_session(), one, answering(), permission)
        for permission in (Permission.IMPORT_RECORDS, Permission.SEE_PAY)
    )


def _starter(one: Import, now: datetime) -> str:
    if one.started_by:
        return known_name(request_session(), one.started_by, now)
    return _("A program, by the API") if one.by_itself else _("The command line")


def _clearances(one: Import, lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """What becomes of clearances, for whoever looks after them there; nothing for anybody else."""
    if not answering().allows(Permission.MANAGE_CLEARANCES, one.organisation_id):
        return []
    return [
        (
            line["name"] or "–",
            f"{line['kind'].replace('_', ' ').capitalize()}: {line['what'].replace('_', ' ')}",
            _what_happens(line),
        )
        for line in _named(lines)
    ]


def _named(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Lines of a report, in which whoever is marked sensitive now is not named."""
    people = {line["person"]: UUID(line["person"]) for line in lines if line.get("person")}
    hidden = unlisted(request_session(), set(people.values()), request_time())
    return [
        {**line, "name": not_named()} if people.get(line.get("person")) in hidden else line for line in lines
    ]


def _what_happens(line: Mapping[str, Any]) -> str:
    before, after = ((line[name] or "").replace("_", " ") for name in ("before", "after"))
    if line["is_new"]:
        return _("Recorded, %(status)s", status=after) if after else _("Recorded")
    if before == after:
        return _("Changed")
    return _("%(before)s becomes %(after)s", before=before.capitalize(), after=after)


def _why_not(one: Import, check: Callable[[Session, Import, UUID, Permissions], None]) -> str:
    """Why the reader may not do it; empty when they may."""
    try:
        check(request_session(), one, signed_in_person(), answering())
    except NotPermitted as refused:
        return _(refused.message)
    return ""


def _is_under_way(one: Import) -> bool:
    return one.state in (ImportState.RECEIVED, ImportState.APPROVED, ImportState.WRITING)


def _get(import_id: UUID) -> Import:
    return service.get_for(request_session(), import_id, answering())
