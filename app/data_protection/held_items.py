"""Everything that one organisation holds about a person, with what signing in keeps where it leads."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from identity.clients.models import Client
from identity.disowning.models import DisownedSession
from identity.federation.models import LinkingCode, UpstreamLink
from identity.recovery.models import HelpAllowance, Recovery
from identity.sessions.models import LoginSession, SessionClient
from identity.sign_in.models import (
    AccountNotice,
    Invitation,
    KnownBrowser,
    OneTimeCodeSecret,
    Passkey,
    PasswordCredential,
    RecoveryCode,
)
from identity.subjects.models import PairwiseSubject
from profiles.access_requests.held import Item, held_by
from profiles.access_requests.models import AccessRequest
from profiles.disclosure.withheld import find_withheld
from profiles.merges.unions import ids_of
from profiles.portable_profile.export import instant
from profiles.retention.models import LegalHold

_OF_SIGN_IN: tuple[tuple[str, type[SQLModel], tuple[str, ...]], ...] = (
    ("session", LoginSession, ("auth_time", "acr", "created_at", "last_seen_at", "ended_at", "user_agent")),
    ("password", PasswordCredential, ("set_at", "locked_at")),
    ("passkey", Passkey, ("name", "aaguid", "created_at", "last_used_at", "removed_at")),
    ("department-account", UpstreamLink, ("issuer", "subject", "ended_at")),
    ("browser", KnownBrowser, ("label", "first_used_at", "last_used_at")),
    ("one-time-codes", OneTimeCodeSecret, ("created_at", "confirmed_at")),
    ("name-at-apps", PairwiseSubject, ("sector", "sub", "created_at")),
    ("app-session", SessionClient, ("client_id", "roles", "first_used_at", "last_used_at", "ended_at")),
    ("disowned-session", DisownedSession, ("browser", "signed_in_at", "reported_at", "outcome")),
    ("recovery", Recovery, ("state", "requested_at", "confirmed_at")),
    ("recovery-code", RecoveryCode, ("created_at", "spent_at")),
    ("invitation", Invitation, ("purpose", "created_at", "spent_at")),
    ("linking-code", LinkingCode, ("created_at", "spent_at")),
    ("help-allowance", HelpAllowance, ("allowed_at", "expires_at")),
    ("account-notice", AccountNotice, ("subject", "what", "created_at", "read_at")),
)
"""What is told of each kind; secrets and what is derived from them are nobody's to read."""

_NAMES = {"app-session": "client_id", "name-at-apps": "sector"}
"""The column by which a row names an app."""


def items_of(session: Session, request: AccessRequest, now: datetime) -> list[Item]:
    """All of it, as it is now."""
    items = held_by(session, request.person_id, request.organisation_id, now, is_lead=request.is_lead)
    items += _holds(session, request)
    if not request.is_lead:
        return items
    people = ids_of(session, request.person_id)
    unknown = _unknown_names(session, find_withheld(session, people, now))
    return [
        *items,
        *(
            one
            for record, person_id in enumerate(people)
            for one in _of_sign_in(session, person_id, record, unknown)
        ),
    ]


def _holds(session: Session, request: AccessRequest) -> Iterator[Item]:
    """The organisation's own holds, which the officer withholds where they are legally privileged."""
    ours = col(LegalHold.organisation_id) == request.organisation_id
    for hold in session.execute(
        select(LegalHold).where(col(LegalHold.person_id) == request.person_id, ours)
    ).scalars():
        said = {name: getattr(hold, name) for name in ("kind", "reason", "placed_at", "lifted_at")}
        said["lifted_reason"] = hold.lifted_reason
        data = {name: _plain(one) for name, one in said.items() if one}
        yield Item(f"legal-hold/{hold.id}", "legal-hold", data)


def _unknown_names(session: Session, app_ids: Collection[UUID]) -> dict[str, Collection[str]]:
    """The clients of apps of which the person is not told, and the sectors that are theirs alone."""
    clients = session.execute(select(col(Client.client_id), col(Client.sector), col(Client.app_id))).all()
    theirs = [one for one in clients if one.app_id in app_ids]
    shared = {one.sector for one in clients if one.app_id not in app_ids}
    sectors = {one.sector for one in theirs} - shared
    return {"app-session": {one.client_id for one in theirs}, "name-at-apps": sectors}


def _of_sign_in(
    session: Session, person_id: UUID, record: int, unknown: Mapping[str, Collection[str]]
) -> Iterator[Item]:
    """``record`` numbers those of one person: what has no id is told apart by it.

    ``unknown`` are names of a kind that the person is not told.
    """
    for section, model, columns in _OF_SIGN_IN:
        whose: Any = getattr(model, "person_id")  # noqa: B009 - each of these has one
        query = select(model).where(col(whose) == person_id)
        if section in unknown:
            query = query.where(col(getattr(model, _NAMES[section])).not_in(unknown[section]))
        for number, row in enumerate(session.execute(query).scalars()):
            said = {name: _plain(getattr(row, name)) for name in columns}
            key = getattr(row, "id", f"{record}.{number}" if record else number)
            yield Item(f"{section}/{key}", section, {name: one for name, one in said.items() if one})


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
