"""Departments' own providers: proposed by one administrator, confirmed by another, ended by either."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from identity.acr import LADDER
from identity.clients.metadata import PRIVATE_KEY_JWT
from identity.federation import realms
from identity.federation.models import UpstreamProvider
from identity.federation.openid.exchange import AUTH_METHODS, Credentials
from identity.federation.openid.id_token import OBJECT_ID
from identity.keys.encryption import KeyEncryption
from identity.keys.signer import Signer
from identity.sessions import service as sessions
from identity.sessions.models import LoginSession
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.columns import new_id
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted
from profiles.prepared import Prepared
from profiles.roles.parties import are_one

MAX_ISSUER_CHARACTERS = 500
# RFC 6749 §3.3: the characters of a scope.
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
SUBJECT_CLAIMS = ("sub", OBJECT_ID)
_FIND_PROPOSED_QUERY = select(*UpstreamProvider.__table__.columns).where(  # type: ignore[attr-defined]
    col(UpstreamProvider.id) == bindparam("provider_id"), col(UpstreamProvider.ended_at).is_(None)
)
_FIND_PROPOSED = Prepared(_FIND_PROPOSED_QUERY)
_FIND_IN_USE = Prepared(_FIND_PROPOSED_QUERY.where(col(UpstreamProvider.confirmed_at).is_not(None)))
_NAMES = Prepared(
    select(col(UpstreamProvider.id), col(UpstreamProvider.name)).where(
        col(UpstreamProvider.confirmed_at).is_not(None), col(UpstreamProvider.ended_at).is_(None)
    )
)


@dataclass(frozen=True)
class Proposal:
    """How an organisation's provider is to be asked, and what its words mean."""

    organisation_id: UUID
    name: str
    issuer: str
    client_id: str
    realm: str = ""
    scope: str = "openid"
    token_endpoint_auth_method: str = PRIVATE_KEY_JWT
    client_secret: str | None = field(default=None, repr=False)
    subject_claim: str = "sub"
    tenant: str | None = None
    acr_levels: dict[str, str] = field(default_factory=dict)
    amr_levels: dict[str, str] = field(default_factory=dict)


def propose(
    session: Session,
    now: datetime,
    proposal: Proposal,
    person_id: UUID,
    ceiling: str,
    encryption: KeyEncryption,
    *,
    development: bool,
    provider_id: UUID | None = None,
) -> UpstreamProvider:
    """Write down a provider that somebody else must confirm; until then it reserves nothing.

    ``provider_id`` is the id in the addresses that it was registered there with. Raises Invalid naming the
    field, Conflict when another organisation has this part of the issuer.
    """
    check(proposal, development=development)
    provider = UpstreamProvider(
        id=provider_id or new_id(),
        organisation_id=proposal.organisation_id,
        name=proposal.name,
        issuer=proposal.issuer,
        realm=proposal.realm,
        scope=" ".join(proposal.scope.split()),
        client_id=proposal.client_id,
        token_endpoint_auth_method=proposal.token_endpoint_auth_method,
        subject_claim=proposal.subject_claim,
        tenant=proposal.tenant,
        acr_levels=proposal.acr_levels,
        amr_levels=proposal.amr_levels,
        ceiling=ceiling,
        proposed_by=person_id,
        proposed_at=now,
    )
    _others_to_replace(session, provider)
    if proposal.client_secret is not None:
        provider.client_secret = encryption.encrypt(proposal.client_secret.encode(), _purpose(provider.id))
    session.add(provider)
    session.flush()
    _note(session, Event.UPSTREAM_PROPOSED, provider, Initiator.person(person_id), now)
    return provider


def confirm(session: Session, provider_id: UUID, person_id: UUID, now: datetime) -> None:
    """A second administrator confirms what was tried; from now on people sign in through it.

    It takes the place of what the organisation had at this part of the issuer, and no more is believed of it
    than of that; sessions that the former opened end, because a sign-out there would not find them. Raises
    NotPermitted for the one who proposed it, Conflict when nobody has tried it, when it is confirmed or over
    already, or when another organisation has this part of the issuer.
    """
    provider = get(session, provider_id)
    if are_one(session, person_id, provider.proposed_by, now):
        raise NotPermitted("Somebody else must confirm what you proposed.")
    if provider.tested_at is None:
        raise Conflict("Try a sign-in first: nobody has signed in there yet.")
    for former in _others_to_replace(session, provider):
        end(session, former.id, Initiator.person(person_id), now)
        _end_sessions(session, former.id, Initiator.person(person_id), now)
    confirmed = session.connection().execute(
        update(UpstreamProvider)
        .where(
            col(UpstreamProvider.id) == provider_id,
            col(UpstreamProvider.confirmed_at).is_(None),
            col(UpstreamProvider.ended_at).is_(None),
        )
        .values(confirmed_by=person_id, confirmed_at=now, ceiling=_ceiling_so_far(session, provider))
    )
    if confirmed.rowcount != 1:
        raise Conflict("This provider was confirmed or ended meanwhile.")
    _note(session, Event.UPSTREAM_CONFIRMED, provider, Initiator.person(person_id), now)


