"""``GET /api/v1/apps`` and ``/apps/{app_id}``: an organisation's apps and what stood of each, as of a day.

Nothing of a person is in it: whom a role was given by hand stands in their profile.
"""

from uuid import UUID

from authlib.oauth2.base import OAuth2Error
from pydantic import BaseModel
from sqlmodel import Session

from app.api.blueprint import blueprint
from app.api.dates import asked_moments
from app.api.models import App, AppEntry, Apps
from identity.context import Context, current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import service_calling
from identity.endpoints.presented_tokens import PresentedToken, find_presented_token, resource_error
from identity.exchange import Answer
from profiles.apps import service
from profiles.apps.reading import app_as_of, as_object
from profiles.errors import NotFound
from profiles.roles.permissions import public

SCOPE = "apps.read"


@blueprint.get("/apps")
@public
def apps() -> Answer:
    """The apps of the organisation of the service's app."""
    return _answer(None)


@blueprint.get("/apps/<uuid:app_id>")
@public
def app(app_id: UUID) -> Answer:
    """One of them; another organisation's is as unknown as one that there is not."""
    return _answer(app_id)


def _answer(app_id: UUID | None) -> Answer:
    context = current()
    try:
        presented = find_presented_token(context)
        if presented is None:
            return resource_error(None)
        with context.reading() as session:
            told = _read(context, session, presented, app_id)
    except OAuth2Error as error:
        return resource_error(error)
    except NotFound:
        answer = private_json({"error": "not_found", "error_description": "there is no such app"})
        answer.status_code = 404
        return answer
    return private_json(told.model_dump(mode="json", by_alias=True))


def _read(context: Context, session: Session, presented: PresentedToken, app_id: UUID | None) -> BaseModel:
    calling = service_calling(context, session, presented, SCOPE)
    own = service.get(session, calling.client.app_id).organisation_id
    if app_id is None:
        found = service.apps_of(session, [own])
        return Apps(apps=[AppEntry(id=str(one.id), name=one.name) for one in found])
    asked = service.get(session, app_id)
    if asked.organisation_id != own:
        raise NotFound("There is no such app.")
    return App.model_validate(as_object(app_as_of(session, asked, *asked_moments(context.now()))))
