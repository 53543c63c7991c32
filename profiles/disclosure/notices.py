"""The notice of what is shared: not a consent, because an employer cannot rely on one (UK GDPR Art 6, 13)."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, literal, select
from sqlmodel import Session, col

from profiles.apps.models import LawfulBasis
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.disclosure.claims import agreed_claims, in_words
from profiles.disclosure.models import Notice
from profiles.disclosure.once import insert_once
from profiles.entitlements.explanation import Sentence
from profiles.entitlements.facts import AppRules
from profiles.entitlements.service import facts_and_rules, rules_of
from profiles.errors import Conflict, NotPermitted
from profiles.lasting import Lasting

LAWFUL_BASES = {
    LawfulBasis.CONTRACT: "contract",
    LawfulBasis.LEGAL_OBLIGATION: "legal obligation",
    LawfulBasis.PUBLIC_TASK: "public task",
}


_SEEN = Lasting(
    select(literal(1)).where(
        col(Notice.person_id) == bindparam("person_id"),
        col(Notice.app_id) == bindparam("app_id"),
        col(Notice.digest) == bindparam("digest"),
    )
)


@dataclass(frozen=True)
class NoticeView:
    """What an app is told, by whom it is run, why and for how long; ``digest`` names exactly this content."""

    app_id: UUID
    app_name: str
    organisation_name: str
    purpose: str
    lawful_basis: str
    claims: tuple[Sentence, ...]
    retention: str
    contact: str
    digest: str


def notice_needed(session: Session, person_id: UUID, app_id: UUID, now: datetime) -> NoticeView | None:
    """The notice that a person has not seen yet; None when they have seen just this content.

    Raises NotFound for an unknown app, NotPermitted for one without an agreement in force.
    """
    _, rules = facts_and_rules(session, person_id, app_id, now)
    notice = _notice(rules, now)
    key = {"person_id": person_id, "app_id": app_id, "digest": notice.digest}
    return None if _SEEN.find(session, key) is not None else notice


def notice_of(session: Session, app_id: UUID, now: datetime) -> NoticeView:
    """What an app is told, whoever has seen it. Raises what ``notice_needed`` raises."""
    return _notice(rules_of(session, app_id, now), now)


def acknowledge_notice(session: Session, person_id: UUID, app_id: UUID, digest: str, now: datetime) -> None:
    """Note that a person has seen the notice with this digest. A second time changes nothing.

    Raises Conflict when the notice has changed since it was shown, and what ``notice_needed`` raises.
    """
    if _notice(rules_of(session, app_id, now), now).digest != digest:
        raise Conflict("What is shared with this app has changed. Read the notice again.")
    _SEEN.written(session)
    values = {
        "id": new_id(),
        "person_id": person_id,
        "app_id": app_id,
        "digest": digest,
        "seen_at": now,
    }
    if insert_once(session, Notice, values):
        append(
            session,
            Event.NOTICE_SEEN,
            Initiator.person(person_id),
            now,
            person_id=person_id,
            app_id=app_id,
            details={"digest": digest},
        )


def _notice(rules: AppRules, now: datetime) -> NoticeView:
    return rules.once("notice", now, lambda: _made(rules, now))


def _made(rules: AppRules, now: datetime) -> NoticeView:
    agreement = rules.find_agreement(now)
    if agreement is None:
        raise NotPermitted("This app has no data-sharing agreement in force.")
    claims = agreed_claims(rules, agreement, now)
    content = [
        str(rules.app_id),
        str(rules.organisation_id),
        agreement.purpose,
        agreement.lawful_basis.value,
        claims,
        agreement.retention,
        agreement.contact,
    ]
    return NoticeView(
        app_id=rules.app_id,
        app_name=rules.app_name,
        organisation_name=rules.organisation_name(now),
        purpose=agreement.purpose,
        lawful_basis=LAWFUL_BASES[agreement.lawful_basis],
        claims=in_words(claims),
        retention=agreement.retention,
        contact=agreement.contact,
        digest=hashlib.sha256(json.dumps(content).encode()).hexdigest(),
    )
