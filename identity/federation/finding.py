"""Which department's account somebody uses: found by its name among many, and what to confirm with."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from identity.acr import meets
from identity.federation import links, providers
from identity.federation.models import UpstreamProvider
from identity.sign_in.asked import Asked
from profiles.sign_in.service import organisation_names, works_for

MOST_SHOWN = 20
"""So many stand on a page before somebody is asked for a part of the name."""


@dataclass(frozen=True)
class Offer:
    """A department's account that can be used: what it is called, and whose it is."""

    id: UUID
    name: str
    organisation_name: str


def find_offers(session: Session, text: str, now: datetime) -> list[Offer]:
    """The accounts that have every word of the text in their name or their organisation's, by name."""
    words = text.casefold().split()
    names = organisation_names(session, now)
    all_of_them = [
        Offer(one.id, one.name, names.get(one.organisation_id, "")) for one in providers.in_use(session)
    ]
    return [one for one in all_of_them if all(word in _text(one) for word in words)]


def to_confirm_with(
    session: Session, person_id: UUID, wanted: Asked, now: datetime
) -> list[UpstreamProvider]:
    """The providers at which somebody may prove that it is still them.

    None when it must be proved to Lanyard itself, or at a level that no department is believed.
    """
    if wanted.here:
        return []
    places = {
        (one.issuer, one.realm) for one in links.accounts_of(session, person_id) if one.locked_at is None
    }
    return [
        one
        for place, one in providers.by_place(session).items()
        if place in places
        and works_for(session, person_id, one.organisation_id, now)
        and (not wanted.insists or meets(one.ceiling, wanted.level))
    ]


def _text(offer: Offer) -> str:
    return f"{offer.name} {offer.organisation_name}".casefold()
