"""The one place that ends sessions and tells apps when access changes, by a deed or by the passing of time.

Access itself turns without anybody's help, because it is decided again at every use. What is done here makes
the apps know: a session whose access ended, or whose roles are no longer what the app was told, is ended
there, and the outbox tells it. Doing it twice changes nothing, so a crash in between is harmless.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Engine, func, select, union, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.changed_people import LIVE, changed_people, recorded_people, with_live_session
from app.database import open_session, transaction
from app.logs import log
from app.unhurried import LONG, LONGER, Rest, unhurried_transaction
from identity import uniting
from identity.sessions.models import LoginSession, SessionClient
from identity.sessions.service import end_all, end_client
from identity.sign_in import alerts
from profiles.access_policy import lifting
from profiles.audit.service import Initiator
from profiles.bulk_moves import pay_corrections
from profiles.disclosure.service import Decision, access
from profiles.employments.models import Employment, Posting
from profiles.errors import ProfileError
from profiles.loans import advancing as loans
from profiles.loans.limits import STANDARD, LoanLimits
from profiles.loans.models import Loan
from profiles.merges import service as merges
from profiles.merges.models import MergeAction, MergeRequest
from profiles.merges.service import Done
from profiles.organisations.service import tree
from profiles.outbox.models import SweepMark
from profiles.people.models import WorkAddress
from profiles.people.service import check_stands_alone, take_turns
from profiles.roles.models import RoleAssignment
from profiles.roles.service import Permissions
from profiles.sign_in.service import may_sign_in
from profiles.suspensions import service as suspensions
from profiles.suspensions.models import AccountSuspension
from profiles.temporal import civil_date
from profiles.transfers import codes as transfer_codes
from profiles.transfers.invited import end_accepted
from profiles.transfers.models import Transfer
from profiles.transfers.service import advance_due
from profiles.transfers.watching import look_at_people

BATCH = 100
"""People looked at together; that only reads."""

WRITTEN_AT_ONCE = {"sqlite": 50, "postgresql": 4}
"""Transfers, people or sessions of one transaction that writes. On SQLite sign-ins wait for it: for some
thirty milliseconds, but seldom (ADR 47)."""

LATEST_COMMIT = timedelta(minutes=5)
"""How long after the moment it is dated a change may be committed."""

LOOK_BACK_EVERY = timedelta(minutes=1)
MARK_EVERY = timedelta(seconds=10)
"""How often the mark moves while nothing happens, so that an idle worker hardly writes."""

MARK = "access"
BEGINNING = datetime(1970, 1, 2, tzinfo=UTC)

_REFUSED = (ProfileError, IntegrityError)
Few = TypeVar("Few")
GoOn = Callable[[], bool]
"""Asked before each batch of a long step: it does what cannot wait, and says whether to go on."""


def settle_people(session: Session, person_ids: Collection[UUID], now: datetime, reason: str) -> int:
    """Decide again for every live session of these people at every app; return how many have ended.

    Their transfers and loans are looked at first: a leaver's ends, and one whose gate fails stands still. Who
    works nowhere any more is signed out here too, so that nothing of it is there if they come back.
    ``reason`` is a short sentence for the receipts, which the app's organisation can read.
    """
    _look_at_people(session, person_ids, now)
    ended = sum(end_client(session, one, now, reason) for one in _unfit(session, person_ids, now))
    _sign_out(session, _without_standing(session, person_ids, now), now, reason)
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

    Raises Invalid, NotPermitted and Conflict as ``profiles.suspensions`` does, and Conflict when their record
    has become part of another meanwhile: the suspension would be of nobody.
    """
    take_turns(session, [person_id])
    check_stands_alone(session, person_id, now)
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
    session: Session, now: datetime, *, suspension: AccountSuspension, officer_id: UUID, **asked: Any
) -> None:
    """Lift a suspension. Whatever began while it was being imposed ends, so that nothing old comes back.

    Takes and raises what ``lifting.lift`` does.
    """
    person_id = suspension.person_id
    lifting.lift(session, now, suspension=suspension, officer_id=officer_id, **asked)
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
        end_accepted(session, person_id, now)
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
        live = with_live_session(session, col(SessionClient.person_id).in_(union(*theirs)))
    waiting = iter(sorted(live))
    while batch := list(islice(waiting, BATCH)):
        with open_session(engine, writes=False) as session:
            refused = [one for one in batch if not may_sign_in(session, one, now)]
        for some in _few(refused, engine):
            with unhurried_transaction(engine, LONG) as session:
                for person_id in some:
                    if not may_sign_in(session, person_id, now):
                        ended += sign_out_everywhere(session, person_id, now, reason, initiator)
    return ended


def turn(engine: Engine, now: datetime) -> int:
    """Deal with everything that changed or came due since the last turn; return how many sessions ended."""
    return advance_transfers(engine, now) + advance_loans(engine, now) + sweep(engine, now)


def _always() -> bool:
    return True


def advance_transfers(engine: Engine, now: datetime, go_on: GoOn = _always) -> int:
    """Let transfers take the steps that time has brought; settle whom they moved, return sessions ended."""
    settling = _Settling(engine, now, LONGER)
    while go_on():
        with unhurried_transaction(engine, LONGER) as session:
            moved = advance_due(session, now, limit=WRITTEN_AT_ONCE[engine.dialect.name])
        if not moved or not settling.settle(moved, go_on):
            break
    return settling.finish()


