"""``python -m bench.readme``: puts the tables of ``results.json`` into the README, each between two marks."""

import json
from collections.abc import Mapping
from typing import Any

from bench.report import RESULTS, TOP

README = TOP / "README.md"
BEGIN = "<!-- The comparison: written by `python -m bench.readme` -->\n"
END = "<!-- The end of the comparison -->\n"
SIGN_INS_BEGIN = "<!-- The sign-ins: written by `python -m bench.readme` -->\n"
SIGN_INS_END = "<!-- The end of the sign-ins -->\n"
SIGN_INS_HEAD = """\
| sign-in | a second | p50, p95, p99 ms | processor ms | driver | department |
|---|---|---|---|---|---|
"""
HEAD = """\
| job | Lanyard | oidc-provider | ratio | p50, p95, p99 ms | theirs | processor ms | theirs |
|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Write the README anew. Raises ValueError when it has no marks."""
    text = README.read_text(encoding="utf-8")
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    text = inserted(text, table(results))
    text = inserted(text, sign_ins(results), SIGN_INS_BEGIN, SIGN_INS_END)
    README.write_text(text, encoding="utf-8")


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
