"""The tables of the dashboard, which its charts and its CSV files say again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from babel.dates import format_date
from flask_babel import get_locale

from app.bulk_moves.words import reason_words
from app.bulk_moves.words import state_words as bulk_states
from app.figures import words
from app.loans.words import state_words as loan_states
from app.transfers.presenting import state_words as transfer_states
from app.translation import gettext as _
from profiles.figures.counts import Count
from profiles.figures.service import Figures
from profiles.figures.timing import Duration

NONE = Count(0)
Why = TypeVar("Why", bound=StrEnum)
GOAL_FIRST_DAYS, GOAL_WRONG_PAY = 99.5, 0.5
"""In a hundred: right access at the first attempt on day one, at least; wrong first pays, at most."""


@dataclass(frozen=True)
class Table:
    """A table with its title; every cell is said already. The columns after the first are figures.

    ``bars`` are the values of the second column for a picture, None where one is not told.
    """

    name: str
    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[float | None] = ()

    @property
    def numeric(self) -> range:
        """The columns that are figures."""
        return range(1, len(self.head))


def tables() -> Mapping[str, Callable[[Figures], Table]]:
    """What makes each, by the name that addresses have."""
    return {
        "outcomes": outcomes,
        "on-the-way": on_the_way,
        "late": late,
        "late-loans": late_loans,
        "late-bulk-moves": late_bulk_moves,
        "steps": steps,
        "first-days": first_days,
        "months": months,
        "saved": saved,
        "hours": hours,
        "endings": endings,
        "loans": loans,
        "loan-steps": loan_steps,
        "bulk-moves": bulk_moves,
        "bulk-steps": bulk_steps,
        "bulk-outcomes": bulk_outcomes,
        "bulk-set-apart": bulk_set_apart,
    }


def outcomes(found: Figures) -> Table:
    """What matters most, beside the goal."""
    rows = [
        (_("Joined"), words.number(found.joined), ""),
        (_("Left"), words.number(found.left), ""),
        (_("Of those who joined: late or incomplete"), words.percent(found.late_or_incomplete), ""),
        (
            _("Right access at the first attempt on day one"),
            words.others_percent(found.first_days.wrong),
            _("At least %(goal)s%%", goal=GOAL_FIRST_DAYS),
        ),
        (_("Old access used after leaving"), words.number(found.first_days.old_uses), "0"),
        (
            _("Wrong first pays"),
            words.percent(found.wrong_pay),
            _("At most %(goal)s%%", goal=GOAL_WRONG_PAY),
        ),
        (_("Hours saved, as assumed below"), words.between(found.hours), ""),
    ]
    if found.pence is not None:
        rows.append((_("Money saved, as assumed below"), words.pounds_between(found.pence), ""))
    return Table("outcomes", _("How it went"), (_("Figure"), _("In the period"), _("Goal")), rows)


def on_the_way(found: Figures) -> Table:
    """Where moves are now."""
    said = transfer_states()
    rows = [(said[state], words.number(count)) for state, count in found.now.moves.items()]
    head = (_("Where they are"), _("Moves"))
    return Table("on-the-way", _("Moves on their way now"), head, rows, _bars(found.now.moves.values()))


def late(found: Figures) -> Table:
    """Why moves are late now, the commonest reason first."""
    head = (_("Who, and what"), _("Moves"))
    said = words.reasons()
    return _by_reason("late", _("Late moves now, by who is to act"), head, said, found.now.late_by_reason)


def late_loans(found: Figures) -> Table:
    """Why loans are late now."""
    head, said = (_("Who, and what"), _("Loans")), words.loan_reasons()
    title = _("Late loans now, by who is to act")
    return _by_reason("late-loans", title, head, said, found.now.late_loans.by_reason)


def late_bulk_moves(found: Figures) -> Table:
    """Why bulk moves are late now."""
    head, said = (_("Who, and what"), _("Bulk moves")), words.bulk_reasons()
    title = _("Late bulk moves now, by who is to act")
    return _by_reason("late-bulk-moves", title, head, said, found.bulk.late.by_reason)


def _by_reason(
    name: str, title: str, head: Sequence[str], said: Mapping[Why, str], counts: Mapping[Why, Count]
) -> Table:
    """The commonest first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1].value, pair[1].fewer))
    rows = [(said[reason], words.number(count)) for reason, count in ordered]
    return Table(name, title, head, rows, _bars(count for _reason, count in ordered))


def steps(found: Figures) -> Table:
    """How long each step takes."""
    said = words.steps()
    took = [(said[step], one) for step, one in found.durations.items()]
    return _durations("steps", _("Days that each step of a move took"), took)


def loan_steps(found: Figures) -> Table:
    """How long each step of a loan takes."""
    said = words.loan_steps()
    took = [(said[step], one) for step, one in found.loan_durations.items()]
    return _durations("loan-steps", _("Days that each step of a loan took"), took)


def bulk_steps(found: Figures) -> Table:
    """How long each step of a bulk move takes."""
    said = words.bulk_steps()
    took = [(said[step], one) for step, one in found.bulk.durations.items()]
    return _durations("bulk-steps", _("Days that each step of a bulk move took"), took)


