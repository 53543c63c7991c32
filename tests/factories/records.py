"""Files of records for tests."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any


def person_records(key: str, *, number: str | None = None, **changes: Any) -> list[dict[str, Any]]:
    """Somebody's name, birth date, employment, posting and pay, in HMRC since April 2024.

    ``changes`` are fields of whichever records have them.
    """
    common = {"valid_from": "2024-04-01"}
    employed = {"employment": f"E{key}"}
    records: list[dict[str, Any]] = [
        {
            "kind": "name",
            "source_key": f"N{key}",
            "person": f"P{key}",
            "given_names": "Ada",
            "family_name": family_name(key),
        },
        {"kind": "birth_date", "source_key": f"B{key}", "person": f"P{key}", "born_on": "1990-05-17"},
        {
            "kind": "employment",
            "source_key": f"E{key}",
            "person": f"P{key}",
            "number": number or f"NO-{key}",
            "continuous_service_from": "2024-04-01",
            "contract_type": "permanent",
        },
        {
            "kind": "posting",
            "source_key": f"T{key}",
            "posting_kind": "home",
            "local_grade": "Officer",
            "job_title": "Caseworker",
            **employed,
        },
        {
            "kind": "pay",
            "source_key": f"S{key}",
            "salary_pence": 3_000_000,
            "pay_reason": "appointment",
            **employed,
        },
    ]
    return [
        common | one | {name: value for name, value in changes.items() if name in one or name in common}
        for one in records
    ]


def leaver_records(key: str) -> list[dict[str, Any]]:
    """Somebody who left on the last day of March 2025, and whose name goes on."""
    left = {"valid_until": "2025-03-31"}
    return [one | (left if one["kind"] not in {"name", "birth_date"} else {}) for one in person_records(key)]


def family_name(key: str) -> str:
    """A name of letters alone, because digits do not tell names apart."""
    return "Byron" + "".join(chr(ord("a") + int(digit)) for digit in key)


def json_lines(*records: Mapping[str, Any]) -> bytes:
    """The records as JSON Lines."""
    return "".join(json.dumps(one) + "\n" for one in records).encode()


def csv_file(*records: Mapping[str, Any]) -> bytes:
    """Records of one kind as CSV."""
    columns = list(dict.fromkeys(name for one in records for name in one if name != "kind"))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def clearance_records(key: str, **changes: Any) -> list[dict[str, Any]]:
    """An active SC since April 2024, sponsored by HMRC; ``changes`` are fields of the clearance."""
    clearance = {
        "kind": "clearance",
        "source_key": f"C{key}",
        "person": f"P{key}",
        "level": "SC",
        "status": "active",
        "valid_from": "2024-04-01",
        "decided_on": "2024-04-01",
        "expires_on": "2034-03-31",
    }
    sponsorship = {
        "kind": "sponsorship",
        "source_key": f"R{key}",
        "clearance": f"C{key}",
        "sponsorship_kind": "primary",
        "valid_from": "2024-04-01",
    }
    return [clearance | changes, sponsorship]
