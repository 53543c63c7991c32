"""Everything that a rule is about: what profiles keeps, and what signing in keeps to be looked back at."""

from sqlmodel import col

from identity.disowning.models import DisownedSession
from identity.recovery.models import Recovery
from profiles.retention.due import RECORDS as OF_PROFILES
from profiles.retention.events import rows_over
from profiles.retention.records import Retained
from profiles.retention.rules import RetainedKind

RECORDS: tuple[Retained, ...] = (
    *OF_PROFILES,
    Retained(
        RetainedKind.RECOVERY,
        Recovery,
        rows_over(
            Recovery,
            lambda limit: col(Recovery.is_open).is_(False),
            lambda limit: col(Recovery.ended_at) <= limit.at,
        ),
    ),
    Retained(
        RetainedKind.RECOVERY,
        DisownedSession,
        rows_over(DisownedSession, lambda limit: col(DisownedSession.closed_at) <= limit.at),
    ),
)
