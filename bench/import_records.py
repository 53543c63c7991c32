"""How long 100,000 people in the open format take to import: the real command, as a process of its own."""

import json
from pathlib import Path

from app.database import create_engine
from bench.import_hmrc import LIMIT_MEGABYTES, run_command
from bench.other_writer import other_writer
from bench.report import Measure, percentiles

PEOPLE = 100_000
LIMIT_SECONDS = 120
_GRADE = {
    "kind": "grade",
    "source_key": "G",
    "valid_from": "2000-01-01",
    "label": "Officer of records",
    "common_grade": "EO",
}
_RECORDS = (
    {"kind": "name", "source_key": "N{0}", "person": "P{0}", "given_names": "Ada Jane", "family_name": "{1}"},
    {"kind": "birth_date", "source_key": "B{0}", "person": "P{0}", "born_on": "1990-05-17"},
    {"kind": "address", "source_key": "A{0}", "person": "P{0}", "address": "ada.{0}@hmrc.gov.uk"},
    {
        "kind": "employment",
        "source_key": "E{0}",
        "person": "P{0}",
        "number": "NO-{0}",
        "continuous_service_from": "2024-04-01",
        "contract_type": "permanent",
    },
    {
        "kind": "posting",
        "source_key": "T{0}",
        "employment": "E{0}",
        "posting_kind": "home",
        "local_grade": "Officer of records",
        "job_title": "Caseworker",
        "profession": "Operational Delivery",
    },
    {"kind": "pay", "source_key": "S{0}", "employment": "E{0}", "pay_reason": "appointment"},
)


def measure(database_url: str, folder: Path, kind: str, *, people: int = PEOPLE) -> list[Measure]:
    """Import made-up people, six records each, into HMRC, while somebody else writes now and then.

    More than `PEOPLE` go in files of so many, one after another: how the time grows with those already there.
    Raises RuntimeError when it failed.
    """
    measures: list[Measure] = []
    for first in range(0, people, PEOPLE):
        keys = range(first, min(first + PEOPLE, people))
        job = f"import of {len(keys):,} people in the open format, {kind}"
        measures += _measure_one(database_url, folder, job + (f", beside {first:,}" if first else ""), keys)
    return measures


def _measure_one(database_url: str, folder: Path, job: str, keys: range) -> list[Measure]:
    people = len(keys)
    file = folder / "records.jsonl"
    with file.open("w", encoding="utf-8") as target:
        target.write(json.dumps(_GRADE) + "\n")
        for number in keys:
            target.writelines(_lines(f"{number:06}"))
    arguments = ["import", str(file), "--organisation", "HMRC", "--source", "bench", "--json"]
    unlimited = {"LANYARD_SECOND_OFFICER_ABOVE": str(people)}
    engine = create_engine(database_url)
    with other_writer(engine) as waited:
        ran = run_command(arguments, database_url, folder, unlimited)
    engine.dispose()
    imported = json.loads(ran.answer)
    grades = 0 if keys.start else 1
    if imported["people"] != people or imported["added"] != people * len(_RECORDS) + grades:
        raise RuntimeError(f"not everybody was imported:\n{ran.answer}")
    return [
        Measure(job, "time", round(ran.seconds, 1), "s", at_most=LIMIT_SECONDS),
        Measure(job, "processor time", round(ran.processor_seconds, 1), "s"),
        Measure(job, "memory", round(ran.megabytes), "MB", at_most=LIMIT_MEGABYTES),
        Measure(job, "rate", round(people / ran.seconds), "people/s"),
        *percentiles(job, waited, of="somebody else's write meanwhile "),
        Measure(job, "somebody else's slowest write", round(max(waited) * 1000), "ms"),
    ]


def _lines(key: str) -> list[str]:
    name = "B" + key.translate(str.maketrans("0123456789", "abcdefghij"))
    lines = []
    for record in _RECORDS:
        made: dict[str, object] = {field: text.format(key, name) for field, text in record.items()}
        made["valid_from"] = "2024-04-01"
        if record["kind"] == "pay":
            made["salary_pence"] = 3_000_000
        lines.append(json.dumps(made) + "\n")
    return lines
