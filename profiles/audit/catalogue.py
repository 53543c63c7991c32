"""The catalogue of audited events. An event that is not listed here cannot be written."""

from enum import StrEnum


class Event(StrEnum):
    """What happened; each name is stable, because checkpoints that were published cover it."""

    PERSON_CREATED = "person.created"
    BIRTH_DATE_RECORDED = "person.birth_date_recorded"
    WORK_PHONE_RECORDED = "person.work_phone_recorded"
    WORK_PLACE_RECORDED = "person.work_place_recorded"
    EMPLOYMENT_BEGAN = "employment.began"
    ROLE_ASSIGNED = "role.assigned"
    ORGANISATION_CREATED = "organisation.created"
    OFFICE_RECORDED = "organisation.office_recorded"
    ORGANOGRAM_IMPORTED = "organogram.imported"
    SIGN_IN_SUCCEEDED = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    SIGN_IN_THROTTLED = "sign_in.throttled"
    SESSION_ENDED = "session.ended"
    APP_SESSION_ENDED = "app_session.ended"
    INVITATION_MADE = "invitation.made"
    INVITATION_USED = "invitation.used"
    PASSWORD_SET = "password.set"  # noqa: S105 - an event
    CLIENT_REGISTERED = "client.registered"
    CLIENT_TOKENS_CHANGED = "client.tokens_changed"
    CLIENT_CHANGED = "client.changed"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_SECRET_ROTATED = "client.secret_rotated"  # noqa: S105 - an event
    CLIENT_SECRET_ENDED = "client.secret_ended"  # noqa: S105 - an event
    REGISTRATION_ALLOWED = "client.registration_allowed"
    APP_OPENED = "app.opened"
    APP_REFUSED = "app.refused"
    CODE_REPLAYED = "code.replayed"
    REFRESH_TOKEN_REPLAYED = "refresh_token.replayed"  # noqa: S105 - an event
    TOKENS_REVOKED = "tokens.revoked"
    TRANSFER_CODE_MADE = "transfer.code_made"
    TRANSFER_PREPARED = "transfer.prepared"
    TRANSFER_APPROVED = "transfer.approved"
    TRANSFER_LEFT = "transfer.left"
    TRANSFER_JOINED = "transfer.joined"
    TRANSFER_COMPLETED = "transfer.completed"
    TRANSFER_ENDED = "transfer.ended"
    CLEARANCE_RECORDED = "clearance.recorded"
    CLEARANCE_STATUS_CHANGED = "clearance.status_changed"
    APP_CREATED = "app.created"
    APP_AGREEMENT_RECORDED = "app.agreement_recorded"
    APP_RULE_ADDED = "app.rule_added"
    ENTITLEMENT_GRANTED = "entitlement.granted"
    DISCLOSED = "disclosed"
    NOTICE_SEEN = "notice.seen"
