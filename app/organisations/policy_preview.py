"""How many people a policy would leave without a way in that it accepts, before anybody confirms it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, union
from sqlmodel import Session, col

from identity.acr import LADDER, MULTI_FACTOR, SINGLE_FACTOR
from identity.federation import providers
from identity.federation.models import UpstreamLink
from identity.sign_in.models import OneTimeCodeSecret, Passkey, PasswordCredential
from identity.sign_in.passkeys import is_hardware_bound
from identity.sign_in_policy.policy import PersonsPolicy, Platform, Proof, policy_of
from profiles.employments.models import Employment, Posting
from profiles.organisations import service as organisations
from profiles.roles.models import RoleAssignment
from profiles.sign_in.models import Method, PolicyTerms, SignInPolicy
from profiles.sign_in.standing import OFFICERS, AppliedPolicy, Standing, policies_above
from profiles.temporal import Provenance, as_of


@dataclass(frozen=True)
class Preview:
    """People who work or act for an organisation, by what a policy would mean to them."""

    ready: int
    """They have something that it accepts."""
    must_set_up: int
    """They have something, which it does not accept any more."""
    without: int
    """They have nothing yet, and need an invitation in any case."""


def preview(
    session: Session, organisation_id: UUID, terms: PolicyTerms, now: datetime, platform: Platform
) -> Preview:
    """Count, at ``now``, with the policies of those above and the platform's rules beside this one."""
    below = organisations.tree(session, now).subtree_of(organisation_id)
    people = _people(below, now)
    officers = set(session.execute(_officers(below, now)).scalars())
    above = policies_above(session, organisation_id, now)
    would_be = SignInPolicy(
        organisation_id=organisation_id,
        **terms.model_dump(include=set(PolicyTerms.model_fields)),
        **Provenance(None, "preview", "preview").stamp(now, now),
    )
    applied = tuple(AppliedPolicy(one, now) for one in (*above, would_be))
    ask: dict[bool, PersonsPolicy] = {
        is_officer: policy_of(Standing(True, False, is_officer, applied), platform)
        for is_officer in (False, True)
    }
    proofs = _proofs(session, people, organisation_id, now)
    everybody = set(session.execute(people).scalars())
    ready = {
        one for one in everybody if any(ask[one in officers].met_by(proof) for proof in proofs.get(one, ()))
    }
    some = {one for one in everybody if proofs.get(one)}
    return Preview(len(ready), len(some - ready), len(everybody - some))


def _people(organisation_ids: frozenset[UUID], now: datetime) -> Any:
    """Who works or holds a role there."""
    return union(
        *(
            select(col(model.person_id)).where(
                as_of(model, now, now), col(model.organisation_id).in_(organisation_ids)
            )
            for model in (Employment, Posting, RoleAssignment)
        )
    )


def _officers(organisation_ids: frozenset[UUID], now: datetime) -> Select[Any]:
    return select(col(RoleAssignment.person_id)).where(
        as_of(RoleAssignment, now, now),
        col(RoleAssignment.organisation_id).in_(organisation_ids),
        col(RoleAssignment.role).in_(OFFICERS),
    )


def _proofs(session: Session, people: Any, organisation_id: UUID, now: datetime) -> dict[UUID, list[Proof]]:
    """What each of them can sign in with now."""
    among = select(people.subquery().c.person_id)
    found: dict[UUID, list[Proof]] = {}

    def note(person_id: UUID, proof: Proof) -> None:
        found.setdefault(person_id, []).append(proof)

    with_codes = set(
        session.execute(
            select(col(OneTimeCodeSecret.person_id)).where(
                col(OneTimeCodeSecret.person_id).in_(among), col(OneTimeCodeSecret.confirmed_at).is_not(None)
            )
        ).scalars()
    )
    passwords = select(col(PasswordCredential.person_id)).where(
        col(PasswordCredential.person_id).in_(among), col(PasswordCredential.locked_at).is_(None)
    )
    for person_id in session.execute(passwords).scalars():
        code = person_id in with_codes
        method = Method.PASSWORD_AND_CODE if code else Method.PASSWORD
        note(person_id, Proof(method, MULTI_FACTOR if code else SINGLE_FACTOR))
    passkeys = select(Passkey).where(
        col(Passkey.person_id).in_(among), col(Passkey.removed_at).is_(None), col(Passkey.locked_at).is_(None)
    )
    for passkey in session.execute(passkeys).scalars():
        acr = LADDER[3] if is_hardware_bound(passkey) else LADDER[2]
        note(passkey.person_id, Proof(Method.PASSKEY, acr, passkey.aaguid))
    level = _level_of_department(session, organisation_id, now)
    links = select(col(UpstreamLink.person_id)).where(
        col(UpstreamLink.person_id).in_(among),
        col(UpstreamLink.ended_at).is_(None),
        col(UpstreamLink.locked_at).is_(None),
    )
    if level is not None:
        for person_id in session.execute(links).scalars():
            note(person_id, Proof(Method.DEPARTMENT, level))
    return found


def _level_of_department(session: Session, organisation_id: UUID, now: datetime) -> str | None:
    """The highest level that a provider of the organisation, or of one above it, is believed."""
    chain = organisations.tree(session, now).ancestors_of(organisation_id)
    ceilings = [one.ceiling for one in providers.in_use(session, chain) if one.ceiling in LADDER]
    return max(ceilings, key=LADDER.index) if ceilings else None
