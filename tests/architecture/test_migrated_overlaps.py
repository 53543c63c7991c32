"""What the migration makes of facts that overlap already, where a rule comes that they may not."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic.script import ScriptDirectory

from app.migrations import configuration
from profiles.errors import Conflict
from tests.architecture.conftest import HMRC, LONG_AGO, OFFICER, Before

JANUARY, MARCH, JUNE, AUGUST = (f"2021-{month:02}-01 00:00:00.000000" for month in (1, 3, 6, 8))
CLEARANCE = uuid4().hex
SCRIPT: Any = next(
    one
    for one in ScriptDirectory.from_config(configuration("sqlite://")).walk_revisions()
    if one.module.__name__.endswith("more_that_cannot_be_at_once_py")
)


def fact(before: Before, table: str, begins: str, ends: str | None, **values: Any) -> str:
    common = {"fact_id": uuid4().hex, "recorded_at": LONG_AGO, "source": "x", "reason": "x"}
    span = {"valid_from": begins, "valid_to": ends}
    return before.add(table, **common | span | {"person_id": OFFICER} | values)


def share(before: Before, begins: str, ends: str | None, **changes: Any) -> str:
    values = {"clearance_id": CLEARANCE, "organisation_id": HMRC, "kind": "shared"}
    return fact(before, "sponsorships", begins, ends, **values | changes)


def role(before: Before, **changes: Any) -> str:
    values = {"role": "auditor", "organisation_id": HMRC, "include_subtree": False}
    return fact(before, "role_assignments", JANUARY, None, **values | changes)


def spans(before: Before, table: str) -> list[tuple[str, str]]:
    found = before.rows(
        f"SELECT valid_from, valid_to FROM {table} WHERE superseded_at IS NULL ORDER BY valid_from"
    )
    return [(_month(one), _month(other)) for one, other in found]


def _month(moment: Any) -> str:
    return "" if moment is None else str(moment)[5:7]


def test_what_is_said_twice_is_said_once_of_the_same_time(before: Before) -> None:
    before.to(SCRIPT.down_revision)
    share(before, JANUARY, JUNE)
    covered = share(before, MARCH, MARCH.replace("-03-", "-05-"))
    later = share(before, MARCH, AUGUST)
    share(before, MARCH, None, organisation_id=HMRC, kind="primary")
    before.to(SCRIPT.revision)
    found = [one for one in spans(before, "sponsorships") if one[1]]
    assert found == [("01", "06"), ("06", "08")]
    kept = before.rows("SELECT id FROM sponsorships WHERE superseded_at IS NOT NULL AND valid_to IS NOT NULL")
    assert {UUID(str(one)).hex for (one,) in kept} == {covered, later}


def test_a_role_that_is_held_twice_is_held_once_and_for_as_long_as_the_longer(before: Before) -> None:
    before.to(SCRIPT.down_revision)
    role(before, valid_to=JUNE)
    role(before)
    before.to(SCRIPT.revision)
    assert spans(before, "role_assignments") == [("01", "")]


def test_what_says_different_things_is_named_and_nothing_is_changed(before: Before) -> None:
    before.to(SCRIPT.down_revision)
    share(before, JANUARY, JUNE)
    share(before, MARCH, AUGUST)
    one, two = role(before), role(before, include_subtree=True)
    named = {"fact_id": uuid4().hex, "recorded_at": LONG_AGO, "source": "x", "reason": "x"}
    before.add("organisation_details", organisation_id=HMRC, name="Customs", valid_from=LONG_AGO, **named)
    with pytest.raises(Conflict) as refused:
        before.to(SCRIPT.revision)
    said = refused.value.message
    assert all(str(UUID(each)) in said for each in (one, two))
    assert "role_assignments (auditor) at Customs: " in said
    assert "(from 2021-01-01) and " in said
    assert spans(before, "sponsorships") == [("01", "06"), ("03", "08")]


def test_what_an_unfinished_import_has_written_is_left_to_it(before: Before) -> None:
    before.to(SCRIPT.down_revision)
    share(before, JANUARY, JUNE)
    share(before, MARCH, AUGUST, load_id=before.load())
    with pytest.raises(Conflict, match="not finished"):
        before.to(SCRIPT.revision)
