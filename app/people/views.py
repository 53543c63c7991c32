"""Somebody of the organisations that an officer acts for; to everybody else they do not exist."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from flask import render_template, url_for
from sqlmodel import Session

from app.access import permissions
from app.display_formats import civil_date, last_day
from app.listed_names import known_name
from app.people.blueprint import blueprint
from app.people.breaks import breaks_on_page
from app.people.compared import title_of
from app.people.grade_words import grade_in_words
from app.people.over_time import gap_in_words
from app.people.waiting import waiting_of
from app.portable_profile.words import leaving_causes
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.clearances.limits import limits_at
from profiles.clearances.service import ClearanceView, clearances_of
from profiles.clearances.validity import last_day_of
from profiles.employments.breaks import breaks_to_come, places_of
from profiles.employments.models import CareerBreak, Employment, PostingKind
from profiles.employments.service import current_postings, employment_history
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.pay.service import current_pay
from profiles.people.sensitive import find_mark
from profiles.people.service import addresses_of
from profiles.portable_profile.leavers import can_stay, find_cause
from profiles.portable_profile.over_time import over_time
from profiles.portable_profile.posts import post_changes, post_held
from profiles.roles.permissions import Permission, requires
from profiles.suspensions.service import find_account_suspension
from profiles.temporal import current, history


@blueprint.get("/people/<uuid:person_id>")
@requires(Permission.SEE_PEOPLE)
def person(person_id: UUID) -> str:
    """One person while they work there: the officer's own organisations' part of the record, and no other."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.SEE_PEOPLE)
    here = [one for one in current_postings(session, person_id, now) if one.organisation_id in mine]
    places = {one for one in places_of(session, person_id, now) if one in mine}
    if not places:
        raise NotFound("There is no such person in your organisation.")
    known = organisations.tree(session, now).organisations
    return render_template(
        "people/person.html",
        person_id=person_id,
        name=_name(session, person_id, now),
        addresses=addresses_of(session, person_id, now, mine),
        postings=[
            [
                (_("Organisation"), known[one.organisation_id].name),
                (_("Job"), one.job_title),
                (_("Grade"), grade_in_words(session, one)),
                (_("Profession"), one.profession),
                (_("Unit"), one.unit),
                (_("Place"), one.location),
                (_("Since"), civil_date(one.valid_from)),
                (_("Last day"), last_day(one.valid_to) if one.valid_to else _("No end date")),
            ]
            for one in here
        ],
        employments=[
            [
                known[one.organisation_id].name,
                one.number,
                civil_date(one.valid_from),
                last_day(one.valid_to) if one.valid_to else _("No end date"),
            ]
            for one in employment_history(session, person_id, now)
            if one.organisation_id in mine and one.valid_from <= now
        ],
        on_break=any(
            one.organisation_id in mine
            for one in current(session, CareerBreak, now, now, person_id=person_id)
        ),
        leaving=_leaving(session, person_id, mine),
        breaks=breaks_on_page(session, person_id, mine),
        changed_posts=_changed_posts(session, person_id, mine),
        waiting=waiting_of(person_id, mine),
        gaps=[gap_in_words(one) for one in over_time(session, person_id, permissions(), now).gaps],
        pay=[
            (known[one.organisation_id].name, one.salary_pence, one.valid_from)
            for one in current_pay(
                session, person_id, now, permissions().organisations(Permission.SEE_PAY) & mine
            )
        ],
        sees_pay=any(permissions().allows(Permission.SEE_PAY, one) for one in places),
        clearances=_clearances(session, person_id, places),
        sees_access=any(permissions().allows(Permission.SEE_ACCESS, one) for one in places),
        may_correct=any(permissions().allows(Permission.CHANGE_RECORDS, one) for one in places),
        may_grant=any(permissions().allows(Permission.GRANT_ACCESS, one) for one in places),
        may_lend=any(
            one.kind is PostingKind.HOME
            and permissions().allows(Permission.PREPARE_TRANSFER, one.organisation_id)
            for one in here
        )
        and not permissions().are_of(person_id),
        may_unite=any(permissions().allows(Permission.CHANGE_RECORDS, one) for one in places),
        accepted_through=lambda one: accepted_through(session, one, places),
        may_suspend=any(permissions().allows(Permission.SUSPEND_ACCOUNTS, one) for one in places),
        may_mark=any(permissions().allows(Permission.MARK_SENSITIVE, one) for one in places),
        is_unlisted=find_mark(session, person_id, now) is not None,
        is_suspended=find_account_suspension(session, person_id, now) is not None,
    )


