"""Threads take turns, give them up while they wait, and never wait for ever."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.database import create_engine, transaction
from identity import turn
from identity.turn import Turn, out_of_turn, wait_for

LONG = 30.0


@contextmanager
def somebody_in(one: Turn) -> Iterator[None]:
    """Another thread has the turn until the block ends."""
    has_it, may_end = threading.Event(), threading.Event()

    def stay() -> None:
        with one.taken():
            has_it.set()
            may_end.wait(LONG)

    thread = threading.Thread(target=stay)
    thread.start()
    assert has_it.wait(LONG)
    try:
        yield
    finally:
        may_end.set()
        thread.join()


def test_one_thread_has_the_turn() -> None:
    one, order = Turn(LONG), []

    def come_second() -> None:
        with one.taken():
            order.append("second")

    with one.taken():
        second = threading.Thread(target=come_second)
        second.start()
        order.append("first")
    second.join()
    assert order == ["first", "second"]
    assert not one.is_mine


def test_who_gives_it_up_lets_somebody_in_and_has_it_afterwards() -> None:
    one = Turn(LONG)
    with one.taken():
        with one.given_up(), somebody_in(one):
            assert not one.is_mine
        assert one.is_mine


def test_who_has_none_gives_none_up() -> None:
    one = Turn(LONG)
    with one.given_up():
        pass
    assert not one.is_mine
    with somebody_in(one), one.given_up():
        pass


def test_a_request_within_a_request_goes_on_in_the_same_turn() -> None:
    one = Turn(LONG)
    with one.taken():
        with one.taken():
            pass
        assert one.is_mine
    assert not one.is_mine


def test_whoever_waits_too_long_goes_ahead_without() -> None:
    one = Turn(0.001)
    with somebody_in(one), one.taken():
        assert not one.is_mine


def test_an_error_ends_the_turn() -> None:
    one = Turn(LONG)
    with pytest.raises(ZeroDivisionError), one.taken():
        raise ZeroDivisionError
    with one.taken():
        assert one.is_mine


def test_other_servers_are_asked_out_of_turn() -> None:
    def fetch(address: str) -> tuple[str, bool]:
        return address, turn.TURN.is_mine

    with turn.TURN.taken():
        assert out_of_turn(fetch)("https://a.example") == ("https://a.example", False)
        assert turn.TURN.is_mine


def test_who_waits_for_a_place_gives_the_turn_up() -> None:
    place, meanwhile = threading.Semaphore(0), []

    def make_room() -> None:
        with turn.TURN.taken():
            meanwhile.append(turn.TURN.is_mine)
            place.release()

    with turn.TURN.taken():
        thread = threading.Thread(target=make_room)
        thread.start()
        assert wait_for(place, LONG)
    thread.join()
    assert meanwhile == [True]


def test_who_waits_for_another_process_to_write_gives_the_turn_up(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'lanyard.db'}"
    ours, of_another_process = create_engine(address), create_engine(address)
    has_it, wrote = threading.Event(), []

    def write() -> None:
        with turn.TURN.taken():
            has_it.set()
            with transaction(ours) as session:
                wrote.append(session.connection().in_transaction())

    with transaction(of_another_process) as session:
        session.connection()
        thread = threading.Thread(target=write)
        thread.start()
        assert has_it.wait(LONG)
        with turn.TURN.taken():
            assert turn.TURN.is_mine
            assert not wrote
    thread.join()
    assert wrote == [True]
    ours.dispose()
    of_another_process.dispose()
