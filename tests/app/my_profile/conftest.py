"""The employee at a browser."""

import pytest
from flask import Flask

from tests.factories.transfers import Move
from tests.support.signed_in import sign_in
from tests.support.visitor import Visitor


@pytest.fixture
def employee(app: Flask, move: Move) -> Visitor:
    return sign_in(app, move.employee)
