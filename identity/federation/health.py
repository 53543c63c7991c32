"""How sign-ins at each department's provider went last, for its administrators; nobody's name is in it.

At most a minute passes between what is written and what is so, so that sign-ins do not wait for each other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update
from sqlmodel import Session, col

from identity.context import Context
from identity.federation.errors import Fault
from identity.federation.models import UpstreamHealth
from profiles.disclosure.once import insert_once
from profiles.prepared import Prepared

WRITTEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Health:
    """When a sign-in came back in order last, and when and why one did not."""

    succeeded_at: datetime | None
    failed_at: datetime | None
    fault: Fault | None
    why: str
    """Which check failed, in our own words."""

    @property
    def is_failing(self) -> bool:
        """Whether the last that was heard of it was a failure."""
        return self.failed_at is not None and (
            self.succeeded_at is None or self.failed_at > self.succeeded_at
        )


UNKNOWN = Health(None, None, None, "")
_FIND = Prepared(
    select(
        col(UpstreamHealth.succeeded_at),
        col(UpstreamHealth.failed_at),
        col(UpstreamHealth.fault),
        col(UpstreamHealth.why),
    ).where(col(UpstreamHealth.provider_id) == bindparam("provider_id"))
)


def note_success(context: Context, provider_id: UUID) -> None:
    """Note that a sign-in came back in order, in a short transaction of its own, if that is due."""
    now = context.now()
    known = _read(context, provider_id)
    if known.succeeded_at is not None and not known.is_failing and now - known.succeeded_at < WRITTEN_EVERY:
        return
    with context.own_transaction() as session:
        _ensure(session, provider_id)
        session.connection().execute(
            update(UpstreamHealth)
            .where(
                col(UpstreamHealth.provider_id) == provider_id,
                or_(
                    col(UpstreamHealth.succeeded_at).is_(None),
                    col(UpstreamHealth.succeeded_at) < now,
                ),
            )
            .values(succeeded_at=now)
        )


def note_failure(context: Context, provider_id: UUID, fault: Fault, why: str) -> None:
    """Note that one did not, and why; by the same rules."""
    now, known = context.now(), _read(context, provider_id)
    if known.failed_at is not None and known.fault is fault and now - known.failed_at < WRITTEN_EVERY:
        return
    with context.own_transaction() as session:
        _ensure(session, provider_id)
        session.connection().execute(
            update(UpstreamHealth)
            .where(col(UpstreamHealth.provider_id) == provider_id)
            .values(failed_at=now, fault=fault, why=why)
        )


def of_providers(session: Session, provider_ids: Collection[UUID]) -> dict[UUID, Health]:
    """The health of these providers; one that nobody has signed in at yet is not among them."""
    found = select(UpstreamHealth).where(col(UpstreamHealth.provider_id).in_(provider_ids))
    return {
        one.provider_id: Health(one.succeeded_at, one.failed_at, one.fault, one.why)
        for one in session.execute(found).scalars()
    }


def _read(context: Context, provider_id: UUID) -> Health:
    with context.reading() as session:
        row = _FIND.first(session, {"provider_id": provider_id})
    return Health(row.succeeded_at, row.failed_at, row.fault, row.why) if row else UNKNOWN


def _ensure(session: Session, provider_id: UUID) -> None:
    insert_once(session, UpstreamHealth, UpstreamHealth(provider_id=provider_id).model_dump())