def note_tested(session: Session, provider_id: UUID, now: datetime, *, offers_sign_out: bool = False) -> None:
    """Note that a test sign-in came back in order, and whether people can sign out there from here."""
    session.connection().execute(
        update(UpstreamProvider)
        .where(col(UpstreamProvider.id) == provider_id)
        .values(tested_at=now, offers_sign_out=offers_sign_out)
    )


def end(session: Session, provider_id: UUID, initiator: Initiator, now: datetime) -> None:
    """Nobody signs in through it any more; links stay, for when the same issuer is set up again."""
    ended = session.connection().execute(
        update(UpstreamProvider)
        .where(col(UpstreamProvider.id) == provider_id, col(UpstreamProvider.ended_at).is_(None))
        .values(ended_at=now)
    )
    if ended.rowcount == 1:
        _note(session, Event.UPSTREAM_ENDED, get(session, provider_id), initiator, now)


def set_ceiling(
    session: Session, provider_id: UUID, ceiling: str, initiator: Initiator, now: datetime
) -> None:
    """The highest level that the platform believes this provider. Raises Invalid, NotFound."""
    if ceiling not in LADDER:
        raise Invalid("There is no such level.", field="ceiling")
    provider = get(session, provider_id)
    session.connection().execute(
        update(UpstreamProvider).where(col(UpstreamProvider.id) == provider_id).values(ceiling=ceiling)
    )
    _note(session, Event.UPSTREAM_CEILING_SET, provider, initiator, now, {"ceiling": ceiling})


def get(session: Session, provider_id: UUID) -> UpstreamProvider:
    """A provider, whatever its state. Raises NotFound."""
    query = select(UpstreamProvider).where(col(UpstreamProvider.id) == provider_id)
    found: UpstreamProvider | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such provider.")
    return found


def find_in_use(session: Session, provider_id: UUID) -> UpstreamProvider | None:
    """A provider that people can sign in through, free of the session that read it."""
    return _made(_FIND_IN_USE.first(session, {"provider_id": provider_id}))


def find_proposed(session: Session, provider_id: UUID) -> UpstreamProvider | None:
    """A provider that has not ended, confirmed or not: what a test sign-in is made with; as free."""
    return _made(_FIND_PROPOSED.first(session, {"provider_id": provider_id}))


def by_place(session: Session) -> dict[tuple[str, str], UpstreamProvider]:
    """Every provider that people can sign in through, by the issuer and its part that it speaks for."""
    return {(one.issuer, one.realm): one for one in _in_use(session)}


def in_use(session: Session, organisation_ids: Collection[UUID] | None = None) -> Sequence[UpstreamProvider]:
    """Every provider that people can sign in through, by name; of these organisations, or of all."""
    return _in_use(session, organisation_ids)


def names_in_use(session: Session) -> dict[UUID, str]:
    """What every provider that people can sign in through is called, by its id."""
    return {row.id: row.name for row in _NAMES.all(session, {})}


def of_organisations(session: Session, organisation_ids: Collection[UUID]) -> Sequence[UpstreamProvider]:
    """Every provider of these organisations that has not ended, the newest first."""
    query = select(UpstreamProvider).where(
        col(UpstreamProvider.organisation_id).in_(organisation_ids), col(UpstreamProvider.ended_at).is_(None)
    )
    return session.execute(query.order_by(col(UpstreamProvider.id).desc())).scalars().all()


def credentials_of(provider: UpstreamProvider, encryption: KeyEncryption, signer: Signer) -> Credentials:
    """What we prove ourselves with at this provider."""
    if provider.client_secret is None:
        return Credentials(None, signer)
    secret = encryption.decrypt(provider.client_secret, _purpose(provider.id))
    return Credentials(secret.decode(), None)


def _end_sessions(session: Session, provider_id: UUID, initiator: Initiator, now: datetime) -> None:
    """End what this provider opened."""
    opened = select(col(LoginSession.id)).where(
        col(LoginSession.upstream_provider_id) == provider_id, col(LoginSession.ended_at).is_(None)
    )
    for session_id in session.execute(opened).scalars().all():
        sessions.end(session, session_id, now, "The department's provider was replaced", initiator=initiator)


