"""``POST /api/v1/imports`` and ``GET /api/v1/imports/{id}``: a program records facts in the open format.

What is sent is an import as any other: checked whole, compared with what each source masters, held for a
second officer where it opens access to more people than configured, and published at once or not at all.
"""

from collections.abc import Callable
from uuid import UUID

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from flask import Flask, request
from sqlmodel import Session

from app.api.blueprint import blueprint
from app.api.models import ImportStatus
from identity.context import Context, current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import ServiceCalling, service_calling
from identity.endpoints.presented_tokens import PresentedToken, find_presented_token, resource_error
from identity.exchange import Answer
from profiles.apps import service as apps
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid, NotFound
from profiles.imports.records import content, service
from profiles.imports.records.models import Import
from profiles.roles.permissions import public

SCOPE = "records.write"
JSON_LINES = ("application/x-ndjson", "application/jsonl")
PROBLEMS_TOLD = 100


def init_app(app: Flask) -> None:
    """Let programs post: they bring a token of their own, and no cookie is looked at."""
    app.extensions["csrf"].exempt(send_records)


@blueprint.post("/imports")
@public
def send_records() -> Answer:
    """Keep the records for the worker; where they are, the answer says."""

    def receive(context: Context, calling: ServiceCalling, organisation_id: UUID) -> Answer:
        if request.mimetype not in JSON_LINES:
            raise InvalidRequestError(f"the body must be JSON Lines, of the type {JSON_LINES[0]}")
        try:
            one = service.receive(
                context.session(),
                context.now(),
                Initiator.client(calling.client.client_id),
                organisation_id=organisation_id,
                source=request.args.get("source", ""),
                files=[("records.jsonl", [request.get_data(cache=False)])],
                started_by=None,
                by_itself=True,
            )
        except Invalid as refused:
            context.roll_back()
            raise InvalidRequestError(f"{refused.field}: {refused.message}") from None
        except Conflict as refused:
            context.roll_back()
            return _refused(409, "conflict", refused.message)
        answer = _status(context.session(), one)
        answer.status_code = 202
        answer.headers["Location"] = f"{context.settings.issuer}/api/v1/imports/{one.id}"
        return answer

    return _answer(receive)


@blueprint.get("/imports/<uuid:import_id>")
@public
def find_import(import_id: UUID) -> Answer:
    """How far an import of the service's own organisation is, and what is wrong with it."""

    def find(context: Context, _calling: ServiceCalling, organisation_id: UUID) -> Answer:
        with context.reading() as session:
            try:
                one = service.get(session, import_id)
            except NotFound:
                return _refused(404, "not_found", "there is no such import")
            if one.organisation_id != organisation_id or not one.by_itself:
                return _refused(404, "not_found", "there is no such import")
            return _status(session, one)

    return _answer(find)


def _answer(act: Callable[[Context, ServiceCalling, UUID], Answer]) -> Answer:
    context = current()
    try:
        presented: PresentedToken | None = find_presented_token(context)
        if presented is None:
            return resource_error(None)
        with context.reading() as session:
            calling = service_calling(context, session, presented, SCOPE)
            organisation_id = apps.get(session, calling.client.app_id).organisation_id
        return act(context, calling, organisation_id)
    except OAuth2Error as error:
        return resource_error(error)


def _status(session: Session, one: Import) -> Answer:
    problems = content.report_rows(session, one.id, PROBLEMS_TOLD) if one.problems else []
    told = ImportStatus(
        id=str(one.id),
        state=one.state,
        problems=one.problems,
        affected=one.affected,
        counts=one.counts,
        first_problems=[
            {"line": row.line, "field": row.field, "code": row.code, "message": row.message}
            for row in problems
        ],
    )
    return private_json(told.model_dump(mode="json"))


def _refused(status: int, error: str, description: str) -> Answer:
    answer = private_json({"error": error, "error_description": description})
    answer.status_code = status
    return answer
