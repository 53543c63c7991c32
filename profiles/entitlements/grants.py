"""Roles given by hand, by two people, for a time."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from profiles.apps.models import App
from profiles.apps.service import roles_of
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.employments.breaks import is_paused
from profiles.employments.models import Posting, PostingKind
from profiles.employments.service import leaves_at
from profiles.entitlements.models import Entitlement
from profiles.errors import Conflict, Invalid, NotPermitted
from profiles.organisations import service as organisations
from profiles.people.service import take_turns
from profiles.temporal import INSTANT, Provenance, civil_date, end, history, record, replace


def grant(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    *,
    person_id: UUID,
    app_id: UUID,
    role_name: str,
    approved_by: UUID,
    valid_from: datetime,
    valid_to: datetime,
) -> Entitlement:
    """Give a role until ``valid_to``; the grant's reason is the provenance's.

    Raises NotPermitted when the person or whoever records it approves it, Invalid, naming the field, for a
    role that the app does not know, or that they have by hand in that time, a missing reason, an end before
    the beginning, or one after the end of the employment, or of a loan to the app's organisation.
    """
    if approved_by in (person_id, provenance.recorded_by):
        raise NotPermitted("Somebody else must approve this: neither the person nor who prepared it.")
    if role_name not in {role.name for role in roles_of(session, app_id)}:
        raise Invalid(f"The app has no role called {role_name!r}.", field="role_name")
    if not provenance.reason.strip():
        raise Invalid("Say why the role is given.", field="reason")
    # Two that give the same in one instant see each other.
    take_turns(session, [person_id])
    check_ends_with_posts(session, now, person_id, app_id, valid_from, valid_to)
    check_has_it_not(session, now, person_id, app_id, role_name, valid_from, valid_to)
    granted = record(
        session,
        Entitlement(
            person_id=person_id,
            app_id=app_id,
            role_name=role_name,
            approved_by=approved_by,
            **provenance.stamp(now, valid_from, valid_to),
        ),
    )
    append(
        session,
        Event.ENTITLEMENT_GRANTED,
        initiator,
        now,
        person_id=person_id,
        app_id=app_id,
        details={"role": role_name, "approved_by": str(approved_by)},
    )
    return granted


def prolong(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    held: Entitlement,
    valid_to: datetime,
    *,
    approved_by: UUID,
) -> None:
    """Let a grant hold until a later instant, approved anew.

    Raises NotPermitted and Invalid as ``grant`` does, Conflict when it was changed meanwhile or is over.
    """
    person_id, app_id, role_name = held.person_id, held.app_id, held.role_name
    if approved_by in (person_id, provenance.recorded_by):
        raise NotPermitted("Somebody else must approve this: neither the person nor who prepared it.")
    if held.valid_to is not None and held.valid_to <= now:
        raise Conflict("It has ended. Give the role anew.")
    take_turns(session, [person_id])
    check_ends_with_posts(session, now, person_id, app_id, max(now, held.valid_from), valid_to)
    check_has_it_not(session, now, person_id, app_id, role_name, held.valid_from, valid_to, besides=held)
    replace(session, held, now, provenance, valid_to=valid_to, approved_by=approved_by)
    details = {"role": role_name, "approved_by": str(approved_by)}
    append(
        session,
        Event.ENTITLEMENT_PROLONGED,
        initiator,
        now,
        person_id=person_id,
        app_id=app_id,
        details=details,
    )


def end_grant(
    session: Session,
    now: datetime,
    provenance: Provenance,
    initiator: Initiator,
    held: Entitlement,
    ends_at: datetime,
) -> None:
    """Let a grant hold only until then. Raises Conflict when it was changed meanwhile."""
    person_id, app_id, details = held.person_id, held.app_id, {"role": held.role_name}
    end(session, held, ends_at, now, provenance)
    append(
        session, Event.ENTITLEMENT_ENDED, initiator, now, person_id=person_id, app_id=app_id, details=details
    )


def check_has_it_not(
    session: Session,
    now: datetime,
    person_id: UUID,
    app_id: UUID,
    role_name: str,
    valid_from: datetime,
    valid_to: datetime,
    *,
    besides: Entitlement | None = None,
) -> None:
    """Raise Invalid for a role that somebody has by hand already in a part of that time: one has one end."""
    same = {"person_id": person_id, "app_id": app_id, "role_name": role_name}
    for one in history(session, Entitlement, now, **same):
        is_other = besides is None or one.fact_id != besides.fact_id
        if is_other and one.valid_from < valid_to and (one.valid_to is None or one.valid_to > valid_from):
            until = "" if one.valid_to is None else f" until {civil_date(one.valid_to - INSTANT):%-d %B %Y}"
            raise Invalid(
                f"The role is given by hand{until} already. Choose other days, or prolong that.",
                field="first_day" if besides is None else "last_day",
            )


def check_ends_with_posts(
    session: Session, now: datetime, person_id: UUID, app_id: UUID, valid_from: datetime, valid_to: datetime
) -> None:
    """Raise Invalid for a role that outlives the employment through which somebody has it.

    So it is of the loan by which alone they are at its organisation.
    """
    app = session.get(App, app_id)
    if app is None:
        return
    tree = organisations.tree(session, now)
    there = {*tree.subtree_of(app.organisation_id), *tree.ancestors_of(app.organisation_id)}
    _check_not_paused(session, now, person_id, there, max(now, valid_from), valid_to)
    leaves = leaves_at(session, now, person_id, max(now, valid_from), there)
    if leaves is not None and valid_to > leaves:
        raise Invalid(
            f"They leave on {civil_date(leaves - INSTANT):%-d %B %Y}: "
            "the role ends with that day or earlier.",
            field="last_day",
        )
    posts = [
        one
        for one in history(session, Posting, now, person_id=person_id)
        if one.organisation_id in there and (one.valid_to is None or one.valid_to > valid_from)
    ]
    ends = [one.valid_to for one in posts if one.kind is PostingKind.HOST and one.valid_to is not None]
    if ends and len(ends) == len(posts) and valid_to > max(ends):
        last_day = civil_date(max(ends) - INSTANT)
        raise Invalid(
            f"They are there on loan until {last_day:%-d %B %Y}: the role ends with that day or earlier.",
            field="last_day",
        )


def _check_not_paused(
    session: Session,
    now: datetime,
    person_id: UUID,
    near: Collection[UUID],
    valid_from: datetime,
    valid_to: datetime,
) -> None:
    """Raise Invalid where a career break falls into the time: with the return the role would revive."""
    posts = history(session, Posting, now, person_id=person_id)
    through = {one.employment_id for one in posts if one.organisation_id in near}
    through = through or {one.employment_id for one in posts}
    if through and all(is_paused(session, one, valid_from, valid_to, now) for one in through):
        raise Invalid(
            "They are on a career break in that time: the role ends before it, or begins after the return.",
            field="last_day",
        )
