"""The one place that ends sessions and tells apps when access changes, by a deed or by the passing of time.

Access itself turns without anybody's help, because it is decided again at every use. What is done here makes
the apps know: a session whose access ended, or whose roles are no longer what the app was told, is ended
there, and the outbox tells it. Doing it twice changes nothing, so a crash in between is harmless.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, and_, func, literal, or_, select, true, union, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.database import open_session, transaction
from app.logs import log
from identity import uniting
from identity.sessions.models import SessionClient
from identity.sessions.service import end_all, end_client
from identity.sign_in import alerts
from profiles.apps.models import AccessRule, Agreement
from profiles.audit.service import Initiator
from profiles.clearances.models import Clearance, ClearanceCaveat, ClearanceLimit, Sponsorship
from profiles.clearances.validity import last_decided
from profiles.disclosure.service import access
from profiles.employments.models import Employment, Posting
from profiles.entitlements.models import Entitlement
from profiles.errors import ProfileError
from profiles.loads import Load
from profiles.loans import advancing as loans
from profiles.loans.limits import STANDARD, LoanLimits
from profiles.merges import service as merges
from profiles.merges.models import MergeAction, MergeRequest
from profiles.merges.service import Done
from profiles.organisations.models import LocalGrade, OrganisationDetail
from profiles.organisations.service import tree
from profiles.outbox.models import SweepMark
from profiles.people.models import WorkAddress
from profiles.roles.models import RoleAssignment
from profiles.roles.service import Permissions
from profiles.sign_in.service import may_sign_in
from profiles.suspensions import service as suspensions
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import Fact, civil_date
from profiles.transfers import codes as transfer_codes
from profiles.transfers.service import advance_due
from profiles.transfers.watching import look_at_people

BATCH = 20
"""People settled in one transaction: on SQLite sign-ins wait for it, some tens of milliseconds."""

LOOKED_UP_AT_ONCE = 500

LATEST_COMMIT = timedelta(minutes=5)
"""How long after the moment it is dated a change may be committed."""

LOOK_BACK_EVERY = timedelta(minutes=1)
MARK_EVERY = timedelta(seconds=10)
"""How often the mark moves while nothing happens, so that an idle worker hardly writes."""

MARK = "access"
BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)

ABOUT_A_PERSON: tuple[
    type[Posting | Clearance | Sponsorship | ClearanceCaveat | Entitlement | AccountSuspension], ...
] = (
    Posting,
    Clearance,
    Sponsorship,
    ClearanceCaveat,
    Entitlement,
    AccountSuspension,
)
ABOUT_AN_APP: tuple[type[AccessRule | Agreement], ...] = (AccessRule, Agreement)
ABOUT_EVERYBODY: tuple[type[Fact], ...] = (OrganisationDetail, LocalGrade, ClearanceLimit)

_REFUSED = (ProfileError, IntegrityError)

LIVE = col(SessionClient.ended_at).is_(None)


def settle_people(session: Session, person_ids: Collection[UUID], now: datetime, reason: str) -> int:
    """Decide again for every live session of these people at every app; return how many have ended.

    Their transfers and loans are looked at first: a leaver's ends, and one whose gate fails stands still.
    ``reason`` is a short sentence for the receipts, which the app's organisation can read.
    """
    _look_at_people(session, person_ids, now)
    live = select(SessionClient).where(LIVE, col(SessionClient.person_id).in_(person_ids))
    ended = 0
    for one in session.execute(live.order_by(col(SessionClient.id))).scalars().all():
        decision = access(session, one.person_id, one.app_id, now)
        as_told = decision.allowed and sorted(decision.roles) == sorted(one.roles)
        if not as_told and end_client(session, one, now, reason):
            ended += 1
    return ended


def sign_out_everywhere(
    session: Session, person_id: UUID, now: datetime, reason: str, initiator: Initiator
) -> int:
    """End every session of a person, here and at every app, whatever they may use; return how many."""
    return end_all(session, person_id, now, reason, initiator)


def suspend_account(
    session: Session, now: datetime, *, person_id: UUID, organisation_id: UUID, officer_id: UUID, reason: str
) -> None:
    """Suspend a person's account: every session ends with it, and the apps are told.

    Raises Invalid, NotPermitted and Conflict as ``profiles.suspensions`` does.
    """
    suspensions.suspend_account(
        session,
        now,
        person_id=person_id,
        organisation_id=organisation_id,
        officer_id=officer_id,
        reason=reason,
    )
    _look_at_people(session, [person_id], now)
    officer = Initiator.person(officer_id)
    sign_out_everywhere(session, person_id, now, "The account was suspended.", officer)
    what = "Your account is suspended: you are signed out everywhere, and cannot sign in."
    to_do = "Speak to your security officer, who can tell you more."
    alerts.tell(session, person_id, "Your account was suspended", what, now, what_to_do=to_do)


def reinstate_account(
    session: Session, now: datetime, *, suspension: AccountSuspension, officer_id: UUID, reason: str
) -> None:
    """Lift a suspension. Whatever began while it was being imposed ends, so that nothing old comes back.

    Raises Invalid, NotPermitted and Conflict as ``profiles.suspensions`` does.
    """
    person_id = suspension.person_id
    suspensions.lift_account_suspension(
        session, now, suspension=suspension, officer_id=officer_id, reason=reason
    )
    _look_at_people(session, [person_id], now)
    officer = Initiator.person(officer_id)
    sign_out_everywhere(session, person_id, now, "The account was suspended.", officer)
    what = "Your account is not suspended any more: you can sign in as before."
    alerts.tell(session, person_id, "Your account is open again", what, now)


def agree_to_merge(
    session: Session,
    now: datetime,
    *,
    request: MergeRequest,
    part: str,
    officer_id: UUID,
    permissions: Permissions,
) -> Done | None:
    """Agree to a union or a split; with the last agreement it is done, apps and people are told.

    Whoever is part of another record has no session any more; after a split both begin anew. Raises as
    ``profiles.merges`` does.
    """
    addresses = merges.addresses_concerned(session, request, now)
    done = merges.agree(session, now, request, part, officer_id, permissions)
    if done is None:
        return None
    officer, is_merge = Initiator.person(officer_id), done.action is MergeAction.MERGE
    for person_id in (done.survivor_id, done.other_id):
        transfer_codes.end_open(session, person_id, now)
    if is_merge:
        uniting.close(session, done.survivor_id, done.other_id, now, officer)
        what = (
            "Two records that Lanyard held of you are one now. Sign in as you do to the record that stays; "
            "what opened only the other one opens nothing any more. Your HR team can tell you which is which."
        )
        subject = "Your two records are one now"
    else:
        uniting.separate(session, done.survivor_id, done.other_id, done.merged_at, now, officer)
        what = (
            "A record that held two people's data is two records again. You are signed out everywhere, and "
            f"ways of signing in that were added since {civil_date(done.merged_at):%-d %B %Y} are gone. Sign "
            "in as you did before, or ask your HR team to help you."
        )
        subject = "Your record was separated from another"
    reason = "Two records were united." if is_merge else "A record was separated from another."
    settle_people(session, [done.survivor_id, done.other_id, *sorted(done.touched)], now, reason)
    to_do = "If you think that this is wrong, tell your HR team and your security officer."
    addresses |= merges.addresses_concerned(session, request, now)
    alerts.tell(session, done.survivor_id, subject, what, now, what_to_do=to_do, addresses=sorted(addresses))
    alerts.tell(session, done.other_id, subject, what, now, what_to_do=to_do, addresses=())
    return done


def end_refused(engine: Engine, organisation_id: UUID, now: datetime, reason: str) -> int:
    """End the sessions of everybody of an organisation who may not sign in any more; return how many.

    They are good for nothing here already; this tells the apps.
    """
    ended, initiator = 0, Initiator.system("worker")
    with open_session(engine, writes=False) as session:
        below = tree(session, now).subtree_of(organisation_id)
        theirs = [
            select(col(model.person_id)).where(col(model.organisation_id).in_(below))
            for model in (Employment, Posting, RoleAssignment, WorkAddress)
        ]
        live = _with_live_session(session, col(SessionClient.person_id).in_(union(*theirs)))
    waiting = iter(sorted(live))
    while batch := list(islice(waiting, BATCH)):
        with transaction(engine) as session:
            for person_id in batch:
                if not may_sign_in(session, person_id, now):
                    ended += sign_out_everywhere(session, person_id, now, reason, initiator)
    return ended


def turn(engine: Engine, now: datetime) -> int:
    """Deal with everything that changed or came due since the last turn; return how many sessions ended."""
    return advance_transfers(engine, now) + advance_loans(engine, now) + sweep(engine, now)


def advance_transfers(engine: Engine, now: datetime) -> int:
    """Let transfers take the steps that time has brought; settle whom they moved, return sessions ended."""
    settling = _Settling(engine, now)
    while True:
        with transaction(engine) as session:
            moved = advance_due(session, now)
        if not moved:
            return settling.finish()
        settling.settle(moved)


def advance_loans(engine: Engine, now: datetime, rules: LoanLimits = STANDARD) -> int:
    """Let loans take the steps that time has brought; settle whom they concern, return sessions ended."""
    settling = _Settling(engine, now)
    while True:
        with transaction(engine) as session:
            moved = loans.advance_due(session, now, rules)
        if not moved:
            return settling.finish()
        settling.settle(moved)


def sweep(engine: Engine, now: datetime) -> int:
    """Settle everybody whose facts, or whose apps' rules, changed or came due since the last sweep.

    The mark moves when all is done, so that nothing is left out after downtime or a crash.
    """
    with open_session(engine, writes=False) as session:
        mark = session.get(SweepMark, MARK)
        since = mark.swept_until if mark is not None else BEGINNING
        look_back = mark is None or now - mark.looked_back_at >= LOOK_BACK_EVERY
        people = changed_people(session, max(since - LATEST_COMMIT, BEGINNING) if look_back else since, now)
    settling = _Settling(engine, now)
    settling.settle(people)
    ended = settling.finish()
    if people or look_back or now - since >= MARK_EVERY:
        with transaction(engine) as session:
            _move_mark(session, now, look_back)
    return ended


def changed_people(session: Session, since: datetime, now: datetime) -> list[UUID]:
    """The people with a live session at an app whose access may have changed after ``since``, up to ``now``.

    It has when a fact began, ended, was recorded or superseded, or its load was published.
    """
    if any(_any_changed(session, model, since, now) for model in ABOUT_EVERYBODY):
        return sorted(_with_live_session(session, true()))
    found: set[UUID] = set()
    changed = iter(session.execute(union(*_changed_persons(session, since, now))).scalars().all())
    while some := list(islice(changed, LOOKED_UP_AT_ONCE)):
        found |= _with_live_session(session, col(SessionClient.person_id).in_(some))
    for model in ABOUT_AN_APP:
        apps = session.execute(select(col(model.app_id)).where(_changed(model, since, now))).scalars().all()
        if apps:
            found |= _with_live_session(session, col(SessionClient.app_id).in_(apps))
    return sorted(found)


def _look_at_people(session: Session, person_ids: Collection[UUID], now: datetime) -> None:
    look_at_people(session, person_ids, now)
    loans.look_at_people(session, person_ids, now)


class _Settling:
    """Settles people, a few in a transaction; whoever cannot be settled is logged and keeps up nobody."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        self._engine, self._now = engine, now
        self._ended = 0
        self._failed: list[Exception] = []

    def settle(self, person_ids: Iterable[UUID]) -> None:
        """Settle all of them, of a batch that fails each by themselves."""
        waiting = iter(person_ids)
        while batch := list(islice(waiting, BATCH)):
            try:
                self._settle(batch)
            except _REFUSED:
                for person_id in batch:
                    self._settle_one(person_id)

    def finish(self) -> int:
        """How many sessions have ended. Raises the first error, so that the mark stays and all come again."""
        if self._failed:
            raise self._failed[0]
        return self._ended

    def _settle_one(self, person_id: UUID) -> None:
        try:
            self._settle([person_id])
        except _REFUSED as error:
            log.warning("person stays", person=str(person_id), error=type(error).__name__)
            self._failed.append(error)

    def _settle(self, person_ids: Collection[UUID]) -> None:
        with transaction(self._engine) as session:
            reason = "Access to this app ended or changed."
            self._ended += settle_people(session, person_ids, self._now, reason)


