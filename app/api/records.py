"""``GET /api/v1/me/profile`` and ``/people/{number}/profile``: a profile on both time lines."""

from collections.abc import Callable
from typing import Any

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from sqlmodel import Session

from app.api.blueprint import blueprint
from app.api.dates import asked_moments
from app.api.models import Profile
from identity.context import Context, current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import person_calling, service_calling
from identity.endpoints.presented_tokens import PresentedToken, find_presented_token, resource_error
from identity.exchange import Answer
from profiles.disclosure.records import Reading, employees_record, own_record
from profiles.disclosure.service import AccessRefused
from profiles.errors import NotFound, NotPermitted
from profiles.roles.permissions import public

OWN_SCOPE = "record"
SERVICE_SCOPE = "records.read"


@blueprint.get("/me/profile")
@public
def own_profile() -> Answer:
    """The profile of who is there, if the app's agreement names it and they signed in strongly and newly."""

    def read(context: Context, session: Session, presented: PresentedToken) -> dict[str, Any]:
        person = person_calling(context, session, presented, OWN_SCOPE)
        person.demand(context.settings.privileged_acr, context.settings.fresh_for, context.now())
        reading = _reading(context, person.client.app_id, person.sid)
        return own_record(session, person.person_id, reading)

    return _answer(read)


@blueprint.get("/people/<number>/profile")
@public
def employees_profile(number: str) -> Answer:
    """What the service's own organisation sees of an employee: its part, of its own period."""

    def read(context: Context, session: Session, presented: PresentedToken) -> dict[str, Any]:
        service = service_calling(context, session, presented, SERVICE_SCOPE)
        reading = _reading(context, service.client.app_id, f"{service.token_id}:{number}")
        return employees_record(session, number, reading)

    return _answer(read)


def _answer(read: Callable[[Context, Session, PresentedToken], dict[str, Any]]) -> Answer:
    context = current()
    try:
        presented = find_presented_token(context)
        if presented is None:
            return resource_error(None)
        with context.reading() as session:
            told = read(context, session, presented)
    except OAuth2Error as error:
        return resource_error(error)
    except AccessRefused:
        return resource_error(InvalidTokenError("access has ended"))
    except NotPermitted:
        return resource_error(InsufficientScopeError("no agreement lets this app read records"))
    except NotFound:
        answer = private_json({"error": "not_found", "error_description": "there is no such record"})
        answer.status_code = 404
        return answer
    profile = Profile.model_validate(told)
    return private_json(profile.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _reading(context: Context, app_id: Any, session_reference: str) -> Reading:
    now = context.now()
    valid_at, known_at = asked_moments(now)
    return Reading(
        app_id=app_id,
        session_reference=session_reference,
        valid_at=valid_at,
        known_at=known_at,
        now=now,
        log_in=context.own_transaction,
    )
