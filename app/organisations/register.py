"""The register of organisations: names, places in the tree and who took over from whom, on any day."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template, url_for

from app.access import permissions
from app.display_formats import civil_date, civil_datetime, last_day
from app.organisations.blueprint import blueprint
from app.portable_profile.asked import asked_dates
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.organisations import reading, successions
from profiles.organisations.models import OrganisationKind
from profiles.organisations.reading import Entry
from profiles.organisations.service import tree
from profiles.roles.permissions import Permission, signed_in
from profiles.temporal import Fact

PATH = "/organisations/register"


@blueprint.get(PATH)
@signed_in()
def register() -> str:
    """All organisations of a day, by name: nothing of a person is in it."""
    session, asked = request_session(), asked_dates(request_time())
    entries = reading.register(session, asked.valid_at, asked.known_at)
    names = {one.id: one.name for one in entries}
    rows = [
        {
            "name": one.name,
            "code": one.code,
            "kind": kind_in_words(one.kind),
            "above": names.get(one.parent_id, "") if one.parent_id else "",
            "href": url_for("organisations.organisation", organisation_id=one.id, **asked.query),
        }
        for one in sorted(entries, key=lambda one: one.name.casefold())
    ]
    return render_template(
        "organisations/register.html",
        rows=rows,
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("organisations.register"),
    )


@blueprint.get(f"{PATH}/<uuid:organisation_id>")
@signed_in()
def organisation(organisation_id: UUID) -> str:
    """One organisation on a day, what came before and after it, and all that was said of it."""
    session, now = request_session(), request_time()
    asked = asked_dates(now)
    entry = reading.entry_of(session, organisation_id, asked.valid_at, asked.known_at)
    known = tree(session, asked.valid_at, asked.known_at).organisations
    said = reading.said_of(session, organisation_id, asked.known_at)
    places = {one.parent_id for one in said if one.parent_id is not None}
    named = reading.names_ever(session, now)
    codes = {place: reading.entry_of(session, place, asked.valid_at, now).code for place in places}

    def link(other_id: UUID, code: str, since: Any = None) -> dict[str, Any]:
        named = known.get(other_id)
        href = url_for("organisations.organisation", organisation_id=other_id, **asked.query)
        return {"name": named.name if named else code, "href": href, "since": since}

    return render_template(
        "organisations/organisation.html",
        entry=entry,
        kind=kind_in_words(entry.kind),
        parent=link(entry.parent_id, entry.parent or "") if entry.parent_id else None,
        before=[link(one.predecessor_id, one.predecessor, one.since) for one in entry.took_over_from],
        after=[link(one.successor_id, one.successor, one.since) for one in entry.handed_over_to],
        said=[
            {
                "name": one.name,
                "above": codes.get(one.parent_id, "") if one.parent_id else "",
                "starts": one.valid_from,
                "ends": one.valid_to,
                "recorded": one.recorded_at,
                "corrected": one.superseded_at
                if one.superseded_at is not None and one.superseded_at <= asked.known_at
                else None,
                "reason": one.reason,
            }
            for one in said
        ],
        domains_said=[
            [one.domain, *_told(one, asked.known_at)]
            for one in reading.domains_said_of(session, organisation_id, asked.known_at)
        ],
        successions_said=[
            [named[one.predecessor_id], named[one.successor_id], *_told(one, asked.known_at, ends=False)]
            for one in successions.said_of(session, organisation_id, asked.known_at)
        ],
        asked=asked,
        shown_at=asked.valid_at,
        may_change=not asked.query and entry.exists and may_change(organisation_id),
        may_rename=not asked.query and may_rename(entry),
        may_place=not asked.query and may_place(entry),
        reset_href=url_for("organisations.organisation", organisation_id=organisation_id),
    )


def _told(one: Fact, known_at: datetime, *, ends: bool = True) -> list[str]:
    """When it is so, when that was recorded and replaced, and why."""
    is_over = one.superseded_at is not None and one.superseded_at <= known_at
    until = [last_day(one.valid_to) if one.valid_to else _("No end date")] if ends else []
    return [
        civil_date(one.valid_from),
        *until,
        civil_datetime(one.recorded_at),
        civil_datetime(one.superseded_at) if is_over and one.superseded_at else _("Still so"),
        one.reason,
    ]


def may_change(organisation_id: UUID) -> bool:
    """Whether the reader administers this organisation."""
    return permissions().allows(Permission.CHANGE_ORGANISATION, organisation_id)


def may_rename(entry: Entry) -> bool:
    """Whether the reader administers it; one that is not there now, also as who administers what is above it.

    With an organisation end the roles that are held there, and one that reaches down finds only what exists.
    """
    above_id = None if entry.exists else entry.last_above_id
    return may_change(entry.id) or (above_id is not None and may_change(above_id))


def may_place(entry: Entry) -> bool:
    """Whether the reader administers what it leaves: what is above it or else itself; also in advance."""
    above_id = entry.parent_id if entry.exists else entry.last_above_id
    return may_change(above_id or entry.id)


def kind_in_words(kind: OrganisationKind) -> str:
    """What an organisation is."""
    return {
        OrganisationKind.DEPARTMENT: _("Department"),
        OrganisationKind.AGENCY: _("Agency"),
        OrganisationKind.POLICE_FORCE: _("Police force"),
        OrganisationKind.ARMED_SERVICE: _("Armed service"),
        OrganisationKind.OUTSIDE: _("Outside the public service"),
    }[kind]
