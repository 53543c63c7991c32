"""Who waits for a clearance since the worker asks for one is reminded anew."""

from uuid import uuid4

from tests.architecture.conftest import HOME_OFFICE, LONG_AGO, OFFICER, Before

BEFORE, AFTER = "0127", "0124"


def _add(before: Before, **values: str | None) -> str:
    words = (
        "employment_number",
        "local_grade",
        "job_title",
        "profession",
        "unit",
        "location",
        "pay_location",
    )
    stamps = ("reminded_at", "escalated_at", "created_at")
    said = {
        "person_id": before.person(),
        "organisation_id": HOME_OFFICE,
        "invitation_id": uuid4().hex,
        "state": "waiting",
        "begins_at": "2999-03-16 00:00:00.000000",
        "contract_type": "permanent",
        "work_address": "priya@ho.gov.uk",
        "salary_pence": 1,
        "fte_thousandths": 1000,
        "prepared_by": OFFICER,
        "reason": "",
        "version": 1,
        **dict.fromkeys(words, "x"),
        **dict.fromkeys(stamps, LONG_AGO),
        **dict.fromkeys(("start_date", "continuous_service_from", "bpss_checked_on"), "2020-01-01"),
    }
    return before.add("appointments", **(said | values))


def test_a_security_officer_is_reminded_of_what_waits_already(before: Before) -> None:
    before.to(BEFORE)
    needs = _add(before, required_level="SC")
    needs_none = _add(before)
    agreed = _add(before, required_level="SC", state="agreed")
    before.to(AFTER)
    told = "SELECT reminded_at FROM appointments WHERE id = :id AND escalated_at IS NOT NULL"
    assert before.rows(told, id=needs) == []
    assert len(before.rows(told, id=needs_none)) == len(before.rows(told, id=agreed)) == 1
