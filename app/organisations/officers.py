"""Who holds which role at an organisation, on any day, for those who answer for that or look into it."""

from typing import Any

from flask import render_template, url_for
from sqlmodel import Session

from app.access import permissions
from app.display_formats import civil_date, last_day
from app.listed_names import listed_name
from app.organisations.blueprint import blueprint
from app.paging import page_behind
from app.portable_profile.asked import AskedDates, asked_dates
from app.portable_profile.words import role_words, source_in_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.access_policy.deciding import count_waiting, without_own
from profiles.access_policy.models import PolicyKind
from profiles.access_policy.officers import may_end
from profiles.organisations.service import tree
from profiles.roles.listing import roles_at
from profiles.roles.models import RoleAssignment
from profiles.roles.permissions import Permission, requires


@blueprint.get("/organisations/officers")
@requires(Permission.SEE_OFFICERS)
def officers() -> str:
    """All who could act for the reader's organisations, deputies and officers from above among them.

    A platform administrator's are those that have nobody of their own to confirm and end roles.
    """
    session, now = request_session(), request_time()
    asked, mine = asked_dates(now), permissions().organisations(Permission.SEE_OFFICERS)
    if Permission.SEE_OFFICERS in permissions().platform:
        mine |= without_own(session, PolicyKind.ROLE, now)
    page = page_behind(roles_at(session, mine, asked.valid_at, asked.known_at), lambda one: one.id)
    return render_template(
        "organisations/officers.html",
        page=page,
        rows=_rows(session, page.rows, asked),
        may_give=permissions().anywhere(Permission.GIVE_ROLES),
        may_confirm=permissions().anywhere(Permission.CONFIRM_ROLES),
        may_reinstate=permissions().anywhere(Permission.REINSTATE_ORGANISATIONS),
        waiting=count_waiting(session, PolicyKind.ROLE, permissions(), now),
        asked=asked,
        shown_at=asked.valid_at,
        reset_href=url_for("organisations.officers"),
        back_href=_back(),
    )


def _rows(session: Session, found: Any, asked: AskedDates) -> list[list[Any]]:
    known = tree(session, asked.valid_at, asked.known_at).organisations
    names = {one.id: one.name for one in known.values()}
    now = request_time()
    return [
        [
            listed_name(session, one.person_id, now),
            role_words()[one.role],
            _where(one, names),
            civil_date(one.valid_from),
            last_day(one.valid_to) if one.valid_to else _("No end date"),
            _how(session, one, names),
            source_in_words(one.source),
            one.reason,
            None if asked.query else _end_href(session, one),
        ]
        for one in found
    ]


def _end_href(session: Session, one: RoleAssignment) -> str | None:
    """Where the reader ends it, if they may."""
    if not permissions().anywhere(Permission.CONFIRM_ROLES):
        return None
    if not may_end(session, permissions(), one, request_time()):
        return None
    return url_for("organisations.end_role", role_id=one.fact_id)


def _where(one: RoleAssignment, names: Any) -> str:
    if one.organisation_id is None:
        return _("All of Lanyard")
    name = names.get(one.organisation_id, _("An organisation that has closed"))
    return _("%(organisation)s and below it", organisation=name) if one.include_subtree else str(name)


def _how(session: Session, one: RoleAssignment, names: Any) -> str:
    """In their own right, for somebody absent, or through a shared service."""
    if one.deputy_of is not None:
        return _("Stands in for %(name)s", name=listed_name(session, one.deputy_of, request_time()))
    if one.operator_id is not None:
        operator = names.get(one.operator_id, _("An organisation that has closed"))
        return _("Through %(organisation)s", organisation=operator)
    return _("In their own right")


def _back() -> str:
    if permissions().anywhere(Permission.SEE_AUDIT):
        return url_for("audit.entries")
    if permissions().anywhere(Permission.MANAGE_SIGN_IN):
        return url_for("organisations.sign_in_providers")
    if permissions().anywhere(Permission.SEE_PEOPLE):
        return url_for("people.people")
    return url_for("my_profile.profile")
