"""Whether the apps know that somebody has left: a receipt for each whose access ended, for an auditor."""

from datetime import datetime
from uuid import UUID

from flask import render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions
from app.csv_files import csv_file
from app.people.blueprint import blueprint
from app.people.names import name_in
from app.request_transaction import request_session, request_time
from app.told_apps import COLUMNS, ToldApp, csv_lines, outcome_words, told_apps
from app.translation import gettext as _
from profiles.employments.models import Employment
from profiles.employments.service import employment_history
from profiles.entitlements.service import facts_of, preview
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.leaving import OF_A_MOVE
from profiles.roles.permissions import Permission, requires
from profiles.temporal import INSTANT


@blueprint.get("/people/<uuid:person_id>/left/<uuid:fact_id>/receipts")
@requires(Permission.SEE_RECEIPTS)
def receipts(person_id: UUID, fact_id: UUID) -> str:
    """The receipts of somebody who has left, at the apps of the organisation that they left."""
    session = request_session()
    ended = _ended(person_id, fact_id)
    now, at = request_time(), _last_moment(ended)
    profile = employers_part(session, person_id, permissions(), valid_at=at, known_at=now, now=now)
    return render_template(
        "people/told_apps.html",
        name=name_in(profile),
        employer=organisations.get(session, ended.organisation_id, at).name,
        ended=ended,
        told=_told(session, ended),
        words=outcome_words(),
        csv_href=url_for("people.receipts_csv", person_id=person_id, fact_id=fact_id),
        back_href=url_for("people.record_as_of", person_id=person_id),
    )


@blueprint.get("/people/<uuid:person_id>/left/<uuid:fact_id>/receipts.csv")
@requires(Permission.SEE_RECEIPTS)
def receipts_csv(person_id: UUID, fact_id: UUID) -> Response:
    """The same as CSV: a line for each message, or for each app that was sent none. It names nobody."""
    session = request_session()
    told = _told(session, _ended(person_id, fact_id))
    lines = csv_lines(str(fact_id), told, request_time())
    return csv_file(("employment", *COLUMNS), lines, f"receipts-{fact_id}.csv")


def left(person_id: UUID) -> list[Employment]:
    """The employments at the reader's organisations that have ended other than by a move, the last first."""
    session = request_session()
    now, mine = request_time(), permissions().organisations(Permission.SEE_RECEIPTS)
    mine &= permissions().organisations(Permission.SEE_PEOPLE)
    return [
        one
        for one in reversed(employment_history(session, person_id, now))
        if one.organisation_id in mine
        and one.valid_to is not None
        and one.valid_to <= now
        and not one.source.startswith(OF_A_MOVE)
    ]


def _ended(person_id: UUID, fact_id: UUID) -> Employment:
    found = next((one for one in left(person_id) if one.fact_id == fact_id), None)
    if found is None:
        raise NotFound(_("There is no such person in your organisation."))
    return found


def _told(session: Session, ended: Employment) -> list[ToldApp]:
    now, before = request_time(), _last_moment(ended)
    at, facts = before + INSTANT, facts_of(session, ended.person_id, now)
    theirs = organisations.tree(session, before).subtree_of(ended.organisation_id)
    changes = preview(session, facts, facts, before, at, known_at=now, organisation_ids=theirs)
    return told_apps(session, now, ended.person_id, changes, at)


def _last_moment(ended: Employment) -> datetime:
    return (ended.valid_to or request_time()) - INSTANT
