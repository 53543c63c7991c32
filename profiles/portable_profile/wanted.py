"""What an officer wants recorded, and how a change that waits keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, cast
from uuid import UUID

from pydantic import TypeAdapter

from profiles.clearances.models import Clearance
from profiles.employments.models import Posting
from profiles.portable_profile.kinds import MODELS, Kind
from profiles.portable_profile.models import (
    Action,
    Departure,
    EdgeTerms,
    PostTerms,
    RecordChange,
    ReturnTerms,
)


@dataclass(frozen=True)
class Wanted:
    """What an officer wants recorded: the columns that change, ``valid_from`` and ``valid_to`` among them.

    What happened to a clearance may set its ``review_due_on`` too. What is added under an employment names
    that by its ``employment_id``, where the organisation has several of the person.
    """

    person_id: UUID
    organisation_id: UUID
    kind: Kind
    action: Action
    values: Mapping[str, Any]
    reason: str
    source: str
    version_id: UUID | None = None

    def content(self) -> dict[str, Any]:
        """The values as JSON has them."""
        return {name: _packed(value) for name, value in self.values.items()}


def wanted_by(change: RecordChange) -> Wanted:
    """The change as it was asked for."""
    kind = Kind(change.kind)
    fields = MODELS[kind].model_fields
    if kind is Kind.CLEARANCE_EVENT:
        fields = Clearance.model_fields | fields
    if change.action in (Action.CORRECT, Action.END):
        fields = EdgeTerms.model_fields | fields
    if change.action is Action.LEAVE:
        fields = Departure.model_fields | fields
    if change.action in (Action.CHANGE_POST, Action.CORRECT_POST):
        fields = PostTerms.model_fields | fields
    if change.action is Action.END_BREAK:
        fields = ReturnTerms.model_fields | Posting.model_fields | fields
    return Wanted(
        person_id=change.person_id,
        organisation_id=change.organisation_id,
        kind=kind,
        action=change.action,
        values={
            name: TypeAdapter(cast(Any, fields[name].annotation)).validate_python(value)
            for name, value in change.content.items()
        },
        reason=change.reason,
        source=change.source,
        version_id=change.version_id,
    )


def _packed(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value.value if isinstance(value, Enum) else value
