"""By which rules, and by what was given by hand, people may use an app: asked of many at once.

The rules are those by which ``policy.decide`` lets each of them in, recorded or supposed to work elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import compress
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import Session

from profiles.entitlements.eligible import Moved, eligible
from profiles.entitlements.facts import AppRules, RuleFact
from profiles.entitlements.who_may_use import moment_of
from profiles.organisations.service import tree


@dataclass(frozen=True)
class Met:
    """What lets somebody in: the rules of the app that they meet, and the roles that they have by hand."""

    rules: tuple[RuleFact, ...] = ()
    by_hand: tuple[str, ...] = ()

    @property
    def roles(self) -> frozenset[str]:
        """The names of the roles that they have."""
        return frozenset((*(rule.role_name for rule in self.rules), *self.by_hand))


def rules_met(
    session: Session,
    app: AppRules,
    at: datetime,
    known_at: datetime,
    *,
    among: Select[Any],
    moved: Moved | None = None,
) -> Mapping[UUID, Met]:
    """Whoever of the people ``among`` may use an app at ``at``, as known at ``known_at``, and by what.

    With ``moved`` it is asked as if they worked, and were sponsored, where that supposes. People who have the
    same have one and the same ``Met``.
    """
    session.flush()
    if app.find_agreement(at) is None:
        return {}
    rules = {str(rule.rule_id): [rule] for rule in app.rules if rule.holds(at)}
    every = [one for those in rules.values() for one in those]
    moment = moment_of(
        session, app, every, tree(session, at, known_at), at, known_at, among=among, moved=moved
    )

    digits_of: dict[UUID, str] = {}
    hands: dict[UUID, tuple[str, ...]] = {}
    for person_id, digits, granted in session.connection().execute(eligible(app.app_id, rules, moment)):
        if digits is None:
            hands[person_id] = tuple(sorted({*hands.get(person_id, ()), granted}))
        elif person_id in digits_of:  # they have two places
            digits_of[person_id] = "".join(map(max, digits_of[person_id], digits))
        else:
            digits_of[person_id] = digits

    @cache
    def met(digits: str, by_hand: tuple[str, ...]) -> Met:
        return Met(tuple(compress(every, map(int, digits))), by_hand)

    return {one: met(digits_of.get(one, ""), hands.get(one, ())) for one in digits_of.keys() | hands.keys()}
