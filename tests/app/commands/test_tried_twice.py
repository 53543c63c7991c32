"""Two that meet at one constraint: the second begins anew once, and then says what happened."""

import pytest
from sqlalchemy.exc import IntegrityError

from app.commands.context import tried_twice
from profiles.errors import Conflict


def test_what_met_another_is_begun_anew_once() -> None:
    refused = [IntegrityError("INSERT", None, Exception("no_overlap")) for _ in range(3)]

    def step() -> str:
        if refused:
            raise refused.pop()
        return "recorded"

    with pytest.raises(Conflict, match="at the same moment"):
        tried_twice(step)
    assert len(refused) == 1
    assert tried_twice(step) == "recorded"
