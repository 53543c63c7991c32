"""What is released, as an object for programs, and the schema that it follows (JSON Schema 2020-12)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from profiles.access_requests.held import Item
from profiles.access_requests.models import AccessRequest
from profiles.disclosure.grounds import Ground
from profiles.organisations import service as organisations
from profiles.people.service import display_name, name_of
from profiles.portable_profile.export import instant

FORMAT = "lanyard-access-request-1"
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What one organisation holds about a person in Lanyard",
    "type": "object",
    "required": [
        "format",
        "request",
        "person",
        "organisation",
        "asked_at",
        "made_at",
        "sections",
        "withheld",
    ],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "format": {"const": FORMAT},
        "request": {"type": "string", "format": "uuid"},
        "person": {"type": "string", "description": "What the person is called."},
        "organisation": {"type": "string", "description": "Who holds it, and reviewed it."},
        "asked_at": {"type": "string", "format": "date-time"},
        "made_at": {"type": "string", "format": "date-time"},
        "sections": {
            "description": "By kind: facts of the record by theirs, each version of a fact an entry.",
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "object"}},
        },
        "withheld": {
            "description": "How much was withheld, by the ground for it.",
            "type": "object",
            "propertyNames": {"enum": [one.value for one in Ground]},
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
    },
}


def content_of(
    session: Session,
    request: AccessRequest,
    items: Sequence[Item],
    withheld: Mapping[str, int],
    now: datetime,
) -> dict[str, Any]:
    """The object, by ``SCHEMA``."""
    sections: dict[str, list[Any]] = {}
    for one in items:
        sections.setdefault(one.section, []).append(dict(one.data))
    return {
        "format": FORMAT,
        "request": str(request.id),
        "person": display_name(name_of(session, request.person_id, now)),
        "organisation": organisations.get(session, request.organisation_id, now).name,
        "asked_at": instant(request.asked_at),
        "made_at": instant(now),
        "sections": sections,
        "withheld": dict(withheld),
    }
