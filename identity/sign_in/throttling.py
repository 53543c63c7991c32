"""Refuses to try passwords without end: for one account, from one source, at one organisation.

An attempt is counted before its password is looked at, by one conditional UPSERT in a transaction of its own:
a hundred attempts at once cannot all pass, and a refusal does not undo the count. A sign-in that succeeds
gives its attempt back. An account is known by what was typed, so that unknown ones behave the same; an
organisation by the domain of that.

A browser that the person is known in has a count of its own and no other, so that no stranger's attempts keep
them out there.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime

from identity.sign_in.models import Throttle


@dataclass(frozen=True)
class Rule:
    """Attempt number ``free``, and each after it, is followed by the next window; the last one repeats.

    The count begins anew ``memory`` after the first attempt, or after the last where ``quiet`` is asked for.
    """

    free: int
    windows: tuple[timedelta, ...]
    memory: timedelta
    quiet: bool


_MINUTE = timedelta(minutes=1)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""What need not wait is blocked until then, and not until now: attempts at once are counted in any order."""
ACCOUNT = Rule(
    5, tuple(_MINUTE * minutes for minutes in (1, 2, 4, 8, 16, 32, 60)), timedelta(hours=24), quiet=True
)
SOURCE = Rule(50, tuple(_MINUTE * minutes for minutes in (1, 2, 4, 8, 15)), timedelta(hours=1), quiet=False)
"""Generous and soon forgotten: a whole office may share one address, and somebody always mistypes."""
ORGANISATION = Rule(
    500, tuple(_MINUTE * minutes for minutes in (1, 2, 4, 8, 15)), timedelta(hours=1), quiet=False
)
"""Against one password that is tried at everybody, from many addresses. Known browsers, passkeys and
departments' accounts go on meanwhile, so that it stops guessing and not an organisation."""


@dataclass(frozen=True)
class Attempt:
    """An attempt that may go on. ``began_window`` says that it is the last for a while unless it succeeds.

    ``shared_keys`` are counts that others take part in.
    """

    account_key: str
    shared_keys: tuple[str, ...]
    began_window: bool


@dataclass(frozen=True)
class Wait:
    """An attempt that may not go on before ``until``."""

    until: datetime

    def minutes(self, now: datetime) -> int:
        """The whole minutes to wait, at least one."""
        return max(1, -(-(self.until - now) // _MINUTE))


def take_attempt(
    session: Session,
    address: str,
    source: str,
    now: datetime,
    *,
    kind: str = "account",
    known_browser: UUID | None = None,
) -> Attempt | Wait:
    """Count an attempt at an account (as it was typed) from a network address, or say how long to wait.

    What is of another ``kind`` is counted on its own, and what comes from a ``known_browser`` of the account.
    """
    if known_browser is not None:
        browser_key = _hashed(f"{kind} at a known browser", str(known_browser))
        failures = _count(session, browser_key, ACCOUNT, now)
        if failures is None:
            return _wait(session, browser_key, now)
        return Attempt(browser_key, (), failures >= ACCOUNT.free)
    typed = address.strip().lower()
    account_key = _hashed(kind, typed)
    network_key = source_key(source)
    organisation_key = _hashed("organisation", typed.rpartition("@")[2])
    windows_began = False
    for key, rule in ((network_key, SOURCE), (account_key, ACCOUNT), (organisation_key, ORGANISATION)):
        failures = _count(session, key, rule, now)
        if failures is None:
            if key == organisation_key:  # nothing was tried at this account
                _uncount(session, (account_key,))
            return _wait(session, key, now)
        windows_began = windows_began or failures >= rule.free
    return Attempt(account_key, (network_key, organisation_key), windows_began)


def take_failure(session: Session, source: str, now: datetime) -> bool | Wait:
    """Count a failure with what cannot be guessed, or say how long its network address must wait.

    True when it is the last for a while.
    """
    key = _hashed("unguessable", _network(source))
    failures = _count(session, key, SOURCE, now)
    return _wait(session, key, now) if failures is None else failures >= SOURCE.free


def take_turn(session: Session, kind: str, value: str, rule: Rule, now: datetime) -> bool | Wait:
    """Count what is no attempt to sign in by a rule of its own, or say how long to wait.

    True when it is the last for a while.
    """
    key = _hashed(kind, value)
    turns = _count(session, key, rule, now)
    return _wait(session, key, now) if turns is None else turns >= rule.free


def give_back(session: Session, attempt: Attempt) -> None:
    """The attempt succeeded: the account begins anew, what is shared has one fewer and need not wait.

    The window that ends is the attempt's own: nobody else's attempt passes while a shared count waits.
    """
    _uncount(session, attempt.shared_keys)
    session.connection().execute(delete(Throttle).where(col(Throttle.key) == attempt.account_key))


def forget_quiet(session: Session, now: datetime) -> None:
    """Delete the counts that no longer matter; one that is being counted just now is left alone."""
    quiet = select(col(Throttle.key)).where(col(Throttle.forget_at) <= now).with_for_update(skip_locked=True)
    session.connection().execute(delete(Throttle).where(col(Throttle.key).in_(quiet)))


def _uncount(session: Session, keys: Sequence[str]) -> None:
    """Take one attempt back from each of these counts, and the window that it began."""
    for key in keys:
        session.connection().execute(
            update(Throttle)
            .where(col(Throttle.key) == key, col(Throttle.failures) > 0)
            .values(failures=col(Throttle.failures) - 1, blocked_until=_LONG_AGO)
        )


def _wait(session: Session, key: str, now: datetime) -> Wait:
    """How long this count must wait. It may have been given back meanwhile; then one may try at once."""
    until = select(col(Throttle.blocked_until)).where(col(Throttle.key) == key)
    return Wait(session.execute(until).scalar_one_or_none() or now)


def _count(session: Session, key: str, rule: Rule, now: datetime) -> int | None:
    """The number of attempts with this one; None when it must wait."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    over = col(Throttle.forget_at) <= now
    attempts = case((over, 1), else_=col(Throttle.failures) + 1)
    anew = literal(now + rule.memory, UTCDateTime)
    forget_at = anew if rule.quiet else case((over, anew), else_=col(Throttle.forget_at))
    last = len(rule.windows) - 1
    blocked_until = case(
        (attempts < rule.free, literal(_LONG_AGO, UTCDateTime)),
        *(
            (attempts == rule.free + index, literal(now + window, UTCDateTime))
            for index, window in enumerate(rule.windows[:last])
        ),
        else_=literal(now + rule.windows[last], UTCDateTime),
    )
    counted = (
        insert(Throttle)
        .values(key=key, failures=1, blocked_until=_LONG_AGO, forget_at=now + rule.memory)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"failures": attempts, "blocked_until": blocked_until, "forget_at": forget_at},
            where=col(Throttle.blocked_until) <= now,
        )
        .returning(col(Throttle.failures))
    )
    failures: int | None = session.connection().execute(counted).scalar_one_or_none()
    return failures


def source_key(source: str) -> str:
    """What a network address is counted by; not the address itself."""
    return _hashed("source", _network(source))


def _hashed(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def _network(source: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address, of which one household has all."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))
