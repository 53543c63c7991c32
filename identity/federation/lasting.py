"""The ways in that last when somebody goes to another organisation, and which of those named have gone.

A password alone is none of them: it is what a phone call gets out of somebody on their first morning.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from identity.acr import MULTI_FACTOR
from identity.federation import links, providers
from identity.federation.models import UpstreamLink
from identity.sessions.credentials import CredentialKind, name, read
from identity.sign_in import one_time_codes, passkeys
from identity.sign_in.models import OneTimeCodeSecret, Passkey, PasswordCredential
from identity.sign_in.offered import has_password
from identity.sign_in_policy.policy import Platform, Proof
from identity.sign_in_policy.service import policy_within
from profiles.sign_in.models import Method
from profiles.sign_in.service import is_within

LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True)
class LastingWay:
    """A way in. ``credential`` is its name, ``label`` what its owner calls it, where it has such a name."""

    credential: str
    kind: CredentialKind
    label: str


def lasting_ways(
    session: Session, person_id: UUID, organisation_id: UUID, at: datetime, platform: Platform
) -> list[LastingWay]:
    """What a person has now that opens the account at ``at``, when they work for this organisation.

    Passkeys, a password that a code follows, and accounts at that organisation's own provider.
    """
    policy = policy_within(session, organisation_id, at, platform)
    found = [
        LastingWay(name(CredentialKind.PASSKEY, one.id), CredentialKind.PASSKEY, one.name)
        for one in passkeys.of_person(session, person_id)
        if one.locked_at is None
        and policy.accepts_passkey(one.aaguid, hardware_bound=passkeys.is_hardware_bound(one))
    ]
    two_factors = has_password(session, person_id) and one_time_codes.is_on(session, person_id)
    if two_factors and policy.met_by(Proof(Method.PASSWORD_AND_CODE, MULTI_FACTOR)):
        found.append(LastingWay(name(CredentialKind.PASSWORD), CredentialKind.PASSWORD, ""))
    if Method.DEPARTMENT in policy.methods:
        found += _accounts(session, person_id, organisation_id, at)
    return found


def with_lasting_ways(
    session: Session,
    person_ids: Collection[UUID],
    organisation_id: UUID,
    at: datetime,
    platform: Platform,
    *,
    taken_over_from: UUID | None = None,
) -> set[UUID]:
    """Those of these people who have one at least, when they work for this organisation at ``at``.

    It has the providers of the organisation ``taken_over_from`` as well then.
    """
    policy = policy_within(session, organisation_id, at, platform)
    places = {
        place
        for place, provider in providers.by_place(session).items()
        if provider.organisation_id == taken_over_from
        or is_within(session, organisation_id, provider.organisation_id, at)
    }
    codes_allowed = policy.met_by(Proof(Method.PASSWORD_AND_CODE, MULTI_FACTOR))
    found: set[UUID] = set()
    waiting = iter(person_ids)
    while batch := list(islice(waiting, LOOKED_UP_AT_ONCE)):
        keys = select(Passkey).where(
            col(Passkey.person_id).in_(batch),
            col(Passkey.removed_at).is_(None),
            col(Passkey.locked_at).is_(None),
        )
        found |= {
            one.person_id
            for one in session.execute(keys).scalars()
            if policy.accepts_passkey(one.aaguid, hardware_bound=passkeys.is_hardware_bound(one))
        }
        if codes_allowed:
            found |= {*_with_two_factors(session, batch)}
        if Method.DEPARTMENT in policy.methods and places:
            links = select(
                col(UpstreamLink.person_id), col(UpstreamLink.issuer), col(UpstreamLink.realm)
            ).where(
                col(UpstreamLink.person_id).in_(batch),
                col(UpstreamLink.ended_at).is_(None),
                col(UpstreamLink.locked_at).is_(None),
            )
            found |= {one for one, issuer, realm in session.execute(links) if (issuer, realm) in places}
    return found


def gone(session: Session, named: Iterable[tuple[UUID, str]]) -> set[UUID]:
    """The people whose named way in opens nothing any more; each is given with the credential's name."""
    found: set[UUID] = set()
    waiting = iter(named)
    while batch := list(islice(waiting, LOOKED_UP_AT_ONCE)):
        wanted = [(person_id, *read(credential)) for person_id, credential in batch]
        ids = {
            kind: [credential_id for _, one, credential_id in wanted if one is kind and credential_id]
            for kind in CredentialKind
        }
        people = [person_id for person_id, kind, _ in wanted if kind is CredentialKind.PASSWORD]
        open_ids = {*_open_passkeys(session, ids[CredentialKind.PASSKEY])}
        open_ids |= {*_open_links(session, ids[CredentialKind.LINK]), *_with_two_factors(session, people)}
        found |= {one for one, _, credential_id in wanted if (credential_id or one) not in open_ids}
    return found


def _accounts(session: Session, person_id: UUID, organisation_id: UUID, at: datetime) -> Iterator[LastingWay]:
    places = providers.by_place(session)
    for one in links.accounts_of(session, person_id):
        provider = places.get((one.issuer, one.realm))
        speaks = provider and is_within(session, organisation_id, provider.organisation_id, at)
        if provider and speaks and one.locked_at is None:
            credential = name(CredentialKind.LINK, one.link_id)
            yield LastingWay(credential, CredentialKind.LINK, provider.name)


def _open_passkeys(session: Session, ids: Collection[UUID]) -> Iterable[UUID]:
    live = select(col(Passkey.id)).where(
        col(Passkey.id).in_(ids), col(Passkey.removed_at).is_(None), col(Passkey.locked_at).is_(None)
    )
    return session.execute(live).scalars()


def _open_links(session: Session, ids: Collection[UUID]) -> Iterable[UUID]:
    live = select(col(UpstreamLink.id)).where(
        col(UpstreamLink.id).in_(ids),
        col(UpstreamLink.ended_at).is_(None),
        col(UpstreamLink.locked_at).is_(None),
    )
    return session.execute(live).scalars()


def _with_two_factors(session: Session, person_ids: Collection[UUID]) -> Iterable[UUID]:
    both = (
        select(col(PasswordCredential.person_id))
        .join(OneTimeCodeSecret, col(OneTimeCodeSecret.person_id) == col(PasswordCredential.person_id))
        .where(
            col(PasswordCredential.person_id).in_(person_ids),
            col(PasswordCredential.locked_at).is_(None),
            col(OneTimeCodeSecret.confirmed_at).is_not(None),
        )
    )
    return session.execute(both).scalars()
