"""Figures as pictures made here, of plain SVG: each beside the table that says the same to everybody."""

from collections.abc import Sequence
from dataclasses import dataclass

BAR_WIDTH, BAR_STEP, BAR_HEIGHT = 480, 54, 18
_FULL = BAR_WIDTH - 110
WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 96, 24, 36
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5)
_MOST_LINES = 5
_MOST_MONTHS = 12


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, its length in the units of the picture, and what it says."""

    label: str
    said: str
    y: int
    length: float


@dataclass(frozen=True)
class BarChart:
    """Bars below each other, the text of each above and beside it, so that it is read on a phone too."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    width: int = BAR_WIDTH
    thickness: int = BAR_HEIGHT

    @property
    def height(self) -> int:
        """The height of the whole picture."""
        return BAR_STEP * len(self.bars) + 4


@dataclass(frozen=True)
class Tick:
    """A line of the grid with its word."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """A course over the months; ``points`` of SVG, in pieces where a month is not known."""

    label: str
    pieces: tuple[str, ...]
    marks: tuple[tuple[float, float, str], ...]
    colour: str
    dashed: bool
    end_y: float


@dataclass(frozen=True)
class LineChart:
    """Courses over the months, with a goal where there is one."""

    title: str
    lines: tuple[Line, ...]
    months: tuple[Tick, ...]
    amounts: tuple[Tick, ...]
    goal: Tick | None = None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def bar_chart(title: str, unit: str, rows: Sequence[tuple[str, float | None, str]]) -> BarChart | None:
    """Bars of these labels, values and what is said of each; None where no value is above none.

    A value that is not told, or is below none, has no bar, only what is said.
    """
    most = max((value for _label, value, _said in rows if value), default=0)
    if most <= 0:
        return None
    bars = tuple(
        Bar(label, said, index * BAR_STEP, round(max(0, value or 0) / most * _FULL, 1))
        for index, (label, value, said) in enumerate(rows)
    )
    return BarChart(title, unit, bars)


def line_chart(
    title: str,
    months: Sequence[str],
    courses: Sequence[tuple[str, Sequence[float | None]]],
    *,
    goal: tuple[float, str] | None = None,
) -> LineChart | None:
    """Courses of these labels and values; None where fewer than two months are there, or nothing is told."""
    told = [value for _label, values in courses for value in values if value is not None]
    if len(months) < 2 or not told:
        return None
    step, most = _scale(max([*told, *([goal[0]] if goal else [])]))
    xs = [round(LEFT + index * (WIDTH - LEFT - RIGHT) / (len(months) - 1), 1) for index in range(len(months))]
    every = -(-len(months) // _MOST_MONTHS)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - max(0.0, value) / most * (HEIGHT - BOTTOM - TOP), 1)

    lines = tuple(
        _line(label, [None if one is None else y(one) for one in values], xs, index)
        for index, (label, values) in enumerate(courses)
        if any(one is not None for one in values)
    )
    return LineChart(
        title,
        lines,
        tuple(Tick(x, text) for x, text in zip(xs, months, strict=True))[::every],
        tuple(Tick(y(step * index), f"{step * index:,g}") for index in range(round(most / step) + 1)),
        Tick(y(goal[0]), goal[1]) if goal else None,
    )


_COLOURS = ("#1d70b8", "#00703c")


def _line(label: str, ys: Sequence[float | None], xs: Sequence[float], index: int) -> Line:
    pieces: list[list[str]] = [[]]
    marks: list[tuple[float, float, str]] = []
    for x, y in zip(xs, ys, strict=True):
        if y is None:
            pieces.append([])
            continue
        pieces[-1].append(f"{x},{y}")
        marks.append((x, y, label))
    return Line(
        label,
        tuple(" ".join(one) for one in pieces if len(one) > 1),
        tuple(marks),
        _COLOURS[index % len(_COLOURS)],
        index > 0,
        marks[-1][1],
    )


def _scale(highest: float) -> tuple[float, float]:
    """The distance of the lines of the grid and the highest of them."""
    power = 1.0
    while highest / power > _MOST_LINES * _STEPS[-1]:
        power *= 10
    step = next((one * power for one in _STEPS if highest / (one * power) <= _MOST_LINES), _STEPS[-1] * power)
    lines = max(1, -(-highest // step))
    return step, step * lines
