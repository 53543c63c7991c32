"""``GET /api/v1/organisations`` and ``/organisations/{code}``: the register of organisations, as of a day.

Nothing of a person is in it, so that it needs no agreement: a service's own token with the scope is enough.
"""

from collections.abc import Sequence
from typing import Any

from authlib.oauth2.base import OAuth2Error
from pydantic import BaseModel
from sqlmodel import Session

from app.api.blueprint import blueprint
from app.api.dates import asked_moments
from app.api.models import Grade, Handover, Organisation, OrganisationEntry, Organisations
from identity.context import Context, current
from identity.endpoints.answers import private_json
from identity.endpoints.api_callers import service_calling
from identity.endpoints.presented_tokens import find_presented_token, resource_error
from identity.exchange import Answer
from profiles.errors import NotFound
from profiles.organisations.reading import Entry, entry_of, register
from profiles.organisations.successions import id_of
from profiles.roles.permissions import public
from profiles.temporal import civil_date

SCOPE = "organisations.read"


@blueprint.get("/organisations")
@public
def organisations() -> Answer:
    """Every organisation that exists on that day."""
    return _answer(None)


@blueprint.get("/organisations/<code>")
@public
def organisation(code: str) -> Answer:
    """One organisation, also one that has ended or is to begin."""
    return _answer(code)


def _answer(code: str | None) -> Answer:
    context = current()
    try:
        presented = find_presented_token(context)
        if presented is None:
            return resource_error(None)
        with context.reading() as session:
            service_calling(context, session, presented, SCOPE)
            told = _read(context, session, code)
    except OAuth2Error as error:
        return resource_error(error)
    except NotFound:
        answer = private_json({"error": "not_found", "error_description": "there is no such organisation"})
        answer.status_code = 404
        return answer
    return private_json(told.model_dump(mode="json"))


def _read(context: Context, session: Session, code: str | None) -> BaseModel:
    valid_at, known_at = asked_moments(context.now())
    moments = {"valid_at": valid_at, "known_at": known_at}
    if code is not None:
        entry = entry_of(session, id_of(session, code), valid_at, known_at)
        return Organisation(**_told(entry), **moments)
    entries = [OrganisationEntry(**_told(one)) for one in register(session, valid_at, known_at)]
    return Organisations(organisations=entries, **moments)


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "code": entry.code,
        "name": entry.name,
        "kind": entry.kind,
        "exists": entry.exists,
        "parent": entry.parent,
        "domains": list(entry.domains),
        "grades": [Grade(label=label, common_grade=grade) for label, grade in entry.grades],
        "predecessors": _handovers([(one.predecessor, one.since) for one in entry.took_over_from]),
        "successors": _handovers([(one.successor, one.since) for one in entry.handed_over_to]),
    }


def _handovers(those: Sequence[tuple[str, Any]]) -> list[Handover]:
    return [Handover(code=code, since=civil_date(since)) for code, since in those]
