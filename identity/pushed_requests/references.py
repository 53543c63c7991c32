"""Authorization requests that name what their client pushed (RFC 9126 §4)."""

from datetime import datetime

from identity.authorization_request import CannotReturn, Obstacle
from identity.clients.authentication import is_client_id
from identity.context import Context
from identity.exchange import serving_app
from identity.parameters import Parameters
from identity.pushed_requests import service as pushed_requests
from identity.reauthentication import FirstSeen


def find_reference(parameters: Parameters) -> str | None:
    """The reference of a request by reference; None for every other request."""
    request_uri = parameters.find("request_uri")
    return request_uri if request_uri is not None and pushed_requests.is_reference(request_uri) else None


def find_pushed(context: Context, parameters: Parameters, now: datetime) -> Parameters | None:
    """What was pushed under the reference of this request; None when it has none (RFC 9126 §4).

    Raises CannotReturn when the reference is not good for this client: no address is known to go back to.
    """
    request_uri = find_reference(parameters)
    if request_uri is None:
        return None
    client_id = parameters.find("client_id")
    if parameters.too_large or client_id is None or not is_client_id(client_id):
        raise CannotReturn(Obstacle.MALFORMED)
    with context.reading() as session:
        pushed = pushed_requests.find(
            session, client_id, request_uri, first_seen_note().read(parameters, now), now
        )
    if pushed is None:
        raise CannotReturn(Obstacle.SPENT_REFERENCE)
    return pushed


def first_seen_note() -> FirstSeen:
    """Makes and reads the note of when a request was first seen."""
    return FirstSeen(str(serving_app().config["SECRET_KEY"]))