def _durations(name: str, title: str, took: Sequence[tuple[str, Duration]]) -> Table:
    rows = [
        (step, words.days(one.median_days), words.days(one.nine_in_ten_days), words.number(one.count))
        for step, one in took
    ]
    head = (_("Step"), _("Median, days"), _("Nine in ten within, days"), _("Finished"))
    return Table(name, title, head, rows, [one.median_days for _step, one in took])


def first_days(found: Figures) -> Table:
    """First days, and what went wrong on them."""
    day = found.first_days
    rows = [
        (_("Joined by a move or a bulk move, came back, or began on loan"), words.number(day.begun)),
        (_("The week is not over, or not looked at yet"), words.number(day.unknown)),
        (_("Tried nothing in that week"), words.number(day.idle)),
        (_("Tried, and something was wrong"), words.number(day.wrong.part) if day.wrong else words.NOT_KNOWN),
        (_("– an app turned them away"), words.number(day.refused)),
        (_("– could not sign in all day"), words.number(day.kept_out)),
        (_("– needed help or a correction"), words.number(day.helped)),
        (_("Apps used after leaving that nothing recorded bears"), words.number(day.old_uses)),
    ]
    wrong = day.wrong.part if day.wrong else None
    counts = (day.begun, day.unknown, day.idle, wrong, day.refused, day.kept_out, day.helped, day.old_uses)
    title, head = _("First days, of moves, bulk moves, loans and returns"), (_("What"), _("Number"))
    return Table("first-days", title, head, rows, _bars(counts))


def saved(found: Figures) -> Table:
    """Whom the hours saved count."""
    said = words.ways()
    counts = [*found.begun.values(), found.all_begun, found.tasks]
    names = [
        *(said[way] for way in found.begun),
        _("All of them"),
        _("Tasks done for them, whoever did each"),
    ]
    rows = [(name, words.number(count)) for name, count in zip(names, counts, strict=True)]
    title = _("What the hours saved count")
    return Table("saved", title, (_("What"), _("Number")), rows, _bars(found.begun.values()))


def months(found: Figures) -> Table:
    """The course of a period: first days and first pays."""
    rows = [
        (
            _month(one.first),
            words.number(one.joined),
            words.others_percent(one.wrong_first_days),
            words.percent(one.wrong_pay),
        )
        for one in found.months
    ]
    head = (_("Month"), _("Joined by a move"), _("Right access on day one"), _("Wrong first pays"))
    return Table("months", _("Month by month"), head, rows)


def hours(found: Figures) -> Table:
    """The hours saved in each month."""
    rows = [(_month(one.first), words.number(one.begun), words.between(one.hours)) for one in found.months]
    head = (_("Month"), _("Who is counted"), _("Hours saved"))
    return Table("hours", _("Hours saved, month by month"), head, rows)


def _month(first: date) -> str:
    return str(format_date(first, "MMM y", locale=str(get_locale() or "en")))


def endings(found: Figures) -> Table:
    """What came to nothing."""
    said = transfer_states()
    rows = [(said[state], words.number(count)) for state, count in found.endings.items()]
    head = (_("How they ended"), _("Moves"))
    return Table("endings", _("Moves that came to nothing"), head, rows, _bars(found.endings.values()))


def loans(found: Figures) -> Table:
    """Where loans are now, and how many wait too long."""
    said = loan_states()
    rows = [
        (said[state], words.number(count), words.number(found.now.late_loans.by_state.get(state, NONE)))
        for state, count in found.now.loans.items()
    ]
    head = (_("Where they are"), _("Loans"), _("Late"))
    return Table("loans", _("Loans on their way now"), head, rows, _bars(found.now.loans.values()))


def bulk_moves(found: Figures) -> Table:
    """Where bulk moves are now, with how many people, and how many are late."""
    said, bulk = bulk_states(), found.bulk
    rows = [
        (
            said[state],
            words.number(count),
            words.number(bulk.people[state]),
            words.number(bulk.late.by_state.get(state, NONE)),
        )
        for state, count in bulk.on_the_way.items()
    ]
    head = (_("Where they are"), _("Bulk moves"), _("People who go along"), _("Late"))
    bars = _bars(bulk.on_the_way.values())
    return Table("bulk-moves", _("Bulk moves on their way now"), head, rows, bars)


def bulk_outcomes(found: Figures) -> Table:
    """What bulk moves came to in the period."""
    bulk, said = found.bulk, bulk_states()
    rows = [
        (_("Bulk moves whose start date has come"), words.number(bulk.moves)),
        (_("Joined by them"), words.number(bulk.joined)),
        (_("Left by them"), words.number(bulk.left)),
        (_("On their lists, and set apart"), words.number(bulk.apart)),
        (_("Wrong first pays"), words.percent(bulk.wrong_pay)),
        *(
            (_("Bulk moves that came to nothing: %(how)s", how=said[state]), words.number(count))
            for state, count in bulk.endings.items()
        ),
    ]
    return Table("bulk-outcomes", _("Bulk moves of the period"), (_("Figure"), _("In the period")), rows)


def bulk_set_apart(found: Figures) -> Table:
    """Why people do not go along with bulk moves that are on their way, the commonest reason first."""
    head, title = (_("Why"), _("People")), _("Set apart from bulk moves now")
    return _by_reason("bulk-set-apart", title, head, reason_words(), found.bulk.set_apart)


def _bars(counts: Iterable[Count | None]) -> list[float | None]:
    return [None if one is None or one.fewer else one.value for one in counts]