def _others_to_replace(session: Session, provider: UpstreamProvider) -> list[UpstreamProvider]:
    """What the organisation has at this part of the issuer. Raises Conflict when another one has it."""
    query = select(UpstreamProvider).where(
        col(UpstreamProvider.issuer) == provider.issuer,
        col(UpstreamProvider.id) != provider.id,
        col(UpstreamProvider.confirmed_at).is_not(None),
        col(UpstreamProvider.ended_at).is_(None),
    )
    present = session.execute(query).scalars().all()
    others = [one for one in present if one.organisation_id != provider.organisation_id]
    realms.check_apart(provider, others)
    return [one for one in present if one not in others and realms.overlap(one, provider)]


def _ceiling_so_far(session: Session, provider: UpstreamProvider) -> str:
    """What the platform last said of this organisation at this issuer; else what was proposed."""
    former = (
        select(col(UpstreamProvider.ceiling))
        .where(
            col(UpstreamProvider.issuer) == provider.issuer,
            col(UpstreamProvider.organisation_id) == provider.organisation_id,
            col(UpstreamProvider.confirmed_at).is_not(None),
        )
        .order_by(col(UpstreamProvider.confirmed_at).desc())
        .limit(1)
    )
    return session.execute(former).scalar_one_or_none() or provider.ceiling


def _made(row: Any) -> UpstreamProvider | None:
    return UpstreamProvider(**row._asdict()) if row else None


def _in_use(session: Session, organisation_ids: Collection[UUID] | None = None) -> Sequence[UpstreamProvider]:
    query = select(UpstreamProvider).where(
        col(UpstreamProvider.confirmed_at).is_not(None), col(UpstreamProvider.ended_at).is_(None)
    )
    if organisation_ids is not None:
        query = query.where(col(UpstreamProvider.organisation_id).in_(organisation_ids))
    return session.execute(query.order_by(col(UpstreamProvider.name))).scalars().all()


def check(proposal: Proposal, *, development: bool) -> None:
    """Raise Invalid, naming the field, for what cannot be a provider."""
    if not proposal.name.strip():
        raise Invalid("Say what people call this account.", field="name")
    try:
        parts = urlsplit(proposal.issuer)
    except ValueError:
        raise Invalid("The issuer is not an address.", field="issuer") from None
    schemes = {"https", "http"} if development else {"https"}
    if parts.scheme not in schemes or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise Invalid("The issuer must be an https address without query.", field="issuer")
    if len(proposal.issuer) > MAX_ISSUER_CHARACTERS:
        raise Invalid("The issuer is too long.", field="issuer")
    realms.check(proposal.issuer, proposal.realm)
    if proposal.subject_claim not in SUBJECT_CLAIMS:
        raise Invalid("Choose the claim that names an account.", field="subject_claim")
    if proposal.subject_claim == OBJECT_ID and not proposal.tenant:
        raise Invalid("An object id names an account within its tenant only. Enter it.", field="tenant")
    scopes = proposal.scope.split()
    if "openid" not in scopes or not all(_SCOPE.fullmatch(scope) for scope in scopes):
        raise Invalid("Enter openid, and other scopes after a space.", field="scope")
    if proposal.subject_claim == OBJECT_ID and "profile" not in scopes:
        raise Invalid("Microsoft Entra ID says oid and tid only with the scope profile.", field="scope")
    if not proposal.client_id.strip():
        raise Invalid("Say which client_id the provider gave to Lanyard.", field="client_id")
    if proposal.token_endpoint_auth_method not in AUTH_METHODS:
        raise Invalid("Choose how Lanyard proves itself.", field="token_endpoint_auth_method")
    if (proposal.token_endpoint_auth_method == PRIVATE_KEY_JWT) == bool(proposal.client_secret):
        raise Invalid("A secret is needed, unless Lanyard proves itself with its key.", field="client_secret")
    for levels in (proposal.acr_levels, proposal.amr_levels):
        if not set(levels.values()) <= set(LADDER):
            raise Invalid(f"A level must be one of {', '.join(LADDER)}.", field="levels")


def _note(
    session: Session,
    event: Event,
    provider: UpstreamProvider,
    initiator: Initiator,
    now: datetime,
    details: dict[str, str] | None = None,
) -> None:
    known = {"provider_id": str(provider.id), "issuer": provider.issuer, **(details or {})}
    append(session, event, initiator, now, organisation_id=provider.organisation_id, details=known)


def _purpose(provider_id: UUID) -> str:
    return f"upstream-client-secret:{provider_id}"