def _changed_persons(session: Session, since: datetime, now: datetime) -> list[Select[Any]]:
    """For each kind of fact, whom it is about; each query stays on the indexes of its table."""
    persons: list[Select[Any]] = [
        select(col(model.person_id)).where(_changed(model, since, now)) for model in ABOUT_A_PERSON
    ]
    published = select(col(Load.id)).where(_within(col(Load.published_at), since, now))
    if loads := session.execute(published).scalars().all():
        persons += [
            select(col(model.person_id)).where(col(model.load_id).in_(loads)) for model in ABOUT_A_PERSON
        ]
    if civil_date(since) != civil_date(now):
        # Usable through the civil day ``expires_on``, so it ends when the next day begins.
        expiry = col(Clearance.expires_on)
        expired = and_(expiry >= civil_date(since), expiry < civil_date(now))
        persons.append(select(col(Clearance.person_id)).where(expired))
        for level, years in session.execute(
            select(col(ClearanceLimit.level), col(ClearanceLimit.years)).distinct()
        ):
            decided = col(Clearance.decided_on)
            too_old = and_(
                decided > last_decided(civil_date(since), years),
                decided <= last_decided(civil_date(now), years),
            )
            persons.append(select(col(Clearance.person_id)).where(col(Clearance.level) == level, too_old))
    return persons


