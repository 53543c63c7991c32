"""Transfer codes are spent once, expire, and say nothing of anybody to who has none."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.database import transaction
from profiles.errors import Invalid
from profiles.transfers import codes
from profiles.transfers.models import TransferCode
from tests.factories.transfers import Move

LIFE = timedelta(hours=72)


def test_a_code_is_its_makers(move: Move) -> None:
    assert codes.whose(move.session, move.code(), move.now) == move.employee


def test_a_code_may_be_typed_in_lower_case_and_without_dashes(move: Move) -> None:
    code = move.code().lower().replace("-", " ")
    assert codes.redeem(move.session, code, move.home_office.id, move.now) == move.employee


def test_a_code_is_spent_once(move: Move) -> None:
    code = move.code()
    codes.redeem(move.session, code, move.home_office.id, move.now)
    with pytest.raises(Invalid, match="has been used"):
        codes.redeem(move.session, code, move.home_office.id, move.now)


def test_a_code_expires(move: Move) -> None:
    code = move.code()
    with pytest.raises(Invalid, match="has expired"):
        codes.redeem(move.session, code, move.home_office.id, move.now + LIFE)


def test_a_new_code_stops_the_one_before(move: Move) -> None:
    first = move.code()
    move.code()
    with pytest.raises(Invalid, match="has expired"):
        codes.whose(move.session, first, move.now)


def test_an_unknown_code_is_refused(move: Move) -> None:
    with pytest.raises(Invalid, match="no such transfer code"):
        codes.whose(move.session, codes.new_code(), move.now)


def test_a_code_rests_only_as_a_hash(move: Move) -> None:
    code = move.code()
    kept = move.session.exec(select(TransferCode)).one()
    assert code.replace("-", "") not in str(kept.model_dump())


def test_of_codes_made_at_once_one_is_good(engine: Engine, move: Move) -> None:
    move.session.commit()

    def make(_number: int) -> str:
        with transaction(engine) as session:
            return codes.make_code(session, move.employee, move.now, LIFE)[0]

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(make, range(6)))
    kept = move.session.exec(select(TransferCode)).all()
    assert sum(code.expires_at > move.now for code in kept) == 1
