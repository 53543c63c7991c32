"""The clock of a simulated year: everybody acts when their moment comes, the worker when it runs."""

import heapq
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count

from sqlalchemy import Engine
from sqlmodel import Session

from app.database import open_session, transaction
from profiles.temporal import LONDON, start_of_day

Story = Iterator[datetime]
"""Somebody's doings: it yields the moment at which it wants to go on."""

HOURS_BETWEEN_RUNS = (1, 8, 20, 24, 48, 72, 96, 120)


@dataclass
class Year:
    """What happens next, and when. ``draw`` makes one year differ from another, and each repeatable."""

    engine: Engine
    now: datetime
    draw: random.Random
    _coming: list[tuple[datetime, int, Story]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)
    _endless: list[Story] = field(default_factory=list)

    def begin(self, story: Story, *, is_endless: bool = False) -> None:
        """Let a story do its first part now; one that is endless goes on as long as any other does."""
        if is_endless:
            self._endless.append(story)
        self._go_on(story)

    def run(self, until: datetime) -> None:
        """Let everything happen, in its order, until that moment or the end of every story."""
        while len(self._coming) > len(self._endless) and self._coming[0][0] <= until:
            at, _, story = heapq.heappop(self._coming)
            self.now = max(self.now, at)
            self._go_on(story)

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction of whoever acts now."""
        return transaction(self.engine)

    def reading(self) -> Session:
        """A look at what is recorded."""
        return open_session(self.engine, writes=False)

    def in_days(self, least: int, most: int) -> datetime:
        """An hour of work some days on."""
        day = (self.now + timedelta(days=self.draw.randint(least, most))).date()
        return self.at_work(day)

    def at_work(self, day: date) -> datetime:
        """An hour of work on a day, or on the next working day, and not before now."""
        while day.weekday() > 4:
            day += timedelta(days=1)
        minutes = self.draw.randrange(9 * 60, 17 * 60)
        at = datetime.combine(day, time(minutes // 60, minutes % 60), LONDON).astimezone(self.now.tzinfo)
        return max(at, self.now + timedelta(minutes=5))

    def _go_on(self, story: Story) -> None:
        at = next(story, None)
        if at is not None:
            heapq.heappush(self._coming, (max(at, self.now), next(self._order), story))


def working(year: Year, run: Callable[[], bool], *, times: float = 1) -> Story:
    """A worker that runs now and then, and stands still for days; never in the first minutes of a day.

    So nobody's access turns because it ran: what is asked one minute after an instant is asked before it did.
    With ``times`` it runs so many times as seldom.
    """
    while True:
        if not run():
            raise RuntimeError("a step of the worker failed")
        hours = year.draw.choice(HOURS_BETWEEN_RUNS)
        following = year.now + timedelta(hours=times * hours * year.draw.uniform(0.5, 1))
        midnight = start_of_day(following.astimezone(LONDON).date())
        yield max(following, midnight + timedelta(minutes=5))
