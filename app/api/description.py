"""The API's description (OpenAPI 3.1), made of the models that its answers are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from app.api.blueprint import blueprint
from app.api.models import (
    App,
    Apps,
    Changes,
    ImportStatus,
    Organisation,
    Organisations,
    PayHistory,
    PayScales,
    Profile,
)
from identity.context import current
from identity.endpoints.answers import public_json
from identity.exchange import Answer
from profiles.roles.permissions import public

_MODELS: tuple[type[BaseModel], ...] = (
    App,
    Apps,
    Changes,
    ImportStatus,
    Organisation,
    Organisations,
    PayHistory,
    PayScales,
    Profile,
)
_SCHEMAS = "#/components/schemas/"
_ERRORS = {
    "401": "No token, or one that is not valid, was revoked or needs another sign-in "
    "(`insufficient_user_authentication` with `acr_values` and `max_age`, RFC 9470).",
    "403": "The token lacks the scope, or no agreement lets the app read this.",
}


@blueprint.get("/openapi.json")
@public
def openapi() -> Answer:
    """The description, the same for everybody."""
    return public_json(describe(current().settings.issuer), max_age=3600)


def describe(issuer: str) -> dict[str, Any]:
    """Every resource of the API."""
    schemas: dict[str, Any] = {}
    for model in _MODELS:
        schema = model.model_json_schema(by_alias=True, ref_template=_SCHEMAS + "{model}")
        schemas |= schema.pop("$defs", {}) | {model.__name__: schema}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lanyard", "version": "1"},
        "servers": [{"url": f"{issuer}/api/v1"}],
        "paths": {
            "/apps": _get("The apps of the service's own organisation", "apps.read", Apps),
            "/apps/{app_id}": _get(
                "One of them with its agreement, rules and delegations, as of a date",
                "apps.read",
                App,
                [_APP_ID, *_DATES],
                {"404": "The organisation has no such app."},
            ),
            "/changes": _get(
                "Which records of the service's own organisation changed, behind a cursor",
                "changes.read",
                Changes,
                _WHERE_IN_FEED,
            ),
            "/imports": {"post": _sending()},
            "/imports/{import_id}": _get(
                "How far records are that a program of the organisation has sent, and what is wrong",
                "records.write",
                ImportStatus,
                [_IMPORT_ID],
                {"404": "No program of the organisation has sent such an import."},
            ),
            "/me/pay-history": _get("The pay history of the person who is there", "pay", PayHistory),
            "/me/profile": _get(
                "The whole profile of the person who is there, as of a date", "record", Profile, _DATES
            ),
            "/organisations": _get(
                "Every organisation, as of a date", "organisations.read", Organisations, _DATES
            ),
            "/organisations/{code}": _get(
                "One organisation, as of a date",
                "organisations.read",
                Organisation,
                [_CODE, *_DATES],
                {"404": "No organisation of this code was known."},
            ),
            "/pay-scales": _get(
                "What the service's own organisation pays its grades, as of a date",
                "records.read",
                PayScales,
                _DATES,
            ),
            "/people/{number}/profile": _get(
                "What the service's own organisation sees of an employee, as of a date",
                "records.read",
                Profile,
                [_NUMBER, *_DATES],
                {"404": "Nobody had this number in the organisation on that day."},
            ),
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "openIdConnect",
                    "openIdConnectUrl": f"{issuer}/.well-known/openid-configuration",
                }
            },
        },
    }


def _get(
    summary: str,
    scope: str,
    model: type[BaseModel],
    parameters: Sequence[Mapping[str, Any]] = (),
    more_errors: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    errors = {"400": "A parameter is wrong."} | _ERRORS if parameters else _ERRORS
    content = {"application/json": {"schema": {"$ref": _SCHEMAS + model.__name__}}}
    described: dict[str, Any] = {
        "summary": summary,
        "security": [{"token": [scope]}],
        "responses": {
            "200": {"description": "What is so.", "content": content},
            **{code: {"description": text} for code, text in {**errors, **(more_errors or {})}.items()},
        },
    }
    return {"get": described | ({"parameters": list(parameters)} if parameters else {})}


def _sending() -> dict[str, Any]:
    """How facts are recorded: by an import in the open format, whose schema is published."""
    described: dict[str, Any] = _get(
        "Record facts of the service's own organisation: an import in the open format",
        "records.write",
        ImportStatus,
        [_SOURCE],
        {"409": "Another import of this source is under way.", "413": "More than a mebibyte."},
    )["get"]
    described["responses"]["202"] = described["responses"].pop("200") | {
        "description": "Received; Location says where to look.",
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
    }
    described["requestBody"] = {
        "required": True,
        "description": "Records as /schemas/records-1.json describes them, one a line.",
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
    }
    return described


_DATES = [
    {
        "name": name,
        "in": "query",
        "description": text,
        "schema": {"type": "string", "format": "date"},
    }
    for name, text in (
        ("valid_on", "The civil day to look at; today without it."),
        ("known_on", "By what was known at the end of this day; by all that is known without it."),
    )
]
_WHERE_IN_FEED = [
    {
        "name": "cursor",
        "in": "query",
        "description": "That of the page before.",
        "schema": {"type": "string"},
    },
    {
        "name": "start",
        "in": "query",
        "description": "Without a cursor: at the first change that there is, or behind the last.",
        "schema": {"type": "string", "enum": ["first", "now"], "default": "first"},
    },
]
_SOURCE = {
    "name": "source",
    "in": "query",
    "required": True,
    "description": "The system that the records come from; the same each time.",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,59}$"},
}
_APP_ID = {
    "name": "app_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_IMPORT_ID = {
    "name": "import_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
}
_CODE = {
    "name": "code",
    "in": "path",
    "required": True,
    "description": "Short and public, such as HMRC.",
    "schema": {"type": "string"},
}
_NUMBER = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "The employment number, as the organisation gave it.",
    "schema": {"type": "string"},
}
