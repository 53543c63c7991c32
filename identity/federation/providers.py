"""Departments' own providers: proposed by one administrator, confirmed by another, ended by either."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from identity.acr import LADDER
from identity.clients.metadata import PRIVATE_KEY_JWT
from identity.federation.exchange import AUTH_METHODS, Credentials
from identity.federation.models import UpstreamProvider
from identity.keys.encryption import KeyEncryption
from identity.keys.signer import Signer
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.errors import Conflict, Invalid, NotFound, NotPermitted

MAX_ISSUER_CHARACTERS = 500


@dataclass(frozen=True)
class Proposal:
    """How an organisation's provider is to be asked, and what its words mean."""

    organisation_id: UUID
    name: str
    issuer: str
    client_id: str
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
) -> UpstreamProvider:
    """Write down a provider that somebody else must confirm. Raises Invalid naming the field, Conflict."""
    _check(proposal, development=development)
    taken = select(col(UpstreamProvider.id)).where(
        col(UpstreamProvider.issuer) == proposal.issuer, col(UpstreamProvider.ended_at).is_(None)
    )
    if session.execute(taken).first() is not None:
        raise Conflict("This issuer is set up already. End it first.")
    provider = UpstreamProvider(
        organisation_id=proposal.organisation_id,
        name=proposal.name,
        issuer=proposal.issuer,
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
    if proposal.client_secret is not None:
        provider.client_secret = encryption.encrypt(proposal.client_secret.encode(), _purpose(provider.id))
    session.add(provider)
    session.flush()
    _note(session, Event.UPSTREAM_PROPOSED, provider, Initiator.person(person_id), now)
    return provider


def confirm(session: Session, provider_id: UUID, person_id: UUID, now: datetime) -> None:
    """A second administrator confirms; from now on people sign in through it.

    Raises NotPermitted for the one who proposed it, Conflict when it is confirmed or over already.
    """
    provider = get(session, provider_id)
    if provider.proposed_by == person_id:
        raise NotPermitted("Somebody else must confirm what you proposed.")
    confirmed = session.connection().execute(
        update(UpstreamProvider)
        .where(
            col(UpstreamProvider.id) == provider_id,
            col(UpstreamProvider.confirmed_at).is_(None),
            col(UpstreamProvider.ended_at).is_(None),
        )
        .values(confirmed_by=person_id, confirmed_at=now)
    )
    if confirmed.rowcount != 1:
        raise Conflict("This provider was confirmed or ended meanwhile.")
    _note(session, Event.UPSTREAM_CONFIRMED, provider, Initiator.person(person_id), now)


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
    """A provider that people can sign in through."""
    return next(iter(_in_use(session, {provider_id})), None)


def find_proposed(session: Session, provider_id: UUID) -> UpstreamProvider | None:
    """A provider that has not ended, confirmed or not: what a test sign-in is made with."""
    query = select(UpstreamProvider).where(
        col(UpstreamProvider.id) == provider_id, col(UpstreamProvider.ended_at).is_(None)
    )
    return session.execute(query).scalar_one_or_none()


def in_use(session: Session, organisation_ids: Collection[UUID] | None = None) -> Sequence[UpstreamProvider]:
    """Every provider that people can sign in through, by name; of these organisations, or of all."""
    return _in_use(session, None, organisation_ids)


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


def _in_use(
    session: Session, ids: Collection[UUID] | None, organisation_ids: Collection[UUID] | None = None
) -> Sequence[UpstreamProvider]:
    query = select(UpstreamProvider).where(
        col(UpstreamProvider.confirmed_at).is_not(None), col(UpstreamProvider.ended_at).is_(None)
    )
    if ids is not None:
        query = query.where(col(UpstreamProvider.id).in_(ids))
    if organisation_ids is not None:
        query = query.where(col(UpstreamProvider.organisation_id).in_(organisation_ids))
    return session.execute(query.order_by(col(UpstreamProvider.name))).scalars().all()


def _check(proposal: Proposal, *, development: bool) -> None:
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
