"""Grades that postings use and nobody has mapped: which they are, and the records that say what they mean."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlmodel import Session

from profiles.imports.records.problems import Problem
from profiles.imports.records.values import LONGEST_KEY
from profiles.imports.records.workbook import Workbook, read_instant
from profiles.organisations import service as organisations
from profiles.organisations.grades import CommonGrade
from profiles.pay.models import PayScale
from profiles.pay.scales import place_key
from profiles.temporal import civil_date, history

SOURCE = "grades"
"""The source of the records that a page makes of an officer's answers."""


class UnknownGrade(TypedDict):
    """An organisation's label, how many postings of the files have it, and the first civil day of one."""

    organisation: str
    label: str
    postings: int
    since: str


def report_unknown(
    session: Session, workbook: Workbook, own_code: str, codes: Mapping[str, UUID], now: datetime
) -> None:
    """Report each label once, with how often it is used, and note it for whoever maps it."""
    labels = workbook.run(
        "SELECT coalesce(json_extract(content, '$.organisation'), ?) AS code,"
        " json_extract(content, '$.local_grade') AS label, count(*), min(n), min(valid_from)"
        " FROM records WHERE kind = 'posting' GROUP BY code, label ORDER BY code, label",
        own_code,
    ).fetchall()
    brought = set(
        workbook.run(
            "SELECT coalesce(json_extract(content, '$.organisation'), ?), json_extract(content, '$.label')"
            " FROM records WHERE kind = 'grade'",
            own_code,
        )
    )
    mapped = {
        code: organisations.grades_of(session, codes[code], now)
        for code in {code for code, *_ in labels}
        if code in codes
    }
    for code, label, count, first, since in labels:
        if code not in mapped or label in mapped[code] or (code, label) in brought:
            continue
        file, line = workbook.run("SELECT file, line FROM records WHERE n = ?", first).fetchone()
        holders = f"{count:,} postings have it" if count > 1 else "1 posting has it"
        message = (
            f"The grade {label!r} of {code} is not mapped to a common grade ({holders})."
            " Add it as a record of the kind grade."
        )
        workbook.report(Problem(file, line, "local_grade", "unknown_grade", message))
        found = UnknownGrade(
            organisation=code, label=label, postings=count, since=civil_date(read_instant(since)).isoformat()
        )
        workbook.run("INSERT INTO unknown_grades VALUES (?)", json.dumps(found))


def report_scales_of_none(
    session: Session, workbook: Workbook, own_code: str, codes: Mapping[str, UUID], now: datetime
) -> None:
    """Report each pay scale of a grade that its organisation never had, and that these files do not bring."""
    brought = "SELECT coalesce(json_extract(content, '$.organisation'), ?1), json_extract(content, '$.label')"
    scales = workbook.run(
        "SELECT file, line, coalesce(json_extract(content, '$.organisation'), ?1) AS code,"  # noqa: S608
        " json_extract(content, '$.local_grade') AS label FROM records WHERE kind = 'pay_scale'"
        f" AND (code, label) NOT IN ({brought} FROM records WHERE kind = 'grade')",
        own_code,
    ).fetchall()
    had = {
        code: organisations.labels_ever(session, codes[code], now)
        for code in {code for _, _, code, _ in scales}
        if code in codes
    }
    for file, line, code, label in scales:
        if label not in had.get(code, {label}):
            message = f"is no grade of {code}. Add it as a record of the kind grade."
            workbook.report(Problem(file, line, "local_grade", "unknown_grade", message))


def report_scales_respelt(
    session: Session, workbook: Workbook, own_code: str, codes: Mapping[str, UUID], now: datetime
) -> None:
    """Report each pay scale whose location another of the grade spells otherwise, recorded or in these files.

    London and london would be two scales of one place.
    """
    scales = workbook.run(
        "SELECT coalesce(json_extract(content, '$.organisation'), ?) AS code,"
        " json_extract(content, '$.local_grade') AS label,"
        " coalesce(json_extract(content, '$.location'), '') AS location, min(n)"
        " FROM records WHERE kind = 'pay_scale' GROUP BY code, label, location ORDER BY min(n)",
        own_code,
    ).fetchall()
    spelt: dict[tuple[str, str, str], list[str]] = {}
    for code in {code for code, *_ in scales if code in codes}:
        for one in history(session, PayScale, now, organisation_id=codes[code]):
            spelt.setdefault((code, one.local_grade, place_key(one.location)), []).append(one.location)
    for code, label, location, first in scales:
        known = spelt.setdefault((code, label, place_key(location)), [location])
        if location not in known:
            file, line = workbook.run("SELECT file, line FROM records WHERE n = ?", first).fetchone()
            message = f"is spelt {known[0]!r} in another scale of the grade. Spell it the same."
            workbook.report(Problem(file, line, "location", "another_spelling", message))


def unknown_in(workbook: Workbook) -> list[UnknownGrade]:
    """What was noted."""
    return [json.loads(one) for one in workbook.column("SELECT grade FROM unknown_grades")]


def records_of(grades: Sequence[UnknownGrade], meanings: Iterable[CommonGrade | None]) -> bytes:
    """JSON Lines that say what each grade means, from the first day on which somebody held it."""
    return b"".join(
        json.dumps(
            {
                "kind": "grade",
                "source_key": key_of(f"{one['organisation']} {one['label']}"),
                "organisation": one["organisation"],
                "label": one["label"],
                "common_grade": meaning,
                "valid_from": one["since"],
            }
        ).encode()
        + b"\n"
        for one, meaning in zip(grades, meanings, strict=True)
    )


def key_of(label: str) -> str:
    """What a source of grades calls a label: itself, or a part and a digest of a long one."""
    if len(label) <= LONGEST_KEY:
        return label
    return f"{label[:60].rstrip()} {hashlib.sha256(label.encode()).hexdigest()[:32]}"
