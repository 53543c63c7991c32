"""``GET /api/v1/pay-scales``: what the service's own organisation pays its grades; nobody's data."""

from authlib.oauth2.base import OAuth2Error

from app.api.blueprint import blueprint
from app.api.dates import asked_moments
from app.api.models import PayScales
from identity.context import current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import service_calling
from identity.endpoints.presented_tokens import find_presented_token, resource_error
from identity.exchange import Answer
from profiles.apps import service as apps
from profiles.pay.models import PayScale
from profiles.pay.scales import scales_of
from profiles.roles.permissions import public
from profiles.temporal import INSTANT, civil_date

SCOPE = "records.read"


@blueprint.get("/pay-scales")
@public
def pay_scales() -> Answer:
    """The scales on a day, as known on a day, of the organisation of the service's app."""
    context = current()
    try:
        presented = find_presented_token(context)
        if presented is None:
            return resource_error(None)
        valid_at, known_at = asked_moments(context.now())
        with context.reading() as session:
            calling = service_calling(context, session, presented, SCOPE)
            organisation_id = apps.get(session, calling.client.app_id).organisation_id
            found = [_told(one) for one in scales_of(session, organisation_id, valid_at, known_at)]
    except OAuth2Error as error:
        return resource_error(error)
    told = PayScales.model_validate({"valid_at": valid_at, "known_at": known_at, "pay_scales": found})
    return private_json(told.model_dump(mode="json", by_alias=True))


def _told(scale: PayScale) -> dict[str, object]:
    return {
        "id": str(scale.fact_id),
        "grade": scale.local_grade,
        "location": scale.location,
        "name": scale.name,
        "minimum_pence": scale.minimum_pence,
        "maximum_pence": scale.maximum_pence,
        "currency": scale.currency,
        "from": civil_date(scale.valid_from),
        "until": civil_date(scale.valid_to - INSTANT) if scale.valid_to else None,
        "recorded_at": scale.recorded_at,
        "source": scale.source,
    }
