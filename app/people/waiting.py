"""Changes of records that wait for a second officer, because they change what somebody may use."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.display_formats import civil_date, civil_datetime, last_day
from app.people.blueprint import blueprint
from app.people.effects import items_of
from app.portable_profile.presenting import Presenter
from app.portable_profile.words import kinds, source_in_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.errors import ProfileError
from profiles.people.service import display_name, name_of
from profiles.portable_profile.changes import (
    as_said,
    decide,
    foresee,
    get_waiting,
    waiting,
    wanted_by,
)
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import RecordChange
from profiles.portable_profile.reading import profile_as_of
from profiles.roles.permissions import Permission, requires


@blueprint.get("/people/changes")
@requires(Permission.CHANGE_RECORDS)
def changes() -> str:
    """All that wait in the officer's organisations, the oldest first."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    rows = [
        {
            "href": url_for("people.change", change_id=one.id),
            "name": display_name(name_of(session, one.person_id, now)),
            "what": kinds()[Kind(one.kind)],
            "by": display_name(name_of(session, one.proposed_by, now)),
            "at": civil_datetime(one.proposed_at),
        }
        for one in waiting(session, mine)
    ]
    return render_template("people/changes.html", rows=rows)


@blueprint.get("/people/changes/<uuid:change_id>")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def change(change_id: UUID) -> str:
    """What is to be recorded, by whom and why, and what it does to access."""
    found = _get(change_id)
    session, now = request_session(), request_time()
    name = display_name(name_of(session, found.person_id, now))
    wanted, problem, rows, items, elsewhere = wanted_by(found), "", [], [], False
    try:
        rows = _rows(found)
        effect = foresee(session, wanted, now, permissions().organisations(Permission.SEE_PEOPLE))
        items, elsewhere = items_of(effect, name), effect.elsewhere
    except ProfileError as refused:
        problem = refused.message
    return render_template(
        "people/waiting_change.html",
        change=found,
        name=name,
        title=kinds()[wanted.kind],
        rows=rows,
        items=items,
        elsewhere=elsewhere,
        problem=problem,
        by=display_name(name_of(session, found.proposed_by, now)),
        source=source_in_words(found.source),
        may_approve=not problem and signed_in_person() not in (found.proposed_by, found.person_id),
        may_refuse=signed_in_person() != found.person_id,
    )


@blueprint.post("/people/changes/<uuid:change_id>/approve")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def approve_change(change_id: UUID) -> Response:
    """Record it; sessions that no longer fit end at once."""
    found, session, now = _get(change_id), request_session(), request_time()
    person_id = found.person_id
    decide(session, found, now, signed_in_person(), approved=True)
    settle_people(session, [person_id], now, "A record was changed.")
    flash(_("It is recorded."), "success")
    return redirect(url_for("people.changes"), 303)


@blueprint.post("/people/changes/<uuid:change_id>/refuse")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def refuse_change(change_id: UUID) -> Response:
    """Nothing is recorded."""
    decide(request_session(), _get(change_id), request_time(), signed_in_person(), approved=False)
    flash(_("It was refused, and nothing is changed."), "success")
    return redirect(url_for("people.changes"), 303)


def _get(change_id: UUID) -> RecordChange:
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    return get_waiting(request_session(), change_id, mine)


def _rows(found: RecordChange) -> list[list[str]]:
    """What we say now beside what is to be said."""
    session, now = request_session(), request_time()
    kind = Kind(found.kind)
    held, said = as_said(session, wanted_by(found), now)
    presenter = Presenter(session, profile_as_of(session, found.person_id, now, now))
    heads = [*presenter.heads(kind), _("From"), _("Last day")]

    def cells(fact: object) -> list[str]:
        if fact is None:
            return ["–"] * len(heads)
        starts, ends = fact.valid_from, fact.valid_to  # type: ignore[attr-defined]
        until = last_day(ends) if ends else _("No end date")
        return [*presenter.cells(kind, fact), civil_date(starts), until]

    return [list(row) for row in zip(heads, cells(held), cells(said), strict=True)]
