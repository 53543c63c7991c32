"""A loan on the whole application."""

import pytest

from tests.factories.loans import Lending, make_lending
from tests.factories.transfers import Move


@pytest.fixture
def lending(move: Move) -> Lending:
    """Two more people of HMRC beside those of the move; commit before a request."""
    made = make_lending(move)
    move.session.commit()
    return made