def _name(session: Session, person_id: UUID, now: datetime) -> str:
    """Somebody of whom no name is recorded yet has a page too: HR add it from there."""
    try:
        return known_name(session, person_id, now)
    except NotFound:
        return _("A person without a name")


def _leaving(session: Session, person_id: UUID, mine: Collection[UUID]) -> list[dict[str, str]]:
    """Of each employment that HR may end, where that is recorded, or taken back; none of one's own."""
    if permissions().are_of(person_id):
        return []
    now, allowed = request_time(), permissions().organisations(Permission.CHANGE_RECORDS) & set(mine)
    known = organisations.tree(session, now).organisations
    found = []
    over = [
        one
        for one in history(session, Employment, now, person_id=person_id)
        if one.valid_to is not None and one.valid_to <= now and can_stay(session, one, now)
    ]
    for one in (*current(session, Employment, now, now, person_id=person_id), *over):
        if one.organisation_id not in allowed or one.organisation_id not in known:
            continue
        cause = find_cause(session, one)
        planned = can_stay(session, one, now)
        has_post = post_held(session, one.fact_id, now, now) is not None
        may_pause = has_post and not planned and not breaks_to_come(session, person_id, now)
        found.append(
            {
                "employer": known[one.organisation_id].name,
                "why": leaving_causes()[cause] if cause and planned else "",
                "href": url_for(
                    "people.stay" if planned else "people.leave",
                    person_id=person_id,
                    fact_id=one.fact_id,
                ),
                "planned": last_day(one.valid_to) if planned and one.valid_to else "",
                "post_href": url_for("people.change_post", person_id=person_id, fact_id=one.fact_id)
                if has_post
                else "",
                "break_href": url_for("people.begin_break", person_id=person_id, fact_id=one.fact_id)
                if may_pause
                else "",
            }
        )
    return found


def _changed_posts(session: Session, person_id: UUID, mine: Collection[UUID]) -> list[dict[str, str]]:
    """The changes of post that HR can correct or take back as one; none of one's own."""
    if permissions().are_of(person_id):
        return []
    now, allowed = request_time(), permissions().organisations(Permission.CHANGE_RECORDS) & set(mine)
    return [
        {
            "what": title_of(change),
            "job": one.job_title,
            "grade": grade_in_words(session, one),
            "from": civil_date(one.valid_from),
            "last_day": last_day(one.valid_to) if one.valid_to else "",
            "correct_href": url_for("people.correct_post", person_id=person_id, fact_id=one.fact_id),
            "back_href": url_for("people.take_back_post", person_id=person_id, fact_id=one.fact_id),
        }
        for one, change in post_changes(session, person_id, now)
        if one.organisation_id in allowed
    ]


def accepted_through(session: Session, clearance: ClearanceView, here: Collection[UUID]) -> date | None:
    """Until when where somebody works accepts a clearance, if that is sooner than it expires."""
    found = [
        last_day_of(clearance.decided_on, limit.years)
        for one in here
        for level, limit in limits_at(session, one, request_time()).items()
        if level is clearance.level and clearance.decided_on is not None
    ]
    soonest = min(found, default=None)
    is_sooner = soonest is not None and (clearance.expires_on is None or soonest < clearance.expires_on)
    return soonest if is_sooner else None


def _clearances(session: Session, person_id: UUID, here: Collection[UUID]) -> list[ClearanceView] | None:
    """The clearances that one of these organisations sponsors or shares; None to who may not know."""
    where = set(here) & permissions().organisations(Permission.SEE_CLEARANCES)
    if not where:
        return None
    return [
        one
        for one in clearances_of(session, person_id, request_time())
        if any(sponsor_id in where for sponsor_id, _kind in one.sponsors)
    ]