def _changed(model: type[Fact], since: datetime, now: datetime) -> ColumnElement[bool]:
    moments = (model.valid_from, model.valid_to, model.recorded_at, model.superseded_at)
    return or_(*(_within(col(moment), since, now) for moment in moments))


def _within(moment: Any, since: datetime, now: datetime) -> ColumnElement[bool]:
    return and_(moment > since, moment <= now)


def _any_changed(session: Session, model: type[Fact], since: datetime, now: datetime) -> bool:
    found = select(literal(1)).where(_changed(model, since, now)).limit(1)
    return session.execute(found).first() is not None


def _with_live_session(session: Session, which: ColumnElement[bool]) -> set[UUID]:
    return set(session.execute(select(col(SessionClient.person_id)).where(LIVE, which)).scalars())


def _move_mark(session: Session, now: datetime, looked_back: bool) -> None:
    """Advance the mark, never back: another worker may be ahead."""
    values = {"swept_until": now} | ({"looked_back_at": now} if looked_back else {})
    session.execute(
        update(SweepMark)
        .where(col(SweepMark.name) == MARK, col(SweepMark.swept_until) < now)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    count = select(func.count()).select_from(SweepMark).where(col(SweepMark.name) == MARK)
    if session.execute(count).scalar_one() == 0:
        try:
            with session.begin_nested():
                session.add(SweepMark(name=MARK, swept_until=now, looked_back_at=now))
        except IntegrityError:
            return  # another worker has just made it
