"""``GET /api/v1/changes``: which records of an organisation changed, page by page behind a cursor."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6750 import InsufficientScopeError
from flask import request

from app.api.blueprint import blueprint
from app.api.cursors import cursor_of, mark_of
from app.api.models import Change, Changes
from identity.context import Context, current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import service_calling
from identity.endpoints.presented_tokens import PresentedToken, find_presented_token, resource_error
from identity.exchange import Answer
from identity.subjects.service import find_subs
from profiles.disclosure.changes import ToldChange, told_changes
from profiles.errors import NotPermitted
from profiles.portable_profile.export import name_of
from profiles.portable_profile.feed import Mark, end_of_feed
from profiles.roles.permissions import public
from profiles.temporal import INSTANT, civil_date

SCOPE = "changes.read"
FIRST, NOW = STARTS = ("first", "now")


@blueprint.get("/changes")
@public
def changes() -> Answer:
    """The next page for the service's own organisation, if the app's agreement names it."""
    context = current()
    try:
        presented = find_presented_token(context)
        return resource_error(None) if presented is None else _answer(context, presented)
    except OAuth2Error as error:
        return resource_error(error)
    except NotPermitted:
        return resource_error(InsufficientScopeError("no agreement lets this app read what changed"))


def _answer(context: Context, presented: PresentedToken) -> Answer:
    with context.reading() as session:
        service = service_calling(context, session, presented, SCOPE)
        cursor, start = request.args.get("cursor"), request.args.get("start", FIRST)
        if start not in STARTS:
            raise InvalidRequestError(f"start must be {FIRST} or {NOW}")
        beginning = end_of_feed(session) if start == NOW else Mark(0)
        page = told_changes(
            session,
            service.client.app_id,
            beginning if cursor is None else mark_of(cursor),
            context.now(),
            session_reference=service.token_id,
            log_in=context.own_transaction,
        )
        subs = find_subs(session, service.client.sector, {one.change.person_id for one in page.changes})
    told = Changes(changes=_described(page.changes, subs), cursor=cursor_of(page.mark), more=page.more)
    return private_json(told.model_dump(mode="json", by_alias=True))


def _described(changes: Sequence[ToldChange], subs: Mapping[UUID, str]) -> list[Change]:
    return [
        Change.model_validate(
            {
                "kind": name_of(one.change.kind),
                "id": str(one.change.fact_id),
                "number": one.number,
                "sub": subs.get(one.change.person_id),
                "from": civil_date(one.change.valid_from),
                "until": civil_date(one.change.valid_to - INSTANT) if one.change.valid_to else None,
                "changed_at": one.change.changed_at,
                "withdrawn": one.change.withdrawn,
            }
        )
        for one in changes
    ]
