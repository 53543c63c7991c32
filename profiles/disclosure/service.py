"""The one door out: personal data leaves to an app only through here."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.apps.claims import Claim
from profiles.disclosure import claims as told_claims
from profiles.disclosure.claims import agreed_claims, values_of
from profiles.disclosure.notices import NoticeView, acknowledge_notice, notice_needed, notice_of
from profiles.disclosure.release_log import (
    Release,
    ReleaseLine,
    ReleasePage,
    is_written_down,
    lines_of,
    release_log,
    write_down,
)
from profiles.entitlements.explanation import Sentence, explain
from profiles.entitlements.policy import Decision, decide_once
from profiles.entitlements.service import facts_and_rules, rules_of
from profiles.errors import NotPermitted

__all__ = [
    "IDENTITY_CONFIDENCE",
    "AccessRefused",
    "Decision",
    "NoticeView",
    "ReleaseLine",
    "ReleasePage",
    "Released",
    "Sentence",
    "access",
    "acknowledge_notice",
    "acknowledge_within",
    "contact_of",
    "explain",
    "gets_no_tokens",
    "identity_confidence",
    "lines_of",
    "names_identity_confidence",
    "notice_needed",
    "notice_of",
    "release",
    "release_log",
]


WITHOUT_AGREEMENT = timedelta(minutes=1)
"""How soon an app must confirm that access ended, when nothing was ever agreed."""

IDENTITY_CONFIDENCE = Claim.IDENTITY_CONFIDENCE
"""The claim that says how far somebody's identity was checked."""


class AccessRefused(NotPermitted):
    """The person may not use the app now, so the app is told nothing; ``decision`` says why."""

    def __init__(self, decision: Decision) -> None:
        super().__init__("You cannot use this app now.")
        self.decision = decision


@dataclass(frozen=True)
class Released:
    """What left: the values by claim, and the names as they stand in the log."""

    values: Mapping[str, Any]
    claims: tuple[str, ...]
    decision: Decision
    agreed: frozenset[str]
    """Everything that the agreement names, asked for or not."""


def access(session: Session, person_id: UUID, app_id: UUID, now: datetime) -> Decision:
    """Decide again whether a person may use an app, and in which roles.

    Whoever has no current posting is refused, as is everybody where no agreement is in force. Raises NotFound
    for an unknown app.
    """
    return decide_once(*facts_and_rules(session, person_id, app_id, now), now)


def gets_no_tokens(session: Session, app_id: UUID, now: datetime) -> bool:
    """Whether new tokens are stopped, because the app has not confirmed in time that it ended old access.

    Raises NotFound.
    """
    return rules_of(session, app_id, now).tokens_stopped_at is not None


def must_confirm(session: Session, app_id: UUID, now: datetime) -> bool:
    """Whether by its agreement, which takes two people to change, the app must confirm, or gets no tokens.

    Raises NotFound.
    """
    agreement = rules_of(session, app_id, now).find_agreement(now)
    return agreement is not None and agreement.stop_tokens_when_overdue


def acknowledge_within(session: Session, app_id: UUID, now: datetime) -> timedelta:
    """How soon the app must confirm that access ended: as agreed, or by the newest agreement that is over.

    Raises NotFound.
    """
    rules = rules_of(session, app_id, now)
    begun = [one for one in rules.agreements if one.valid_from <= now]
    agreed = max(begun, key=lambda one: one.valid_from, default=None)
    return timedelta(seconds=agreed.acknowledge_within_seconds) if agreed else WITHOUT_AGREEMENT


def names_identity_confidence(session: Session, app_id: UUID, now: datetime) -> bool:
    """Whether the app's agreement lets it be told how far people's identities were checked."""
    rules = rules_of(session, app_id, now)
    agreement = rules.find_agreement(now)
    return agreement is not None and Claim.IDENTITY_CONFIDENCE in agreed_claims(rules, agreement, now)


def identity_confidence(session: Session, person_id: UUID, now: datetime) -> int:
    """How far a person's identity was checked: 1 to 4 by GPG 45, 0 while no check is recorded.

    For deciding here; what an app is told of it goes through ``release``.
    """
    found = told_claims.identity_confidence(session, person_id, now)
    return found.rank if found else 0


def contact_of(session: Session, app_id: UUID, now: datetime) -> str:
    """Whom people ask about an app. Raises NotFound."""
    return rules_of(session, app_id, now).contact


def release(
    session: Session,
    person_id: UUID,
    app_id: UUID,
    *,
    claims: frozenset[str],
    session_reference: str,
    now: datetime,
    log_in: Callable[[], AbstractContextManager[Session]] | None = None,
) -> Released:
    """Release what was asked for and is agreed, and write that down; nothing more ever leaves.

    Access is decided again first. The log has one line per session and set of claims, however often this is
    called; a session that only reads gives ``log_in``, the transaction of its own in which a new line is
    written. Raises AccessRefused, NotFound for an unknown app.
    """
    facts, rules = facts_and_rules(session, person_id, app_id, now)
    decision = decide_once(facts, rules, now)
    agreement = rules.find_agreement(now)
    if not decision.allowed or agreement is None:
        raise AccessRefused(decision)
    agreed = agreed_claims(rules, agreement, now)
    asked = [claim for claim in agreed if claim.partition(":")[0] in claims]
    values = values_of(session, person_id, asked, agreed, decision, facts, now)
    told = tuple(claim for claim in asked if claim.partition(":")[0] in values)
    line = Release(person_id, app_id, agreement.agreement_id, tuple(sorted(told)), session_reference)
    if told and not is_written_down(session, line):
        with log_in() if log_in else nullcontext(session) as writing:
            write_down(writing, line, now)
    return Released(values, told, decision, frozenset(agreed))
