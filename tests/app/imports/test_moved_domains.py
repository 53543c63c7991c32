"""An e-mail domain goes to another organisation, and the addresses that people have stay: so do imports."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.database import transaction
from profiles.imports.records.models import ImportState
from profiles.organisations import domains
from profiles.people.models import WorkAddress
from tests.factories.importing import Importing
from tests.factories.organisations import INITIATOR, PROVENANCE
from tests.factories.records import json_lines, person_records

ADDRESS = {"kind": "address", "source_key": "A1", "person": "P1", "valid_from": "2024-04-01"}
ADDRESS |= {"address": "ada@hmrc.gov.uk"}
RECORDED = {"recorded_at": "2024-04-01T09:00:00Z"}
UNTIL = date(2025, 12, 31)


def end_domain(importing: Importing) -> None:
    """Through the last day of 2025 it was HMRC's."""
    with transaction(importing.engine) as session:
        domains.take(
            session,
            importing.now,
            PROVENANCE,
            INITIATOR,
            organisation_id=importing.organisation_id,
            domain="hmrc.gov.uk",
            last_day=UNTIL,
        )


def test_the_same_file_again_is_no_fault(importing: Importing) -> None:
    records = [*person_records("1"), ADDRESS]
    importing.whole(*records)
    end_domain(importing)
    again = importing.whole(*records)
    assert (again.counts["unchanged"], again.counts["added"], again.counts["changed"]) == (6, 0, 0)
    assert [one.address for one in importing.seen(WorkAddress)] == ["ada@hmrc.gov.uk"]


@pytest.mark.parametrize(
    ("said", "is_read"),
    [
        ({"valid_until": "2025-06-30"}, True),
        ({"valid_until": "2025-12-31"}, True),
        ({"valid_until": "2026-01-01"}, False),  # after it had gone
        ({}, False),
        ({"valid_from": "2001-01-01", "valid_until": "2004-01-01"}, False),  # before it was theirs
        ({"address": "ada@ho.gov.uk", "valid_until": "2025-06-30"}, False),
    ],
)
def test_only_what_was_over_while_it_was_theirs_is_new(
    importing: Importing, said: dict[str, Any], is_read: bool
) -> None:
    end_domain(importing)
    running = importing.begin(*person_records("1"), ADDRESS | said)
    assert running.check(1000).state is (ImportState.READY if is_read else ImportState.REFUSED)
    assert ("address,not_yours" in importing.report(running)) is not is_read


def test_a_changed_address_is_refused(importing: Importing) -> None:
    importing.whole(*person_records("1"), ADDRESS)
    end_domain(importing)
    running = importing.begin(ADDRESS | {"address": "eve@hmrc.gov.uk"})
    assert running.check(1000).state is ImportState.REFUSED
    assert "leave out what went with a domain" in importing.report(running)
    assert "eve@" not in importing.report(running)


@pytest.mark.parametrize(("since", "is_read"), [("2024-04-01", True), ("2026-01-01", False)])
def test_what_began_while_it_was_theirs_is_read_with_its_history(
    importing: Importing, since: str, is_read: bool
) -> None:
    end_domain(importing)
    records = [one | RECORDED for one in (*person_records("1"), ADDRESS | {"valid_from": since})]
    running = importing.receive(json_lines(*records), source="old-provider", with_history=True)
    running.check(1000)
    assert ("address,not_yours" in importing.report(running)) is not is_read
