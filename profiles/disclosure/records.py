"""A record as of a date, as an app may be told it through the API alone, with a line in the release log."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlmodel import Session

from profiles.apps.claims import Claim
from profiles.disclosure.claims import agreed_claims
from profiles.disclosure.release_log import Release, is_written_down, write_down
from profiles.disclosure.service import AccessRefused
from profiles.employments.models import Employment
from profiles.entitlements.facts import AgreementFact, AppRules
from profiles.entitlements.policy import decide_once
from profiles.entitlements.service import facts_and_rules, rules_of
from profiles.errors import NotFound, NotPermitted
from profiles.portable_profile.employers import employers_part
from profiles.portable_profile.export import as_object
from profiles.portable_profile.kinds import OF_ABSENCE, OF_PAY, OF_VETTING, Kind
from profiles.portable_profile.reading import profile_as_of
from profiles.roles.permissions import Permission
from profiles.roles.service import Permissions
from profiles.temporal import current

_NEVER = frozenset(
    {Kind.CAVEAT, Kind.CLEARANCE_EVENT, Kind.SPONSORSHIP, Kind.DISPENSATION, Kind.ROLE, Kind.GRANT}
)
_OPENED_BY: Mapping[Claim, frozenset[Kind]] = MappingProxyType(
    {
        Claim.PAY_HISTORY: OF_PAY,
        Claim.CLEARANCES: frozenset({Kind.CLEARANCE}),
        Claim.LEAVE: OF_ABSENCE,
        Claim.BIRTHDATE: frozenset({Kind.BIRTH_DATE}),
        Claim.IDENTITY_CONFIDENCE: frozenset({Kind.IDENTITY_PROOFING}),
    }
)
_SEEN_WITH: Mapping[Claim, Permission] = MappingProxyType(
    {
        Claim.RECORD: Permission.SEE_PEOPLE,
        Claim.PAY_HISTORY: Permission.SEE_PAY,
        Claim.CLEARANCES: Permission.SEE_CLEARANCES,
        Claim.LEAVE: Permission.SEE_ABSENCE,
        Claim.BIRTHDATE: Permission.SEE_BIRTH_DATES,
        Claim.IDENTITY_CONFIDENCE: Permission.SEE_BIRTH_DATES,
    }
)


@dataclass(frozen=True)
class Reading:
    """Who asks, when, and for which point of both time lines."""

    app_id: UUID
    session_reference: str
    valid_at: datetime
    known_at: datetime
    now: datetime
    log_in: Callable[[], AbstractContextManager[Session]] | None = None
    """For a session that only reads: the transaction in which a new line of the log is written."""


def own_record(session: Session, person_id: UUID, reading: Reading) -> dict[str, Any]:
    """The record of a person who is there at the app.

    Raises AccessRefused, and NotPermitted where no agreement names it.
    """
    facts, rules = facts_and_rules(session, person_id, reading.app_id, reading.now)
    decision = decide_once(facts, rules, reading.now)
    if not decision.allowed:
        raise AccessRefused(decision)
    agreement, agreed = _agreed(rules, reading.now)
    profile = profile_as_of(session, person_id, reading.valid_at, reading.known_at)
    _log(session, person_id, agreement, agreed, reading)
    return as_object(session, profile, kinds_opened(agreed), with_obstacles=False)


def employees_record(session: Session, number: str, reading: Reading) -> dict[str, Any]:
    """What the app's organisation sees of whoever had this employment number with it on that day.

    Raises NotFound, also for a day outside the organisation's own period, and NotPermitted where no
    agreement names it.
    """
    rules = rules_of(session, reading.app_id, reading.now)
    agreement, agreed = _agreed(rules, reading.now)
    found = current(
        session,
        Employment,
        reading.valid_at,
        reading.now,
        number=number,
        organisation_id=rules.organisation_id,
    )
    if not found:
        raise NotFound("There is no such employment in your organisation on that day.")
    person_id = found[0].person_id
    held = Permissions(
        {
            permission: frozenset({rules.organisation_id})
            for claim, permission in _SEEN_WITH.items()
            if claim in agreed
        }
    )
    profile = employers_part(
        session,
        person_id,
        held,
        valid_at=reading.valid_at,
        known_at=reading.known_at,
        now=reading.now,
    )
    _log(session, person_id, agreement, agreed, reading)
    return as_object(session, profile, kinds_opened(agreed), with_obstacles=False)


def _agreed(rules: AppRules, now: datetime) -> tuple[AgreementFact, frozenset[str]]:
    agreement = rules.find_agreement(now)
    agreed = frozenset(agreed_claims(rules, agreement, now)) if agreement else frozenset[str]()
    if agreement is None or Claim.RECORD not in agreed:
        raise NotPermitted("No agreement lets the app read records.")
    return agreement, agreed


def kinds_opened(agreed: Collection[str]) -> frozenset[Kind]:
    """The kinds of facts that the claims of an agreement open to an app."""
    kinds = frozenset(Kind) - _NEVER - OF_VETTING
    for claim, opened in _OPENED_BY.items():
        kinds = kinds | opened if claim in agreed else kinds - opened
    return kinds


def _log(
    session: Session,
    person_id: UUID,
    agreement: AgreementFact,
    agreed: Collection[str],
    reading: Reading,
) -> None:
    told = tuple(sorted(claim.value for claim in _SEEN_WITH if claim in agreed))
    line = Release(person_id, reading.app_id, agreement.agreement_id, told, reading.session_reference)
    if not is_written_down(session, line):
        with reading.log_in() if reading.log_in else nullcontext(session) as writing:
            write_down(writing, line, reading.now)
