"""Two records, a day before anything happens to them."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from tests.factories.merges import Twins, make_twins


@pytest.fixture
def twins(session: Session, now: datetime) -> Twins:
    """HMRC with two records of one person and its officers, on both databases."""
    return make_twins(session, now - timedelta(days=1))
