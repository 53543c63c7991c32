"""Whether the apps know that access turned for somebody: a receipt for each app, for an auditor.

It turns when they leave, go on a career break, change post where they work, or have their account suspended.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions
from app.csv_files import csv_file
from app.display_formats import civil_datetime
from app.people.blueprint import blueprint
from app.people.names import name_in
from app.request_transaction import request_session, request_time
from app.told_apps import COLUMNS, ToldApp, csv_lines, outcome_words, told_apps
from app.translation import gettext as _
from profiles.employments.models import CareerBreak, Posting, PostingKind
from profiles.employments.service import employment_history
from profiles.entitlements.service import facts_of, preview
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.leaving import OF_A_MOVE
from profiles.roles.permissions import Permission, requires
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import INSTANT, history

PATH = "/people/<uuid:person_id>/<any(left, break, post):cause>/<uuid:fact_id>/receipts"
OF_SUSPENSION = "/people/<uuid:person_id>/suspension/<uuid:fact_id>/receipts"


class Cause(StrEnum):
    """By what access turned."""

    LEFT = "left"
    BREAK = "break"
    POST = "post"
    SUSPENSION = "suspension"


_COLUMN = {
    Cause.LEFT: "employment",
    Cause.BREAK: "career_break",
    Cause.POST: "post",
    Cause.SUSPENSION: "suspension",
}
"""What the first column of the file is called; it holds the ``fact_id``."""


@dataclass(frozen=True)
class Turn:
    """Access turned ``at`` an instant by one fact of an organisation, and ``until`` it did for the next."""

    cause: Cause
    fact_id: UUID
    person_id: UUID
    organisation_id: UUID
    at: datetime
    until: datetime | None = None

    @property
    def works_at(self) -> datetime:
        """A moment of the turn at which they work there."""
        return self.at - INSTANT if self.cause is Cause.LEFT else self.at


@blueprint.get(PATH)
@requires(Permission.SEE_RECEIPTS)
def receipts(person_id: UUID, cause: str, fact_id: UUID) -> str:
    """The receipts at the apps of the organisation where it happened."""
    turn, now = _turn(person_id, cause, fact_id), request_time()
    profile = employers_part(
        request_session(), person_id, permissions(), valid_at=turn.works_at, known_at=now, now=now
    )
    csv_href = url_for("people.receipts_csv", person_id=person_id, cause=cause, fact_id=fact_id)
    back_href = url_for("people.record_as_of", person_id=person_id)
    return _page(turn, name_in(profile), csv_href, back_href)


@blueprint.get(f"{PATH}.csv")
@requires(Permission.SEE_RECEIPTS)
def receipts_csv(person_id: UUID, cause: str, fact_id: UUID) -> Response:
    """The same as CSV: a line for each message, or for each app that was sent none. It names nobody."""
    return _file(_turn(person_id, cause, fact_id))


@blueprint.get(OF_SUSPENSION)
@requires(Permission.SUSPEND_ACCOUNTS)
def suspension_receipts(person_id: UUID, fact_id: UUID) -> str:
    """The same of a suspended account, for security officers of where it was suspended."""
    turn, now = _suspension(person_id, fact_id), request_time()
    try:
        name = name_in(
            employers_part(
                request_session(), person_id, permissions(), valid_at=turn.at, known_at=now, now=now
            )
        )
    except NotFound:
        name = _("A person")
    csv_href = url_for("people.suspension_receipts_csv", person_id=person_id, fact_id=fact_id)
    return _page(turn, name, csv_href, url_for("people.suspension", person_id=person_id))


@blueprint.get(f"{OF_SUSPENSION}.csv")
@requires(Permission.SUSPEND_ACCOUNTS)
def suspension_receipts_csv(person_id: UUID, fact_id: UUID) -> Response:
    """The same as CSV."""
    return _file(_suspension(person_id, fact_id))


def turns_of(person_id: UUID) -> list[Turn]:
    """Those by what the reader's organisations recorded, and have the receipts of; suspensions apart."""
    mine = permissions().organisations(Permission.SEE_RECEIPTS)
    mine &= permissions().organisations(Permission.SEE_PEOPLE)
    session, now = request_session(), request_time()
    found = (
        *_left(session, person_id, now),
        *_breaks(session, person_id, now),
        *_posts(session, person_id, now),
    )
    return [one for one in found if one.organisation_id in mine and one.at <= now]


