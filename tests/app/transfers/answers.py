"""What an officer of the Home Office types into the forms."""

from typing import Any

PATH = "/transfers/new"


def answers(code: str, organisation_id: object, **changes: Any) -> dict[str, Any]:
    """Good terms, as a form sends them; dates are lists of day, month and year."""
    typed = {
        "code": code,
        "organisation": str(organisation_id),
        "local_grade": "Senior Officer",
        "job_title": "Senior Caseworker",
        "profession": "Operational Delivery",
        "unit": "Visas",
        "location": "Croydon",
        "employment_number": "HO-1",
        "work_address": "priya.patel@ho.gov.uk",
        "contract_type": "permanent",
        "fte_thousandths": "100",
        "salary": "£41,000.50",
        "start_date": ["16", "3", "2026"],
        "last_day": ["13", "3", "2026"],
        "required_level": "SC",
        "bpss_checked_on": ["20", "2", "2026"],
    }
    return typed | changes
