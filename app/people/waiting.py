"""Changes of records that wait for a second officer, because they change what somebody may use.

HR decides on those of the record, security officers on those of clearances; neither sees the other's.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from app.access import permissions, signed_in_person
from app.access_changes import settle_people
from app.display_formats import civil_datetime
from app.listed_names import known_name, listed_name
from app.paging import page_behind
from app.people.blueprint import blueprint
from app.people.compared import compared, title_of
from app.people.effects import items_of
from app.people.moved import moved_rows
from app.people.pay_scales import doubts_in_words
from app.portable_profile.words import source_in_words
from app.request_transaction import rehearsal, request_session, request_time
from app.transfers.presenting import PreviewItem
from app.translation import gettext as _
from profiles.errors import ProfileError
from profiles.people.service import take_turns
from profiles.portable_profile.changes import decide, foresee, get_waiting, waiting
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.models import RecordChange
from profiles.portable_profile.vetting import VETTED
from profiles.portable_profile.wanted import wanted_by
from profiles.roles.permissions import Permission, requires


@blueprint.get("/people/changes")
@requires(Permission.CHANGE_RECORDS)
def changes() -> str:
    """All that wait in the HR officer's organisations, the oldest first."""
    return _HR.show_all()


@blueprint.get("/people/changes/<uuid:change_id>")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def change(change_id: UUID) -> str:
    """What is to be recorded, by whom and why, and what it does to access."""
    return _HR.show(change_id)


@blueprint.post("/people/changes/<uuid:change_id>/approve")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def approve_change(change_id: UUID) -> Response:
    """Record it; sessions that no longer fit end at once."""
    return _HR.decide(change_id, approved=True)


@blueprint.post("/people/changes/<uuid:change_id>/refuse")
@requires(Permission.CHANGE_RECORDS, fresh=True)
def refuse_change(change_id: UUID) -> Response:
    """Nothing is recorded."""
    return _HR.decide(change_id, approved=False)


@blueprint.get("/people/clearance-changes")
@requires(Permission.MANAGE_CLEARANCES)
def clearance_changes() -> str:
    """All that wait in the security officer's organisations, the oldest first."""
    return _SECURITY.show_all()


@blueprint.get("/people/clearance-changes/<uuid:change_id>")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def clearance_change(change_id: UUID) -> str:
    """What is to be recorded of a clearance, by whom and why, and what it does to access."""
    return _SECURITY.show(change_id)


@blueprint.post("/people/clearance-changes/<uuid:change_id>/approve")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def approve_clearance_change(change_id: UUID) -> Response:
    """Record it; access that rests on it opens, and sessions that no longer fit end."""
    return _SECURITY.decide(change_id, approved=True)


@blueprint.post("/people/clearance-changes/<uuid:change_id>/refuse")
@requires(Permission.MANAGE_CLEARANCES, fresh=True)
def refuse_clearance_change(change_id: UUID) -> Response:
    """Nothing is recorded."""
    return _SECURITY.decide(change_id, approved=False)


def waiting_of(person_id: UUID, places: Collection[UUID]) -> list[dict[str, str]]:
    """What waits already about one person there, so that nobody asks twice; nothing about oneself."""
    if permissions().are_of(person_id):
        return []
    session, now = request_session(), request_time()
    return [
        {
            "what": title_of(one),
            "by": known_name(session, one.proposed_by, now),
            "at": civil_datetime(one.proposed_at),
            "href": url_for(desk.one, change_id=one.id),
        }
        for desk in (_HR, _SECURITY)
        for one in waiting(
            session, permissions().organisations(desk.permission) & set(places), desk.kinds, person_id
        )
    ]


