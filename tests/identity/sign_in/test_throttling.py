"""Attempts to sign in: counted before they are made, in windows that grow and are forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from app.database import transaction
from identity.sign_in import throttling
from identity.sign_in.models import Throttle
from identity.sign_in.throttling import ACCOUNT, ORGANISATION, SOURCE, Attempt, Wait

ADDRESS, SOURCE_ADDRESS = "priya.patel@hmrc.gov.uk", "192.0.2.1"
MINUTE = timedelta(minutes=1)


def _attempt(session: Session, now: datetime, address: str = ADDRESS, source: str = SOURCE_ADDRESS) -> int:
    """The minutes to wait; 0 when the attempt may be made."""
    result = throttling.take_attempt(session, address, source, now)
    return result.minutes(now) if isinstance(result, Wait) else 0


def test_the_first_attempts_pass_and_then_one_waits(session: Session, now: datetime) -> None:
    assert [_attempt(session, now) for _ in range(ACCOUNT.free + 2)] == [0] * ACCOUNT.free + [1, 1]


def test_attempts_at_once_need_not_be_counted_in_their_order(session: Session, now: datetime) -> None:
    """Of two people of one office, the one who pressed first may be counted last."""
    a_moment_before = now - timedelta(milliseconds=1)
    assert _attempt(session, now, "first@hmrc.gov.uk") == 0
    assert _attempt(session, a_moment_before, "second@hmrc.gov.uk") == 0
    third = throttling.take_attempt(session, "third@hmrc.gov.uk", SOURCE_ADDRESS, now)
    assert isinstance(third, Attempt)
    throttling.give_back(session, third)
    assert _attempt(session, a_moment_before, "fourth@hmrc.gov.uk") == 0


def test_the_windows_grow_to_a_limit(session: Session, now: datetime) -> None:
    for _ in range(ACCOUNT.free):
        _attempt(session, now)
    waits = []
    for _ in range(8):
        minutes = _attempt(session, now)
        waits.append(minutes)
        now += minutes * MINUTE
        assert _attempt(session, now) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_second_before_the_window_ends_one_still_waits(session: Session, now: datetime) -> None:
    for _ in range(ACCOUNT.free):
        _attempt(session, now)
    assert _attempt(session, now + MINUTE - timedelta(seconds=1)) == 1
    assert _attempt(session, now + MINUTE) == 0


def test_the_attempt_that_begins_a_window_says_so(session: Session, now: datetime) -> None:
    began = []
    for _ in range(ACCOUNT.free):
        attempt = throttling.take_attempt(session, ADDRESS, SOURCE_ADDRESS, now)
        assert isinstance(attempt, Attempt)
        began.append(attempt.began_window)
    assert began == [False] * (ACCOUNT.free - 1) + [True]


def test_a_success_lets_the_account_begin_anew(session: Session, now: datetime) -> None:
    for _ in range(ACCOUNT.free - 1):
        _attempt(session, now)
    last = throttling.take_attempt(session, ADDRESS, SOURCE_ADDRESS, now)
    assert isinstance(last, Attempt)
    throttling.give_back(session, last)
    assert [_attempt(session, now) for _ in range(ACCOUNT.free + 1)] == [0] * ACCOUNT.free + [1]


def test_a_quiet_day_lets_the_account_begin_anew(session: Session, now: datetime) -> None:
    for _ in range(ACCOUNT.free):
        _attempt(session, now)
    now += ACCOUNT.memory
    assert [_attempt(session, now) for _ in range(ACCOUNT.free + 1)] == [0] * ACCOUNT.free + [1]


@pytest.mark.parametrize("address", ["other@hmrc.gov.uk", ""])
def test_another_account_does_not_wait(session: Session, now: datetime, address: str) -> None:
    for _ in range(ACCOUNT.free):
        _attempt(session, now)
    assert _attempt(session, now, address) == 0


def test_an_account_is_the_same_however_it_is_typed(session: Session, now: datetime) -> None:
    for _ in range(ACCOUNT.free):
        _attempt(session, now)
    assert _attempt(session, now, f" {ADDRESS.upper()} ") == 1


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_source_waits_whatever_account_it_tries(
    session: Session, now: datetime, first: str, second: str, waits: bool
) -> None:
    for number in range(SOURCE.free):
        assert _attempt(session, now, f"person{number}@hmrc.gov.uk", first) == 0
    assert (_attempt(session, now, "one.more@hmrc.gov.uk", second) > 0) is waits


def test_an_office_that_signs_in_rightly_never_waits(session: Session, now: datetime) -> None:
    for number in range(SOURCE.free * 2):
        attempt = throttling.take_attempt(session, f"person{number}@hmrc.gov.uk", SOURCE_ADDRESS, now)
        assert isinstance(attempt, Attempt)
        throttling.give_back(session, attempt)


def test_an_office_that_had_failures_waits_for_no_success(session: Session, now: datetime) -> None:
    for number in range(SOURCE.free):
        _attempt(session, now, f"person{number}@hmrc.gov.uk")
    now += MINUTE
    for number in range(3):
        attempt = throttling.take_attempt(session, f"right{number}@hmrc.gov.uk", SOURCE_ADDRESS, now)
        assert isinstance(attempt, Attempt)
        throttling.give_back(session, attempt)
    assert _attempt(session, now, "wrong@hmrc.gov.uk") == 0
    assert _attempt(session, now, "wrong.too@hmrc.gov.uk") > 0


def test_a_busy_office_is_forgiven_after_an_hour_although_it_goes_on(session: Session, now: datetime) -> None:
    for number in range(SOURCE.free):
        assert _attempt(session, now + number * MINUTE, f"person{number}@hmrc.gov.uk") == 0
    later = now + SOURCE.memory
    assert [_attempt(session, later, f"late{number}@hmrc.gov.uk") for number in range(3)] == [0, 0, 0]


def _try_everybody(session: Session, now: datetime) -> set[int]:
    sources = [f"198.51.{number // 250}.{number % 250}" for number in range(ORGANISATION.free)]
    return {
        _attempt(session, now, f"person{number}@hmrc.gov.uk", source) for number, source in enumerate(sources)
    }


def test_one_password_cannot_be_tried_at_a_whole_organisation(session: Session, now: datetime) -> None:
    """From as many addresses as one likes; another organisation does not wait."""
    assert _try_everybody(session, now) == {0}
    assert _attempt(session, now, "one.more@hmrc.gov.uk", "203.0.113.1") == 1
    assert _attempt(session, now, "somebody@homeoffice.gov.uk", "203.0.113.2") == 0


def test_an_account_is_not_counted_while_its_organisation_waits(session: Session, now: datetime) -> None:
    _try_everybody(session, now)
    for number in range(ACCOUNT.free):
        assert _attempt(session, now, ADDRESS, f"203.0.113.{number}") == 1
    now += MINUTE
    assert _attempt(session, now, ADDRESS, "203.0.113.99") == 0


def test_what_was_typed_is_not_kept(session: Session, now: datetime) -> None:
    _attempt(session, now)
    keys = session.execute(select(Throttle.key)).scalars().all()
    assert not any(ADDRESS in key or SOURCE_ADDRESS in key for key in keys)


def test_counts_that_no_longer_matter_are_deleted(session: Session, now: datetime) -> None:
    _attempt(session, now)
    _attempt(session, now + MINUTE, "other@hmrc.gov.uk")
    throttling.forget_quiet(session, now + ACCOUNT.memory)
    assert (
        len(session.execute(select(Throttle)).all()) == 1
    )  # the other account; the source is forgotten sooner


def test_of_many_attempts_at_once_only_the_free_ones_pass(engine: Engine, now: datetime) -> None:
    def attempt(_number: int) -> int:
        with transaction(engine) as session:
            return _attempt(session, now)

    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(attempt, range(20)))
    assert waits.count(0) == ACCOUNT.free