def suspensions_of(person_id: UUID) -> list[Turn]:
    """Each time that the officer's organisations suspended the account, the last first."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.SUSPEND_ACCOUNTS)
    found = history(session, AccountSuspension, now, person_id=person_id)
    return [
        Turn(Cause.SUSPENSION, one.fact_id, person_id, one.organisation_id, one.valid_from, one.valid_to)
        for one in reversed(found)
        if one.organisation_id is not None and one.organisation_id in mine
    ]


def receipts_href(turn: Turn) -> str:
    """Where the receipts of a turn are shown."""
    about: dict[str, Any] = {"person_id": turn.person_id, "fact_id": turn.fact_id}
    if turn.cause is Cause.SUSPENSION:
        return url_for("people.suspension_receipts", **about)
    return url_for("people.receipts", cause=turn.cause.value, **about)


def _left(session: Session, person_id: UUID, now: datetime) -> Iterator[Turn]:
    """The employments that have ended other than by a move, the last first."""
    for one in reversed(employment_history(session, person_id, now)):
        if one.valid_to is not None and not one.source.startswith(OF_A_MOVE):
            yield Turn(Cause.LEFT, one.fact_id, person_id, one.organisation_id, one.valid_to)


def _breaks(session: Session, person_id: UUID, now: datetime) -> Iterator[Turn]:
    for one in history(session, CareerBreak, now, person_id=person_id):
        yield Turn(Cause.BREAK, one.fact_id, person_id, one.organisation_id, one.valid_from, one.valid_to)


def _posts(session: Session, person_id: UUID, now: datetime) -> Iterator[Turn]:
    """The posts that followed another one of the same employment, without a day between."""
    posts = history(session, Posting, now, person_id=person_id)
    held = sorted((one for one in posts if one.kind is PostingKind.HOME), key=lambda one: one.valid_from)
    for one in held:
        if any(
            before.employment_id == one.employment_id
            and before.fact_id != one.fact_id
            and before.valid_to == one.valid_from
            for before in held
        ):
            yield Turn(Cause.POST, one.fact_id, person_id, one.organisation_id, one.valid_from, one.valid_to)


def _turn(person_id: UUID, cause: str, fact_id: UUID) -> Turn:
    found = (one for one in turns_of(person_id) if (one.cause, one.fact_id) == (cause, fact_id))
    return _found(next(found, None))


def _suspension(person_id: UUID, fact_id: UUID) -> Turn:
    return _found(next((one for one in suspensions_of(person_id) if one.fact_id == fact_id), None))


def _found(turn: Turn | None) -> Turn:
    if turn is None:
        raise NotFound(_("There is no such person in your organisation."))
    return turn


def _told(turn: Turn) -> list[ToldApp]:
    session, now, before = request_session(), request_time(), turn.at - INSTANT
    facts = facts_of(session, turn.person_id, now)
    theirs = organisations.tree(session, before).subtree_of(turn.organisation_id)
    changes = preview(session, facts, facts, before, turn.at, known_at=now, organisation_ids=theirs)
    return told_apps(session, now, turn.person_id, changes, turn.at, turn.until)


def _page(turn: Turn, name: str, csv_href: str, back_href: str) -> str:
    employer = organisations.get(request_session(), turn.organisation_id, turn.works_at).name
    at = civil_datetime(turn.at)
    title, heading, lead, nothing = {
        Cause.LEFT: (
            _("Receipts of the leaving of %(name)s", name=name),
            _("Whether your apps know that they left"),
            _("as the employment ended on %(at)s", at=at),
            _("Leaving ended or changed access to none of your apps."),
        ),
        Cause.BREAK: (
            _("Receipts of the career break of %(name)s", name=name),
            _("Whether your apps know of the career break"),
            _("as the career break began on %(at)s", at=at),
            _("The career break ended or changed access to none of your apps."),
        ),
        Cause.POST: (
            _("Receipts of the change of post of %(name)s", name=name),
            _("Whether your apps know of the change of post"),
            _("as this post began on %(at)s", at=at),
            _("The change of post ended or changed access to none of your apps."),
        ),
        Cause.SUSPENSION: (
            _("Receipts of the suspension of %(name)s", name=name),
            _("Whether your apps know of the suspension"),
            _("as the account was suspended on %(at)s", at=at),
            _("The suspension ended or changed access to none of your apps."),
        ),
    }[turn.cause]
    return render_template(
        "people/told_apps.html",
        name=name,
        title=title,
        heading=heading,
        lead=lead,
        nothing=nothing,
        employer=employer,
        told=_told(turn),
        words=outcome_words(),
        csv_href=csv_href,
        back_href=back_href,
    )


def _file(turn: Turn) -> Response:
    lines = csv_lines(str(turn.fact_id), _told(turn), request_time())
    return csv_file((_COLUMN[turn.cause], *COLUMNS), lines, f"receipts-{turn.fact_id}.csv")