@dataclass(frozen=True)
class _Seen:
    """What the page says that a change does; ``problem`` is why it cannot be recorded any more."""

    rows: Sequence[Sequence[str]] = ()
    moved: Sequence[Sequence[str]] = ()
    items: Sequence[PreviewItem] = ()
    elsewhere: bool = False
    doubts: Sequence[str] = ()
    problem: str = ""

    @property
    def hash(self) -> str:
        """The form carries it, so that what was read is what is approved; the moment is no part of it."""
        items = [
            (one.app_name, one.organisation_name, one.change, one.roles_before, one.roles_after, one.reasons)
            for one in self.items
        ]
        said = json.dumps(
            [self.rows, self.moved, items, self.elsewhere, self.doubts, self.problem], default=str
        )
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class _Desk:
    """What one kind of officers decides on, and the endpoints of its pages."""

    permission: Permission
    kinds: Collection[Kind]
    all: str
    one: str
    approve: str
    refuse: str
    back: str

    def show_all(self) -> str:
        """The list."""
        session, now = request_session(), request_time()
        mine = permissions().organisations(self.permission)
        page = page_behind(waiting(session, mine, self.kinds), lambda one: one.id)
        rows = [
            {
                "href": url_for(self.one, change_id=one.id),
                "name": listed_name(session, one.person_id, now),
                "what": title_of(one),
                "by": known_name(session, one.proposed_by, now),
                "at": civil_datetime(one.proposed_at),
            }
            for one in page.rows
        ]
        return render_template("people/changes.html", rows=rows, page=page, back_href=url_for(self.back))

    def show(self, change_id: UUID) -> str:
        """One change, with what it does to access now."""
        found = self._get(change_id)
        return self._page(found, self._look(found, rehearsal()))

    def _look(self, found: RecordChange, trying: AbstractContextManager[Session]) -> _Seen:
        """What it does, tried out in a session that may write."""
        session, now, wanted = request_session(), request_time(), wanted_by(found)
        name = known_name(session, found.person_id, now)
        try:
            with trying as in_which:
                effect = foresee(
                    in_which,
                    wanted,
                    now,
                    permissions().organisations(Permission.SEE_PEOPLE),
                    asked_by=signed_in_person(),
                    periods=current_app.config["CLEARANCE_PERIODS"],
                )
            doubts = doubts_in_words(session, wanted, effect, now)
            moved = moved_rows(wanted, effect)
            return _Seen(compared(wanted, effect), moved, items_of(effect, name), effect.elsewhere, doubts)
        except ProfileError as refused:
            return _Seen(problem=refused.message)

    def _page(self, found: RecordChange, seen: _Seen, *, changed: bool = False) -> str:
        session, now = request_session(), request_time()
        return render_template(
            "people/waiting_change.html",
            change=found,
            name=known_name(session, found.person_id, now),
            title=title_of(wanted_by(found)),
            seen=seen,
            changed=changed,
            items=seen.items,
            by=known_name(session, found.proposed_by, now),
            source=source_in_words(found.source),
            may_approve=not seen.problem and self._may_approve(found),
            may_refuse=not permissions().are_of(found.person_id),
            back_href=url_for(self.all),
            approve_href=url_for(self.approve, change_id=found.id),
            refuse_href=url_for(self.refuse, change_id=found.id),
        )

    def decide(self, change_id: UUID, *, approved: bool) -> Response:
        """Record it, or not. What is not as the approver's page said is shown to them again."""
        found, session, now = self._get(change_id), request_session(), request_time()
        if approved and self._may_approve(found):
            # Whoever changes the record meanwhile does so before it is looked at, or after it is recorded.
            take_turns(session, [found.person_id])
            seen = self._look(found, nullcontext(session))
            if request.form.get("shown", "") != seen.hash:
                return make_response(self._page(found, seen, changed=True), 409)
        person_id, periods = found.person_id, current_app.config["CLEARANCE_PERIODS"]
        decide(session, found, now, signed_in_person(), approved=approved, periods=periods)
        if approved:
            settle_people(session, [person_id], now, "A record was changed.")
        told = _("It is recorded.") if approved else _("It was refused, and nothing is changed.")
        flash(told, "success")
        return redirect(url_for(self.all), 303)

    def _may_approve(self, found: RecordChange) -> bool:
        return permissions().parties.isdisjoint((found.proposed_by, found.person_id))

    def _get(self, change_id: UUID) -> RecordChange:
        mine = permissions().organisations(self.permission)
        return get_waiting(request_session(), change_id, mine, self.kinds)


_HR = _Desk(
    Permission.CHANGE_RECORDS,
    frozenset(Kind) - VETTED,
    "people.changes",
    "people.change",
    "people.approve_change",
    "people.refuse_change",
    "people.people",
)
_SECURITY = _Desk(
    Permission.MANAGE_CLEARANCES,
    VETTED,
    "people.clearance_changes",
    "people.clearance_change",
    "people.approve_clearance_change",
    "people.refuse_clearance_change",
    "people.due_clearances",
)
