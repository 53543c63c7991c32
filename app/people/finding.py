"""The people of the organisations that an officer acts for: who works there, begins later, or has left."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions
from app.display_formats import civil_date, last_day
from app.people.blueprint import blueprint
from app.people.grade_words import grade_in_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.employments.breaks import places_of
from profiles.employments.finding import (
    FoundPerson,
    PeoplePage,
    Standing,
    count_people,
    find_people,
    holders_of,
)
from profiles.employments.models import CareerBreak
from profiles.employments.service import find_by_number
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires
from profiles.temporal import current

LONGEST_SEARCH = 100


@blueprint.get("/people")
@requires(Permission.SEE_PEOPLE)
def people() -> str | Response:
    """Who stands so to the officer's organisations, by family name, 25 on a page.

    A whole employment number leads to its holder.
    """
    session, now = request_session(), request_time()
    text = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    holder = _holder(session, mine, text) if text else None
    if holder is not None:
        return redirect(holder)
    asked = _Asked(text, next((one for one in Standing if one == request.args.get("who")), Standing.HERE))
    found = find_people(session, mine, asked.standing, text, now, request.args.get("page", 1, int))
    known = organisations.tree(session, now).organisations
    return render_template(
        "people/people.html",
        head=_head(asked.standing),
        rows=_rows(session, found, asked.standing),
        found=found,
        asked=asked,
        standings=_standings(),
        elsewhere=_elsewhere(session, mine, asked) if text and not found.total else [],
        sees_access=permissions().anywhere(Permission.SEE_ACCESS),
        may_change=permissions().anywhere(Permission.CHANGE_RECORDS),
        maintains_scales=permissions().anywhere(Permission.MAINTAIN_PAY_SCALES),
        may_grant=permissions().anywhere(Permission.GRANT_ACCESS),
        manages_clearances=permissions().anywhere(Permission.MANAGE_CLEARANCES),
        marks_sensitive=permissions().anywhere(Permission.MARK_SENSITIVE),
        organisations=sorted(known[one].name for one in mine if one in known),
    )


@dataclass(frozen=True)
class _Asked:
    """What the officer looks for, and among whom."""

    text: str
    standing: Standing

    def href(self, page: int = 1, standing: Standing | None = None) -> str:
        """The address of a page of it, or of the same search among others."""
        who = standing or self.standing
        return url_for(
            "people.people",
            q=self.text or None,
            who=who.value if who is not Standing.HERE else None,
            page=page if page > 1 else None,
        )


def _holder(session: Session, mine: Collection[UUID], number: str) -> str | None:
    """The page of whose number it is, who works there before who did or will; None of nobody or several."""
    now = request_time()
    holder = find_by_number(session, mine, number, now)
    if holder is None:
        holders = holders_of(session, mine, number, now)
        if len(holders) != 1:
            return None
        holder = holders[0]
    works_here = any(one in mine for one in places_of(session, holder, now))
    return url_for("people.person" if works_here else "people.record_as_of", person_id=holder)


def _standings() -> Mapping[Standing, str]:
    return {
        Standing.HERE: _("Who works here now"),
        Standing.LATER: _("Who begins later"),
        Standing.LEFT: _("Who has left"),
        Standing.NO_POST: _("Who has no post now"),
    }


def _elsewhere(session: Session, mine: Collection[UUID], asked: _Asked) -> list[tuple[str, int, str]]:
    """Among whom else the search finds somebody: what they are called, how many, and where they stand."""
    others = [one for one in Standing if one is not asked.standing]
    counts = {one: count_people(session, mine, one, asked.text, request_time()) for one in others}
    words = _standings()
    return [(words[one], count, asked.href(standing=one)) for one, count in counts.items() if count]


def _head(standing: Standing) -> list[str]:
    if standing is Standing.NO_POST:
        return [_("Name"), _("Why"), _("Organisation")]
    day = {Standing.LATER: [_("First day")], Standing.LEFT: [_("Last day")]}.get(standing, [])
    return [_("Name"), _("Job"), _("Grade"), _("Unit"), *day, _("Organisation")]


def _rows(session: Session, found: PeoplePage, standing: Standing) -> list[dict[str, Any]]:
    known = organisations.tree(session, request_time()).organisations
    endpoint = "record_as_of" if standing in (Standing.LATER, Standing.LEFT) else "person"
    return [
        {
            "name": f"{one.name.family_name}, {one.name.known_as or one.name.given_names}"
            if one.name
            else _("A person without a name"),
            "href": url_for(f"people.{endpoint}", person_id=one.person_id),
            "cells": [
                *_cells(session, one, standing),
                known[one.organisation_id].name if one.organisation_id in known else "–",
            ],
        }
        for one in found.people
    ]


def _cells(session: Session, one: FoundPerson, standing: Standing) -> list[str]:
    if standing is Standing.NO_POST:
        return [_why_no_post(session, one)]
    post = one.posting
    cells = [post.job_title, grade_in_words(session, post), post.unit] if post else ["", "", ""]
    if standing is Standing.LATER:
        cells.append(civil_date(one.begins))
    if standing is Standing.LEFT and one.ends is not None:
        cells.append(last_day(one.ends))
    return [cell or "–" for cell in cells]


def _why_no_post(session: Session, one: FoundPerson) -> str:
    now = request_time()
    for held in current(session, CareerBreak, now, now, employment_id=one.employment_id):
        return _("On a career break, expected back on %(day)s", day=civil_date(held.return_on))
    return _("No post is recorded")
