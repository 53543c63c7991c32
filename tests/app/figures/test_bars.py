"""What a chart of the dashboard can say has bars; none where a number is not told."""

from types import SimpleNamespace
from typing import Any, cast

from flask import Flask

from app.figures import tables
from profiles.bulk_moves.models import BulkMoveState, Reason
from profiles.figures.counts import Count
from profiles.figures.late_bulk_moves import BulkReason
from profiles.figures.late_loans import LoanReason
from profiles.loans.models import LoanState
from profiles.transfers.models import TransferState


def test_endings_loans_and_bulk_moves_have_bars(app: Flask) -> None:
    three, few = Count(3), Count(10, fewer=True)
    state = BulkMoveState.SCHEDULED
    bulk = SimpleNamespace(
        on_the_way={state: three},
        people={state: few},
        late=SimpleNamespace(by_state={}, by_reason={BulkReason.CONFIRM: three}),
        set_apart={Reason.SIGN_IN: few, Reason.MOVED_ON: three},
    )
    loans = next(iter(LoanState))
    late_loans = SimpleNamespace(by_state={}, by_reason={LoanReason.HOST: few, LoanReason.RETURN: three})
    now = SimpleNamespace(loans={loans: three}, late_loans=late_loans)
    found = cast(Any, SimpleNamespace(endings={TransferState.CANCELLED: three}, now=now, bulk=bulk))
    with app.test_request_context():
        assert tables.endings(found).bars == [3]
        assert tables.loans(found).bars == [3]
        assert tables.late_loans(found).bars == [None, 3]
        assert tables.late_bulk_moves(found).bars == [3]
        assert tables.bulk_moves(found).bars == [3]
        assert sorted(tables.bulk_set_apart(found).bars, key=str) == [3, None]
