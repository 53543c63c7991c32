"""``GET /api/v1/apps`` and ``/apps/{app_id}``: an organisation's apps and what stood of each, as of a day.

Nothing of a person is in it: whom a role was given by hand stands in their profile.
"""

from uuid import UUID

from pydantic import BaseModel
from sqlmodel import Session

from app.api.answering import answer_service
from app.api.blueprint import blueprint
from app.api.dates import asked_moments
from app.api.models import App, AppEntry, Apps
from identity.context import Context
from identity.endpoints.api_callers import ServiceCalling
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
    return answer_service(
        SCOPE,
        lambda context, session, calling: _read(context, session, calling, app_id),
        "there is no such app",
    )


def _read(context: Context, session: Session, calling: ServiceCalling, app_id: UUID | None) -> BaseModel:
    own = service.get(session, calling.client.app_id).organisation_id
    if app_id is None:
        found = service.apps_of(session, [own])
        return Apps(apps=[AppEntry(id=str(one.id), name=one.name) for one in found])
    asked = service.get(session, app_id)
    if asked.organisation_id != own:
        raise NotFound("There is no such app.")
    return App.model_validate(as_object(app_as_of(session, asked, *asked_moments(context.now()))))
