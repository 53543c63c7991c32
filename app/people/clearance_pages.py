"""What a security officer sees of clearances: one with all that can be done, and what falls due."""

from uuid import UUID

from flask import render_template, request, url_for

from app.access import permissions
from app.display_formats import civil_date, last_day
from app.listed_names import not_named, unlisted
from app.people.blueprint import blueprint
from app.people.names import name_in
from app.people.vetting import PATH, get_held
from app.people.vetting_steps import STEPS, Held
from app.portable_profile.presenting import DASH, Presenter
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles import temporal
from profiles.clearances import due, states
from profiles.clearances.models import (
    ClearanceCaveat,
    ClearanceEvent,
    ClearanceEventKind,
    Sponsorship,
    SponsorshipKind,
)
from profiles.portable_profile.changes import waiting
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.vetting import VETTED
from profiles.roles.permissions import Permission, requires
from profiles.temporal import Fact, history
from profiles.transfers.clearance_asked import asked_in_moves

_Row = tuple[list[str], list[tuple[str, str]]]
"""The cells of a row, and text and address of each thing that can be done to it."""


@blueprint.get(PATH)
@requires(Permission.MANAGE_CLEARANCES)
def clearance(person_id: UUID, fact_id: UUID) -> str:
    """One clearance: how it stands, who relies on it, its caveats, what happened, and what can be done."""
    held, now = get_held(person_id, fact_id), request_time()
    mine = permissions().organisations(Permission.MANAGE_CLEARANCES)
    in_moves = asked_in_moves(request_session(), person_id, now, now, mine)
    presenter = Presenter(request_session(), held.profile, asked=in_moves)
    links = [
        (step.text(), url_for("people.step_clearance", person_id=person_id, fact_id=fact_id, step=name))
        for name, step in STEPS.items()
        if step.fits(held)
    ]
    if states.ALLOWED[held.row.status] & states.CUTTING:
        href = url_for("people.stop_clearance", person_id=person_id, fact_id=fact_id)
        links.append((_("Stop its use"), href))
    heads, cells = presenter.heads(Kind.CLEARANCE), presenter.cells(Kind.CLEARANCE, held.row)
    return render_template(
        "people/clearance.html",
        name=name_in(held.profile),
        level=held.row.level.value,
        summary=[one for one in zip(heads, cells, strict=True) if one[1] != DASH],
        links=links,
        is_primary=held.is_primary,
        sponsors=_sponsors(held, presenter),
        caveats=_caveats(held, presenter),
        events=_events(held, presenter),
        back_href=url_for("people.record_as_of", person_id=person_id),
    )


@blueprint.get("/people/clearances")
@requires(Permission.MANAGE_CLEARANCES)
def due_clearances() -> str:
    """What was or falls due in the next 90 days at the officer's organisations; never of which level."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.MANAGE_CLEARANCES)
    found = due.due(session, mine, now, request.args.get("page", 1, int))
    words = {due.Duty.EXPIRY: _("A clearance ends"), due.Duty.REVIEW: _("A review is due")}
    today = temporal.civil_date(now)
    hidden = unlisted(session, {one.person_id for one in found.entries}, now)
    rows = [
        {
            "name": not_named() if one.person_id in hidden else one.name,
            "href": url_for("people.clearance", person_id=one.person_id, fact_id=one.clearance_id),
            "what": words[one.duty],
            "on": civil_date(one.on),
            "is_over": one.on < today,
        }
        for one in found.entries
    ]
    return render_template(
        "people/due_clearances.html",
        rows=rows,
        found=found,
        waiting=len(waiting(session, mine, VETTED)),
        href_of=lambda number: url_for("people.due_clearances", page=number),
    )


def _sponsors(held: Held, presenter: Presenter) -> list[_Row]:
    """Who relies on it, now and to come; the primary sponsor sees all, and who shares it itself alone."""
    rows: list[_Row] = []
    for one in _lasting(held, Sponsorship):
        if not held.is_primary and one.organisation_id != held.organisation_id:
            continue
        cells = [*presenter.cells(Kind.SPONSORSHIP, one)[1:], *_from_to(one)]
        shared = held.is_primary and one.kind is SponsorshipKind.SHARED
        rows.append((cells, [_end(held, Kind.SPONSORSHIP, one)] if shared else []))
    return rows


def _caveats(held: Held, presenter: Presenter) -> list[_Row]:
    return [
        (
            [*presenter.cells(Kind.CAVEAT, one)[1:], *_from_to(one)],
            [_end(held, Kind.CAVEAT, one), _take_back(held, Kind.CAVEAT, one)] if held.is_primary else [],
        )
        for one in _lasting(held, ClearanceCaveat)
    ]


def _events(held: Held, presenter: Presenter) -> list[_Row]:
    """What happened, the last first; an extension is taken back with what was recorded of the clearance."""
    found = history(request_session(), ClearanceEvent, request_time(), clearance_id=held.row.fact_id)
    return [
        (
            [*presenter.cells(Kind.CLEARANCE_EVENT, one)[1:], civil_date(one.valid_from)],
            [_take_back(held, Kind.CLEARANCE_EVENT, one)]
            if held.is_primary and one.kind is not ClearanceEventKind.EXTENDED
            else [],
        )
        for one in reversed(found)
        if one.person_id == held.profile.person_id
    ]


def _lasting(
    held: Held, model: type[Sponsorship] | type[ClearanceCaveat]
) -> list[Sponsorship | ClearanceCaveat]:
    now = request_time()
    return [
        one
        for one in history(request_session(), model, now, clearance_id=held.row.fact_id)
        if one.valid_to is None or one.valid_to > now
    ]


def _from_to(fact: Fact) -> list[str]:
    return [civil_date(fact.valid_from), last_day(fact.valid_to) if fact.valid_to else _("No end date")]


def _end(held: Held, kind: Kind, fact: Fact) -> tuple[str, str]:
    return _("End"), _href("people.end_vetting", held, kind, fact)


def _take_back(held: Held, kind: Kind, fact: Fact) -> tuple[str, str]:
    return _("Take back"), _href("people.take_back_vetting", held, kind, fact)


def _href(endpoint: str, held: Held, kind: Kind, fact: Fact) -> str:
    return url_for(endpoint, person_id=held.profile.person_id, kind=kind.value, fact_id=fact.fact_id)
