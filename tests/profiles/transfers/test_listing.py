"""The list of transfers is read a page at a time, by direction and state, for the two departments alone."""

import pytest

from profiles.transfers.models import Side, Transfer, TransferState
from profiles.transfers.service import Wanted, count_for, list_for
from tests.factories.transfers import Move


@pytest.fixture
def transfers(move: Move) -> list[Transfer]:
    """One that goes on, and two before it that were withdrawn; the newest first."""
    going = move.begin()
    values = going.model_dump(exclude={"id"}) | {"state": TransferState.WITHDRAWN, "in_flight": False}
    withdrawn = [Transfer(**values) for _ in range(2)]
    move.session.add_all(withdrawn)
    move.session.flush()
    return sorted((going, *withdrawn), key=lambda one: one.id, reverse=True)


def test_a_page_of_them_the_newest_first(move: Move, transfers: list[Transfer]) -> None:
    permissions = move.permissions(move.hmrc_officer)
    assert list_for(move.session, permissions, limit=2) == transfers[:2]
    assert list_for(move.session, permissions, limit=2, offset=2) == transfers[2:]
    assert count_for(move.session, permissions) == 3


@pytest.mark.parametrize(
    ("officer", "side", "found"),
    [
        ("hmrc_officer", Side.EXPORTING, 3),
        ("hmrc_officer", Side.IMPORTING, 0),
        ("home_office_officer", Side.IMPORTING, 3),
        ("home_office_officer", Side.EXPORTING, 0),
        ("stranger", None, 0),
    ],
)
def test_into_or_out_of_ones_own(
    move: Move, transfers: list[Transfer], officer: str, side: Side | None, found: int
) -> None:
    permissions, wanted = move.permissions(getattr(move, officer)), Wanted(side)
    assert len(list_for(move.session, permissions, wanted, limit=9)) == found
    assert count_for(move.session, permissions, wanted) == found


def test_those_in_one_state(move: Move, transfers: list[Transfer]) -> None:
    permissions, wanted = move.permissions(move.hmrc_officer), Wanted(state=TransferState.WITHDRAWN)
    found = list_for(move.session, permissions, wanted, limit=9)
    assert {one.state for one in found} == {TransferState.WITHDRAWN}
    assert count_for(move.session, permissions, wanted) == len(found) == 2
