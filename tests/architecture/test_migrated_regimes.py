"""What the migration that gives every move its rules makes of a transfer that is there."""

import pytest

from tests.architecture.conftest import Before


@pytest.mark.parametrize(
    ("kind", "regime"),
    [("agency", "civil_service"), ("police_force", "joining_police"), ("outside", "civil_service")],
)
def test_a_transfer_that_is_there_follows_the_rules_of_its_kinds(
    before: Before, kind: str, regime: str
) -> None:
    before.to("0097")
    place = before.add("organisations", code="F", kind=kind)
    later = {"mitigations": "", "dates_offered_on": "2020-01-01"}
    moved = before.move(importing_organisation_id=place, **later)
    before.to("0098")
    assert before.one("SELECT regime FROM transfers WHERE id = :id", id=moved) == regime
