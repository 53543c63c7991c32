"""What is late, by the state in which it is and by why, told as exactly as the reader may know it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from profiles.figures.counts import Count, Discretion

State_co = TypeVar("State_co", bound=StrEnum, covariant=True)
Why_co = TypeVar("Why_co", bound=StrEnum, covariant=True)
State = TypeVar("State", bound=StrEnum)
Why = TypeVar("Why", bound=StrEnum)


class Found(Protocol[State_co, Why_co]):
    """One reason for which one thing is late."""

    @property
    def id(self) -> UUID: ...

    @property
    def state(self) -> State_co: ...

    @property
    def reason(self) -> Why_co: ...


@dataclass(frozen=True)
class Late(Generic[State, Why]):
    """``number`` and ``by_state`` count each once; ``by_reason`` once for each of its reasons."""

    number: Count
    by_state: Mapping[State, Count]
    by_reason: Mapping[Why, Count]


def told_late(found: Collection[Found[State, Why]], reasons: type[Why], told: Discretion) -> Late[State, Why]:
    """Count them."""
    states = {one.id: one.state for one in found}
    by_state = Counter(states.values())
    by_reason = Counter(why for _id, why in {(one.id, one.reason) for one in found})
    return Late(
        told.count(len(states)),
        {state: told.count(number) for state, number in by_state.items()},
        {why: told.count(by_reason[why]) for why in reasons if why in by_reason},
    )
