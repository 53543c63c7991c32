"""``python -m bench.readme``: puts the tables of ``results.json`` into the README, each between two marks."""

import json
import re
from collections.abc import Mapping
from typing import Any

from bench.report import RESULTS, TOP

README = TOP / "README.md"
BEGIN = "<!-- The comparison: written by `python -m bench.readme` -->\n"
END = "<!-- The end of the comparison -->\n"
SIGN_INS_BEGIN = "<!-- The sign-ins: written by `python -m bench.readme` -->\n"
SIGN_INS_END = "<!-- The end of the sign-ins -->\n"
GROWTH_BEGIN = "<!-- The growth: written by `python -m bench.readme` -->\n"
GROWTH_END = "<!-- The end of the growth -->\n"
YEAR_BEGIN = "<!-- The year: written by `python -m bench.readme` -->\n"
YEAR_END = "<!-- The end of the year -->\n"
YEAR_JOB = "a simulated year of "
_GROWN_JOB = re.compile(r"(?P<job>.+), (?P<kind>SQLite|PostgreSQL), (?P<people>[0-9,]+) people")
GROWN = (
    ("profile as of a date", "p95", "p95 ms"),
    ("profile as of a date", "processor time p95", "of it our processor ms"),
    ("access decision", "p95", "p95 ms"),
    ("access decision", "processor time p95", "of it our processor ms"),
    ("who may use an app today", "slowest", "slowest of five, s"),
    ("who may use an app today", "found", "people found"),
)
"""The jobs and figures whose growth is shown, and how each is said."""
SIGN_INS_HEAD = """\
| sign-in | a second | p50, p95, p99 ms | processor ms | driver | department |
|---|---|---|---|---|---|
"""
HEAD = """\
| job | Lanyard | oidc-provider | ratio | p50, p95, p99 ms | theirs | processor ms | theirs |
|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Write the README anew, apart from what was not measured. Raises ValueError when it has no marks."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    README.write_text(written(README.read_text(encoding="utf-8"), results), encoding="utf-8")


def written(text: str, results: Mapping[str, Any]) -> str:
    """The text with each table of what was measured; what was not measured stays as it is."""
    if results.get("comparison"):
        text = inserted(text, table(results))
    if results.get("sign_ins"):
        text = inserted(text, sign_ins(results), SIGN_INS_BEGIN, SIGN_INS_END)
    if grown := growth(results):
        text = inserted(text, grown, GROWTH_BEGIN, GROWTH_END)
    if passed := year(results):
        text = inserted(text, passed, YEAR_BEGIN, YEAR_END)
    return text


def year(results: Mapping[str, Any]) -> str:
    """What the simulated year came to as a table in Markdown; empty where none passed."""
    lines = [
        f"| {one['job'].removeprefix(YEAR_JOB)}: {one['what']} "
        f"| {one['value']:,g} {one['unit']} | {_goal(one)} |"
        for one in results.get("measures", ())
        if one["job"].startswith(YEAR_JOB)
    ]
    return "\n".join(["| a year of | measured | goal |", "|---|---|---|", *lines, ""]) if lines else ""


def _goal(one: Mapping[str, Any]) -> str:
    limits = (("at_least", "at least"), ("at_most", "at most"))
    return "".join(f"{said} {one[name]:g} {one['unit']}" for name, said in limits if name in one)


def inserted(text: str, block: str, first: str = BEGIN, last: str = END) -> str:
    """The text with this between its marks. Raises ValueError when it has none."""
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"the README has no marks: {first.strip()}")
    return f"{before}{first}{block}{last}{after}"


def sign_ins(results: Mapping[str, Any]) -> str:
    """The sign-ins as a table in Markdown; one line a job, with what went wrong where it was counted."""
    return SIGN_INS_HEAD + "".join(map(_sign_in_line, results.get("sign_ins", ())))


def _sign_in_line(one: Mapping[str, Any]) -> str:
    served = f"{one['rate']:,.0f}"
    if "goal" in one:
        served = f"**{served} of {one['asked']:,.0f}**, {one['errors']:,} errors"
    cells = (
        f"{one['job']}, {one['database']}",
        served,
        _percentiles(one) if "p50" in one else "",
        _processor(one, "postgresql"),
        *(_short(one[name]) if name in one else "" for name in ("driver", "upstream")),
    )
    return f"| {' | '.join(cells)} |\n"


def growth(results: Mapping[str, Any]) -> str:
    """What was measured among more and more people as a table in Markdown; empty where nothing was."""
    values: dict[tuple[str, str, str, int], Any] = {}
    limits: dict[tuple[str, str], Any] = {}
    for one in results.get("measures", ()):
        if found := _GROWN_JOB.fullmatch(one["job"]):
            values[found["job"], one["what"], found["kind"], int(found["people"].replace(",", ""))] = one[
                "value"
            ]
            limits[found["job"], one["what"]] = one.get("at_most")
    # Other measurements decide on access too; only these ask who may use an app.
    grown = sorted({(kind, people) for job, _, kind, people in values if job == GROWN[-1][0]})
    sizes = sorted({people for _, people in grown})
    if not sizes:
        return ""
    lines = [["", *(f"{people:,} people" for people in sizes), "limit"], ["---"] * (len(sizes) + 2)]
    for kind in sorted({kind for kind, _ in grown}):
        for job, what, said in GROWN:
            cells = [values.get((job, what, kind, people), "") for people in sizes]
            limit = limits.get((job, what))
            lines.append([f"{job}, {kind}: {said}", *map(_plain, cells), _plain(limit or "")])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _short(value)


def table(results: Mapping[str, Any]) -> str:
    """The comparison as a table in Markdown; one line a job."""
    return HEAD + "".join(map(_line, results["comparison"]))


def _line(one: Mapping[str, Any]) -> str:
    ours, theirs, ratio = one["lanyard"], one["oidc_provider"], one["ratio"]["rate"]
    cells = (
        f"{one['job']}, {one['database']}",
        f"{ours['rate']:,.0f}/s",
        f"{theirs['rate']:,.0f}/s",
        f"**{ratio:.2f}**",
        _percentiles(ours),
        _percentiles(theirs),
        _processor(ours),
        _processor(theirs),
    )
    return f"| {' | '.join(cells)} |\n"


def _percentiles(figures: Mapping[str, float]) -> str:
    return ", ".join(_short(figures[name]) for name in ("p50", "p95", "p99"))


def _processor(figures: Mapping[str, float], database: str = "database") -> str:
    """Of the provider, and of PostgreSQL where it has one."""
    return " + ".join(_short(figures[name]) for name in ("processor", database) if name in figures)


def _short(milliseconds: float) -> str:
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.2g}"


if __name__ == "__main__":
    main()
