"""All of DECC on the way to BEIS."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from tests.factories.bulk_moves import Moving, make_moving


@pytest.fixture
def moving(engine: Engine, now: datetime) -> Moving:
    """DECC with three people who move beside its officers, and BEIS with an officer."""
    return make_moving(engine, now)
