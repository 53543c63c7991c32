"""What a change of facts would do to a person's access: the decision itself, made twice and compared."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from profiles.entitlements.facts import AppRules, PersonFacts
from profiles.entitlements.policy import Decision, decide, decide_all
from profiles.entitlements.reasons import Reason


class Change(StrEnum):
    """What happens to access to one app."""

    BEGINS = "begins"
    ENDS = "ends"
    CHANGES = "changes"
    STAYS = "stays"


@dataclass(frozen=True)
class AccessChange:
    """What happens at one app. Roles are labels; ``at`` is the instant when it turns, None if it stays.

    ``reasons_before`` are those of the decision now, ``reasons`` those of the one afterwards: what gives
    access, or why there is none.
    """

    app_id: UUID
    app_name: str
    organisation_id: UUID
    organisation_name: str
    change: Change
    roles_before: tuple[str, ...]
    roles_after: tuple[str, ...]
    reasons_before: tuple[Reason, ...]
    reasons: tuple[Reason, ...]
    at: datetime | None


def compare(
    before: PersonFacts,
    after: PersonFacts,
    at_before: datetime,
    at_after: datetime,
    all_rules: Iterable[AppRules],
) -> list[AccessChange]:
    """What access ``before`` at one instant becomes ``after`` at a later one, app by app.

    An app that is closed to the person both times is left out.
    """
    changes: list[AccessChange] = []
    for rules, was in decide_all(before, all_rules, at_before):
        becomes = decide(after, rules, at_after)
        change = _change(was, becomes)
        if change is None:
            continue
        turns = None if change is Change.STAYS else _turns_at(after, rules, becomes, at_before, at_after)
        changes.append(
            AccessChange(
                app_id=rules.app_id,
                app_name=rules.app_name,
                organisation_id=rules.organisation_id,
                organisation_name=rules.organisation_name(at_after),
                change=change,
                roles_before=tuple(rules.label_of(role) for role in was.roles),
                roles_after=tuple(rules.label_of(role) for role in becomes.roles),
                reasons_before=was.reasons,
                reasons=becomes.reasons,
                at=turns,
            )
        )
    return changes


def _change(was: Decision, becomes: Decision) -> Change | None:
    if not was.allowed and not becomes.allowed:
        return None
    if not was.allowed:
        return Change.BEGINS
    if not becomes.allowed:
        return Change.ENDS
    return Change.STAYS if set(was.roles) == set(becomes.roles) else Change.CHANGES


def _turns_at(
    after: PersonFacts, rules: AppRules, becomes: Decision, at_before: datetime, at_after: datetime
) -> datetime:
    """The first instant on the way at which the roles are those of the end."""
    at = at_before
    while at < at_after:
        step = decide(after, rules, at)
        if step.roles == becomes.roles:
            return at
        at = min(step.until or at_after, at_after)
    return at_after
