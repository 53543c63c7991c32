"""What a service reads of which nothing is about a person, with a token of its own."""

from collections.abc import Callable

from authlib.oauth2.base import OAuth2Error
from pydantic import BaseModel
from sqlmodel import Session

from identity.context import Context, current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import ServiceCalling, service_calling
from identity.endpoints.presented_tokens import find_presented_token, resource_error
from identity.exchange import Answer
from profiles.errors import NotFound

Read = Callable[[Context, Session, ServiceCalling], BaseModel]


def answer_service(scope: str, read: Read, missing: str) -> Answer:
    """What ``read`` tells a service whose token has the scope; ``missing`` where it raises NotFound (404)."""
    context = current()
    try:
        presented = find_presented_token(context)
        if presented is None:
            return resource_error(None)
        with context.reading() as session:
            told = read(context, session, service_calling(context, session, presented, scope))
    except OAuth2Error as error:
        return resource_error(error)
    except NotFound:
        answer = private_json({"error": "not_found", "error_description": missing})
        answer.status_code = 404
        return answer
    return private_json(told.model_dump(mode="json", by_alias=True))
