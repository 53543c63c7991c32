"""``python -m bench.readme``: puts the comparison of ``results.json`` into the README, between two marks."""

import json
from collections.abc import Mapping
from typing import Any

from bench.report import RESULTS, TOP

README = TOP / "README.md"
BEGIN = "<!-- The comparison: written by `python -m bench.readme` -->\n"
END = "<!-- The end of the comparison -->\n"
HEAD = """\
| job | Lanyard | oidc-provider | ratio | p50, p95, p99 ms | theirs | processor ms | theirs |
|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Write the README anew. Raises ValueError when it has no marks."""
    text = README.read_text(encoding="utf-8")
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    README.write_text(inserted(text, table(results)), encoding="utf-8")


def inserted(text: str, block: str) -> str:
    """The text with this between its marks. Raises ValueError when it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the README has no marks for the comparison")
    return f"{before}{BEGIN}{block}{END}{after}"


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


def _processor(figures: Mapping[str, float]) -> str:
    """Of the provider, and of PostgreSQL where it has one."""
    return " + ".join(_short(figures[name]) for name in ("processor", "database") if name in figures)


def _short(milliseconds: float) -> str:
    return f"{milliseconds:,.0f}" if milliseconds >= 100 else f"{milliseconds:.2g}"


if __name__ == "__main__":
    main()
