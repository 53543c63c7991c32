"""Somebody whose account is to be recovered."""

from datetime import datetime

import pytest
from sqlmodel import Session

from tests.factories.recoveries import Case, make_case


@pytest.fixture
def case(session: Session, now: datetime) -> Case:
    return make_case(session, now)