def advance_loans(engine: Engine, now: datetime, rules: LoanLimits = STANDARD, go_on: GoOn = _always) -> int:
    """Let loans take the steps that time has brought; settle whom they concern, return sessions ended."""
    settling = _Settling(engine, now, LONGER)
    while go_on():
        with unhurried_transaction(engine, LONGER) as session:
            moved = loans.advance_due(session, now, rules, limit=WRITTEN_AT_ONCE[engine.dialect.name])
        if not moved or not settling.settle(moved, go_on):
            break
    return settling.finish()


def sweep(engine: Engine, now: datetime, go_on: GoOn = _always) -> int:
    """Settle everybody whose facts, or whose apps' rules, changed or came due since the last sweep.

    The mark moves when all is done, so that nothing is left out after downtime, a crash or a stop.
    """
    with open_session(engine, writes=False) as session:
        mark = session.get(SweepMark, MARK)
        since = mark.swept_until if mark is not None else BEGINNING
        look_back = mark is None or now - mark.looked_back_at >= LOOK_BACK_EVERY
        people = changed_people(session, max(since - LATEST_COMMIT, BEGINNING) if look_back else since, now)
    settling = _Settling(engine, now)
    is_done = settling.settle(people, go_on)
    ended = settling.finish()
    if not is_done:
        return ended
    if people or look_back or now - since >= MARK_EVERY:
        with transaction(engine) as session:
            _move_mark(session, now, look_back)
    return ended


def settle_recorded(engine: Engine, since: datetime, now: datetime) -> int:
    """Settle those of whom something was recorded after ``since``; return how many sessions ended.

    For the middle of a long step, so that what nobody has planned does not wait for what many have. The mark
    stays: the next sweep looks at them again.
    """
    with open_session(engine, writes=False) as session:
        people = recorded_people(session, since, now)
    settling = _Settling(engine, now, is_planned=False)
    settling.settle(people)
    return settling.finish()


def _look_at_people(session: Session, person_ids: Collection[UUID], now: datetime) -> None:
    for look in (look_at_people, pay_corrections.look_at_people, loans.look_at_people):
        look(session, person_ids, now)


def _unfit(session: Session, person_ids: Collection[UUID], now: datetime) -> list[SessionClient]:
    """Their live sessions at apps that they may not use any more, or not in the roles that it was told."""
    live = select(SessionClient).where(LIVE, col(SessionClient.person_id).in_(person_ids))
    return [
        one
        for one in session.execute(live.order_by(col(SessionClient.id))).scalars().all()
        if not _is_as_told(one, access(session, one.person_id, one.app_id, now))
    ]


def _is_as_told(one: SessionClient, decision: Decision) -> bool:
    return decision.allowed and sorted(decision.roles) == sorted(one.roles)


def _without_standing(session: Session, person_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Those of them who are signed in and may not be any more, such as who works nowhere."""
    signed_in = select(col(LoginSession.person_id)).where(
        col(LoginSession.ended_at).is_(None), col(LoginSession.person_id).in_(person_ids)
    )
    found = sorted(set(session.execute(signed_in).scalars()))
    return [person_id for person_id in found if not may_sign_in(session, person_id, now)]


def _sign_out(session: Session, person_ids: Iterable[UUID], now: datetime, reason: str) -> None:
    for person_id in person_ids:
        sign_out_everywhere(session, person_id, now, reason, Initiator.system("time"))


def _moving(session: Session, person_ids: Collection[UUID]) -> list[UUID]:
    """Those of these people with a transfer or a loan that something recorded could concern."""
    moving = union(
        *(
            select(col(model.person_id)).where(
                col(model.person_id).in_(person_ids), col(model.in_flight).is_(True)
            )
            for model in (Transfer, Loan)
        )
    )
    return sorted(session.execute(moving).scalars())


class _Settling:
    """Settles people, a few in a transaction; whoever cannot be settled is logged and keeps up nobody."""

    def __init__(self, engine: Engine, now: datetime, rest: Rest = LONG, *, is_planned: bool = True) -> None:
        self._engine, self._now, self._rest, self._is_planned = engine, now, rest, is_planned
        self._ended = 0
        self._failed: list[Exception] = []

    def settle(self, person_ids: Iterable[UUID], go_on: GoOn = _always) -> bool:
        """Settle all of them, of a batch that fails each by themselves; False when told to stop before."""
        waiting = iter(person_ids)
        while batch := list(islice(waiting, BATCH)):
            if not go_on():
                return False
            try:
                self._settle(batch)
            except _REFUSED:
                for person_id in batch:
                    if not go_on():
                        return False
                    self._settle_one(person_id)
        return True

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
        """Decide while only reading, so that nobody waits for that; then write, a few at a time."""
        with open_session(self._engine, writes=False) as session:
            moving = _moving(session, person_ids)
        for some in _few(moving, self._engine):
            with unhurried_transaction(self._engine, self._rest) as session:
                _look_at_people(session, some, self._now)
        with open_session(self._engine, writes=False) as session:
            unfit = _unfit(session, person_ids, self._now)
            without = _without_standing(session, person_ids, self._now)
        reason = "Access to this app ended or changed."
        for ending in _few(unfit, self._engine):
            with unhurried_transaction(self._engine, self._rest) as session:
                ended = sum(
                    end_client(session, one, self._now, reason, is_planned=self._is_planned) for one in ending
                )
            self._ended += ended
        for leaving in _few(without, self._engine):
            with unhurried_transaction(self._engine, self._rest) as session:
                _sign_out(session, leaving, self._now, reason)


def _few(everything: Iterable[Few], engine: Engine) -> Iterator[list[Few]]:
    waiting = iter(everything)
    while some := list(islice(waiting, WRITTEN_AT_ONCE[engine.dialect.name])):
        yield some


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
