"""A department's own providers become its successor's, with the accounts of those who go along."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_, update
from sqlmodel import Session, col

from identity.federation.models import UpstreamLink, UpstreamProvider
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append

ENDED_BECAUSE = "The department had ended when they had left it"


def hand_over(
    session: Session,
    now: datetime,
    initiator: Initiator,
    *,
    organisation_id: UUID,
    successor_id: UUID,
    going_along: Select[Any],
) -> None:
    """Let the providers of an organisation speak for its successor's people from now on.

    What is believed of them, and their secrets, stay. The accounts of all others than ``going_along`` end:
    they had left, and the account may be somebody else's when they come to the successor another way.
    """
    present = session.execute(
        select(UpstreamProvider).where(col(UpstreamProvider.organisation_id) == organisation_id)
    )
    # Also those that have ended: by them a link tells whether its person has left since.
    providers = present.scalars().all()
    if not providers:
        return
    places = {(one.issuer, one.realm) for one in providers}
    ended = session.connection().execute(
        update(UpstreamLink)
        .where(
            tuple_(col(UpstreamLink.issuer), col(UpstreamLink.realm)).in_(sorted(places)),
            col(UpstreamLink.ended_at).is_(None),
            col(UpstreamLink.person_id).not_in(going_along),
        )
        .values(ended_at=now, ended_reason=ENDED_BECAUSE)
        .returning(col(UpstreamLink.id), col(UpstreamLink.person_id), col(UpstreamLink.issuer))
    )
    for link_id, person_id, issuer in ended.all():
        details = {"issuer": issuer, "link_id": str(link_id), "reason": ENDED_BECAUSE}
        append(session, Event.ACCOUNT_UNLINKED, initiator, now, person_id=person_id, details=details)
    session.execute(
        update(UpstreamProvider)
        .where(col(UpstreamProvider.organisation_id) == organisation_id)
        .values(organisation_id=successor_id)
        .execution_options(synchronize_session="fetch")
    )
    for one in providers:
        if one.ended_at is None:
            details = {"provider_id": str(one.id), "issuer": one.issuer, "from": str(organisation_id)}
            append(
                session,
                Event.UPSTREAM_HANDED_OVER,
                initiator,
                now,
                organisation_id=successor_id,
                details=details,
            )
