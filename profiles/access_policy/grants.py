"""A role is given to one person by hand, prolonged, or taken away again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from profiles.access_policy.delegations import covers, is_decided_by
from profiles.access_policy.foreseen import Foreseen, Turn
from profiles.access_policy.models import Action, PolicyKind
from profiles.apps import service as apps
from profiles.audit.service import Initiator
from profiles.employments.models import Posting
from profiles.entitlements import grants
from profiles.entitlements.facts import GrantFact
from profiles.entitlements.models import Entitlement
from profiles.entitlements.policy import decide
from profiles.entitlements.service import facts_and_rules
from profiles.entitlements.users_seen import asks_for_clearance
from profiles.errors import Conflict, Invalid, NotFound
from profiles.roles.service import Permissions
from profiles.temporal import (
    Provenance,
    as_of,
    civil_date,
    current,
    end_of_day,
    is_recorded_day,
    known,
    start_of_day,
)

LONGEST_DAYS = 366


@dataclass(frozen=True)
class GrantWanted:
    """What an officer wants of a role by hand.

    ``through_id`` is the organisation for which they act, and whose officers decide. It begins with
    ``first_day`` and holds through ``last_day``; without a last day one that is to end does so at once.
    """

    kind: ClassVar[PolicyKind] = PolicyKind.GRANT

    app_id: UUID
    action: Action
    person_id: UUID
    role_name: str
    through_id: UUID
    as_owner: bool
    first_day: date | None = None
    last_day: date | None = None
    version_id: UUID | None = None

    def organisation_id(self, _session: Session) -> UUID:
        """Whose officers decide."""
        return self.through_id

    def check(self, session: Session, now: datetime, asked_at: datetime) -> None:
        """Whether it can be done. Raises Invalid, naming the field, Conflict, NotFound."""
        held, today = self._held(session), civil_date(asked_at)
        if self.action is Action.END:
            if self.last_day is not None and self.last_day < today:
                raise Invalid(
                    "The last day must be today or later. Leave it empty to end it at once.", field="last_day"
                )
            ends_at = self._ends_at(now)
            if held is not None and held.valid_to is not None and ends_at >= held.valid_to:
                raise Invalid("It ends before that day already.", field="last_day")
            return
        if self.role_name not in {role.name for role in apps.roles_of(session, self.app_id)}:
            raise Invalid(f"The app has no role called {self.role_name!r}.", field="role_name")
        if not self.as_owner and not covers(session, self.app_id, self.role_name, self.through_id, now):
            raise Conflict("The app’s owner no longer lets your organisation give this role.")
        self._check_works_there(session, now, asked_at)
        begins_on = self.first_day or today
        if begins_on < today:
            raise Invalid("The first day must be today or later.", field="first_day")
        if self.last_day is None or not is_recorded_day(self.last_day) or self.last_day < begins_on:
            raise Invalid("The last day must be on or after the first.", field="last_day")
        if self.last_day > today + timedelta(days=LONGEST_DAYS):
            raise Invalid(
                "It lasts a year at most. Prolong it then, if it is still needed.", field="last_day"
            )
        if held is not None and held.valid_to is not None and self._ends_at(now) <= held.valid_to:
            raise Invalid("It holds until that day already. End it to make it shorter.", field="last_day")
        begins_at = held.valid_from if held is not None else self._begins_at(now)
        grants.check_has_it_not(
            session,
            now,
            self.person_id,
            self.app_id,
            self.role_name,
            begins_at,
            self._ends_at(now),
            besides=held,
        )
        grants.check_ends_with_posts(
            session, now, self.person_id, self.app_id, max(now, begins_at), self._ends_at(now)
        )

    def _check_works_there(self, session: Session, now: datetime, asked_at: datetime) -> None:
        """Raise NotFound unless they work now, and when it begins, where they worked when it was asked for.

        A delegate gives it to the people of their own organisation alone.
        """
        held = self._held(session)
        begins_at = max(now, held.valid_from) if held is not None else self._begins_at(now)
        then, *later = (
            {one.organisation_id for one in current(session, Posting, at, known_at, person_id=self.person_id)}
            for at, known_at in ((asked_at, asked_at), (now, now), (begins_at, now))
        )
        there = then if self.as_owner else then & {self.through_id}
        if not all(there & works_at for works_at in later):
            raise NotFound("There is no such person in your organisation.")

    def foresee(self, session: Session, now: datetime) -> Foreseen:
        """What the decision on the person becomes. Two decide on what is given; one may take it away.

        That is one role of one person: it opens nothing, and may have to be shut today.
        """
        held = self._held(session)
        before, rules = facts_and_rules(session, self.person_id, self.app_id, now)
        begins_at, ends_at = self._begins_at(now), self._ends_at(now)
        kept = [one for one in before.grants if held is None or not _is(one, held)]
        if held is not None:
            begins_at = held.valid_from
        if ends_at > begins_at:
            kept.append(
                GrantFact(
                    valid_from=begins_at, valid_to=ends_at, app_id=self.app_id, role_name=self.role_name
                )
            )
        after = replace(before, grants=tuple(kept))
        instants = {now, begins_at, ends_at} | ({held.valid_to} if held and held.valid_to else set())
        turns: tuple[Turn, ...] = ()
        for at in sorted(one for one in instants if one >= now):
            was, becomes = decide(before, rules, at).roles, decide(after, rules, at).roles
            if was != becomes:
                turns = (Turn(self.app_id, self.person_id, at, was, becomes),)
                break
        return Foreseen(
            turns, by_clearance=asks_for_clearance(rules, *instants), needs_two=self.action is not Action.END
        )

    def record(
        self, session: Session, now: datetime, provenance: Provenance, initiator: Initiator, approver: UUID
    ) -> None:
        """Let it be so. Raises NotPermitted, Invalid and Conflict as ``entitlements.grants`` does."""
        held, ends_at = self._held(session), self._ends_at(now)
        if self.action is Action.END:
            if held is not None:
                grants.end_grant(session, now, provenance, initiator, held, ends_at)
            return
        begins_at = self._begins_at(now)
        if ends_at <= begins_at:
            raise Conflict("Its last day is over. Refuse it, and ask for another.")
        if held is not None:
            grants.prolong(session, now, provenance, initiator, held, ends_at, approved_by=approver)
            return
        grants.grant(
            session,
            now,
            provenance,
            initiator,
            person_id=self.person_id,
            app_id=self.app_id,
            role_name=self.role_name,
            approved_by=approver,
            valid_from=begins_at,
            valid_to=ends_at,
        )

    def _held(self, session: Session) -> Entitlement | None:
        if self.version_id is None:
            return None
        found = session.get(Entitlement, self.version_id)
        said = (self.app_id, self.person_id, self.role_name)
        if found is None or (found.app_id, found.person_id, found.role_name) != said or found.superseded_at:
            raise Conflict("This was changed meanwhile. Look at it again before you change it.")
        return found

    def _begins_at(self, now: datetime) -> datetime:
        return now if self.first_day is None else max(now, start_of_day(self.first_day))

    def _ends_at(self, now: datetime) -> datetime:
        if self.last_day is None:
            return now
        ends_at = end_of_day(self.last_day)
        return max(now, ends_at) if self.action is Action.END else ends_at


def given_by_hand(
    session: Session,
    permissions: Permissions,
    now: datetime,
    *,
    app_id: UUID | None = None,
    person_id: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> Sequence[Entitlement]:
    """What an officer may end, of one app or one person or of all; what ends soonest comes first.

    ``after`` is the version behind which the list goes on; one that is not there is the beginning.
    """
    query = select(Entitlement).where(
        known(Entitlement, now),
        col(Entitlement.valid_to) > now,
        is_decided_by(Entitlement, session, permissions, now),
    )
    return _page(session, query, app_id, person_id, after, limit)


def given_by_hand_as_of(
    session: Session,
    permissions: Permissions,
    now: datetime,
    *,
    valid_at: datetime,
    known_at: datetime,
    app_id: UUID | None = None,
    person_id: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> Sequence[Entitlement]:
    """The same of what held at ``valid_at`` as known at ``known_at``.

    Only what the officer decides on now and would have then: who has moved away is not named to who gave
    them a role, and who has come is not with what they had elsewhere.
    """
    query = select(Entitlement).where(
        as_of(Entitlement, valid_at, known_at),
        is_decided_by(Entitlement, session, permissions, now),
        is_decided_by(Entitlement, session, permissions, valid_at, known_at),
    )
    return _page(session, query, app_id, person_id, after, limit)


def _page(
    session: Session,
    query: SelectOfScalar[Entitlement],
    app_id: UUID | None,
    person_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Entitlement]:
    ends_at, own_id = col(Entitlement.valid_to), col(Entitlement.id)
    if app_id is not None:
        query = query.where(col(Entitlement.app_id) == app_id)
    if person_id is not None:
        query = query.where(col(Entitlement.person_id) == person_id)
    last = session.get(Entitlement, after) if after is not None else None
    if last is not None:
        query = query.where(or_(ends_at > last.valid_to, and_(ends_at == last.valid_to, own_id > last.id)))
    return session.exec(query.order_by(ends_at, own_id).limit(limit)).all()


def _is(fact: GrantFact, held: Entitlement) -> bool:
    ours = (held.app_id, held.role_name, held.valid_from, held.valid_to)
    return (fact.app_id, fact.role_name, fact.valid_from, fact.valid_to) == ours
