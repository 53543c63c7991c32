"""Reads what stood of an app at a point of both time lines: what it is told, who gets in, who gives roles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from profiles.apps.models import AccessRule, Agreement, AgreementTerms, App, AppDelegation, AppRole
from profiles.apps.service import find_agreement, roles_of
from profiles.organisations.models import Organisation
from profiles.temporal import INSTANT, Fact, civil_date, current


@dataclass(frozen=True)
class AppRecord:
    """An app as it was at ``valid_at``, as known at ``known_at``; ``codes`` are those of organisations.

    The roles that an app knows have no time lines: none is ever renamed or taken from it.
    """

    app: App
    valid_at: datetime
    known_at: datetime
    roles: Sequence[AppRole]
    agreement: Agreement | None
    rules: Sequence[AccessRule]
    delegations: Sequence[AppDelegation]
    codes: Mapping[UUID, str]


def app_as_of(session: Session, app: App, valid_at: datetime, known_at: datetime) -> AppRecord:
    """What was agreed, ruled and delegated then, by the knowledge of ``known_at``."""
    rules = current(session, AccessRule, valid_at, known_at, app_id=app.id)
    delegations = current(session, AppDelegation, valid_at, known_at, app_id=app.id)
    spoken_of = [one.organisation_id for one in rules] + [one.organisation_id for one in delegations]
    named = {app.organisation_id, *spoken_of}
    codes = select(Organisation.id, Organisation.code).where(col(Organisation.id).in_(named - {None}))
    return AppRecord(
        app,
        valid_at,
        known_at,
        roles_of(session, app.id),
        find_agreement(session, app.id, valid_at, known_at),
        rules,
        delegations,
        dict(session.exec(codes).all()),
    )


def as_object(record: AppRecord) -> dict[str, Any]:
    """The same in plain values, as the API and the command tell it; ids stay the same through corrections."""
    app = record.app
    return {
        "id": str(app.id),
        "name": app.name,
        "organisation": record.codes[app.organisation_id],
        "home_url": app.home_url,
        "contact": app.contact,
        "in_lanyard_since": app.created_at.isoformat(),
        "valid_at": record.valid_at.isoformat(),
        "known_at": record.known_at.isoformat(),
        "roles": [{"name": one.name, "label": one.label, "rank": one.rank} for one in record.roles],
        "agreement": None if record.agreement is None else _agreement(record.agreement),
        "rules": [_rule(one, record.codes) for one in record.rules],
        "delegations": [
            {
                "organisation": record.codes[one.organisation_id],
                "include_subtree": one.include_subtree,
                "role": one.role_name,
            }
            | _told(one)
            for one in record.delegations
        ],
    }


def _agreement(agreement: Agreement) -> dict[str, Any]:
    terms = agreement.model_dump(mode="json", include=set(AgreementTerms.model_fields))
    return terms | _told(agreement)


def _rule(rule: AccessRule, codes: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "role": rule.role_name,
        "organisation": codes[rule.organisation_id] if rule.organisation_id else None,
        "include_subtree": rule.include_subtree,
        "grade_from": rule.grade_from.value if rule.grade_from else None,
        "grade_to": rule.grade_to.value if rule.grade_to else None,
        "profession": rule.profession,
        "posting_kind": rule.posting_kind,
        "least_clearance": rule.least_clearance,
    } | _told(rule)


def _told(fact: Fact) -> dict[str, Any]:
    return {
        "id": str(fact.fact_id),
        "from": civil_date(fact.valid_from).isoformat(),
        "until": civil_date(fact.valid_to - INSTANT).isoformat() if fact.valid_to else None,
        "recorded_at": fact.recorded_at.isoformat(),
        "source": fact.source,
    }
