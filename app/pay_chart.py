"""Pay over time as a picture: a step for each salary, beside the table that says the same."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from app.display_formats import civil_date, money
from app.translation import gettext as _
from profiles.pay.models import PayAllowance, PayReason, PayRecord
from profiles.temporal import civil_date as day_of

WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 28, 32
_STEPS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
_COLOURS = ("#1d70b8", "#00703c", "#4c2c92", "#b58840", "#d4351c")
"""Of GOV.UK's palette; the employer's name stands beside each, so that colour says nothing alone."""
_LEAST_LABEL = 58
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Step:
    """A salary from ``x`` to ``end``, at the height ``y``; ``allowance_y`` is where its allowances reach."""

    x: float
    end: float
    y: float
    colour: str
    label: str
    label_anchor: str
    on_mark_time: bool
    to_come: bool
    title: str


@dataclass(frozen=True)
class Band:
    """An allowance on top of a salary."""

    x: float
    end: float
    y: float
    height: float
    title: str


@dataclass(frozen=True)
class Tick:
    """A line of the grid with its word."""

    at: float
    text: str


@dataclass(frozen=True)
class PayChart:
    """Everything that the picture shows, in its own units; ``summary`` says it in a sentence."""

    steps: tuple[Step, ...]
    bands: tuple[Band, ...]
    years: tuple[Tick, ...]
    amounts: tuple[Tick, ...]
    employers: tuple[tuple[str, str], ...]
    """Each employer's name and colour."""
    today: float | None
    summary: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    floor: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class _Scale:
    starts: datetime
    ends: datetime
    highest: int

    def x(self, at: datetime) -> float:
        inside = min(max(at, self.starts), self.ends)
        share = (inside - self.starts) / (self.ends - self.starts)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, pence: int) -> float:
        return round(HEIGHT - BOTTOM - pence / self.highest * (HEIGHT - BOTTOM - TOP), 1)


def pay_chart(
    records: Sequence[PayRecord],
    allowances: Iterable[PayAllowance],
    now: datetime,
    employer_of: Callable[[UUID], str],
) -> PayChart | None:
    """The picture of these records, or None where there is nothing to draw. Salaries are full-time ones."""
    if not records:
        return None
    on_top = [(one, _beneath(one, records)) for one in allowances]
    tops = [one.salary_pence for one in records]
    tops += [one.amount_pence + (below.salary_pence if below else 0) for one, below in on_top]
    step, highest = _heights(max(tops))
    scale = _Scale(
        min(one.valid_from for one in records),
        max(now, *(one.valid_to or one.valid_from + _YEAR for one in records)),
        highest,
    )
    employers = list(dict.fromkeys(one.organisation_id for one in records))
    colours = {one: _COLOURS[index % len(_COLOURS)] for index, one in enumerate(employers)}
    return PayChart(
        steps=tuple(_step(one, scale, colours[one.organisation_id], employer_of, now) for one in records),
        bands=tuple(_band(one, below, scale) for one, below in on_top if below is not None),
        years=_years(scale),
        amounts=tuple(Tick(scale.y(pence), money(pence)) for pence in range(0, highest + 1, step)),
        employers=tuple((employer_of(one), colours[one]) for one in employers),
        today=scale.x(now) if any(one.valid_from > now for one in records) else None,
        summary=_("From %(first)s on %(from)s to %(last)s on %(to)s.", **_ends(records)),
    )


def _ends(records: Sequence[PayRecord]) -> dict[str, str]:
    first, last = records[0], records[-1]
    return {
        "first": money(first.salary_pence),
        "from": civil_date(first.valid_from),
        "last": money(last.salary_pence),
        "to": civil_date(last.valid_from),
    }


def _step(
    one: PayRecord, scale: _Scale, colour: str, employer_of: Callable[[UUID], str], now: datetime
) -> Step:
    x, end = scale.x(one.valid_from), scale.x(one.valid_to or scale.ends)
    fits = end - x >= _LEAST_LABEL
    return Step(
        x=x,
        end=end,
        y=scale.y(one.salary_pence),
        colour=colour,
        label=money(one.salary_pence) if fits else "",
        label_anchor="start",
        on_mark_time=one.pay_reason is PayReason.MARK_TIME,
        to_come=one.valid_from > now,
        title=_(
            "%(salary)s from %(day)s, %(employer)s",
            salary=money(one.salary_pence),
            day=civil_date(one.valid_from),
            employer=employer_of(one.organisation_id),
        ),
    )


def _beneath(one: PayAllowance, records: Iterable[PayRecord]) -> PayRecord | None:
    """The salary on top of which an allowance is drawn: the one that is paid when it begins."""
    for record in records:
        same = record.employment_id == one.employment_id
        if (
            same
            and record.valid_from <= one.valid_from
            and (record.valid_to is None or record.valid_to > one.valid_from)
        ):
            return record
    return None


def _band(one: PayAllowance, below: PayRecord, scale: _Scale) -> Band:
    top = scale.y(below.salary_pence + one.amount_pence)
    return Band(
        x=scale.x(one.valid_from),
        end=scale.x(one.valid_to or scale.ends),
        y=top,
        height=round(scale.y(below.salary_pence) - top, 1),
        title=_("Allowance of %(amount)s a year", amount=money(one.amount_pence)),
    )


def _heights(pence: int) -> tuple[int, int]:
    """The distance of the lines and the highest, in pence: five lines at most."""
    pounds = pence // 100 + 1
    step = next((one for one in _STEPS if pounds / one <= 5), _STEPS[-1] * (pounds // 500_000 + 1))
    return step * 100, -(-pounds // step) * step * 100


def _years(scale: _Scale) -> tuple[Tick, ...]:
    first, last = day_of(scale.starts).year + 1, day_of(scale.ends).year
    every = max(1, -(-(last - first + 1) // 8))
    return tuple(
        Tick(scale.x(datetime.combine(date(year, 1, 1), datetime.min.time(), UTC)), str(year))
        for year in range(first, last + 1, every)
    )
