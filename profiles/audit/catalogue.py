"""The catalogue of audited events. An event that is not listed here cannot be written."""

from enum import StrEnum


class Event(StrEnum):
    """What happened; each name is stable, because checkpoints that were published cover it."""

    PERSON_CREATED = "person.created"
    EMPLOYMENT_BEGAN = "employment.began"
    ROLE_ASSIGNED = "role.assigned"
    ORGANISATION_CREATED = "organisation.created"
