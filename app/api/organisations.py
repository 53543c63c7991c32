"""``GET /api/v1/organisations`` and ``/organisations/{code}``: the register of organisations, as of a day.

Nothing of a person is in it, so that it needs no agreement: a service's own token with the scope is enough.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session

from app.api.answering import answer_service
from app.api.blueprint import blueprint
from app.api.dates import asked_moments
from app.api.models import Grade, Handover, Organisation, OrganisationEntry, Organisations
from identity.context import Context
from identity.exchange import Answer
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
    return answer_service(
        SCOPE,
        lambda context, session, _calling: _read(context, session, code),
        "there is no such organisation",
    )


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
