"""People of HMRC who move to the Home Office on one day, each signed in at an app of HMRC's that hears of it.

One move is made by the domain itself, with everybody's part in it; the others are its rows once more, under
other names, because to make 1,500 as people do takes longer than to complete them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, or_, select
from sqlmodel import Session, SQLModel, col

from app.demo import INITIATOR
from bench.relying_party import CLAIMS, Client
from identity.clients import service as clients
from identity.sessions import service as sessions
from identity.sessions.cookie import cookie_name
from identity.sessions.models import LoginSession, SessionClient
from identity.sessions.service import Limits
from profiles.apps.models import App
from profiles.clearances.models import Clearance, Sponsorship
from profiles.columns import new_id
from profiles.disclosure import service as disclosure
from profiles.employments.models import Employment, Posting
from profiles.pay.models import PayRecord
from profiles.people.models import Person, PersonName, WorkAddress
from profiles.transfers.models import Transfer, TransferApproval, TransferStep, TransferTask
from tests.factories.apps import make_app, make_rule
from tests.factories.people import make_employee
from tests.factories.transfers import Move, make_move

AGREED_BEFORE = timedelta(days=10)
AT_ONCE = 100
LIMITS = Limits(idle=timedelta(days=30), absolute=timedelta(days=30))
REDIRECT_URI = "https://desk.example/callback"
OF_A_PERSON: tuple[type[SQLModel], ...] = (
    *(PersonName, WorkAddress, Employment, Posting, PayRecord, Clearance, Sponsorship, Transfer),
    *(LoginSession, SessionClient),
)
OF_A_TRANSFER: tuple[type[SQLModel], ...] = (TransferTask, TransferApproval, TransferStep)
UNIQUE = frozenset({"address", "work_address", "number", "employment_number", "token_hash", "sid"})
"""The columns whose texts differ from person to person."""


@dataclass(frozen=True)
class Party:
    """What the session joins: a client of an app."""

    client_id: str
    app_id: UUID


@dataclass(frozen=True)
class Scene:
    """What was made: an app of HMRC's with its client, and the cookies of people who stay there."""

    client: Client
    cookies: list[str]
    app_id: UUID


def make_scene(
    session: Session, now: datetime, *, movers: int, others: int, logout_uri: str, day: date
) -> Scene:
    """Two departments; people signed in at the app who move on ``day``, and people who only use it."""
    before = now - AGREED_BEFORE
    move = make_move(session, before)
    move.terms = replace(move.terms, start_date=day, last_day=day - timedelta(days=1))
    app = make_app(session, before, move.hmrc, "Tax Case Desk", claims=CLAIMS)
    make_rule(session, before, app, organisation_id=move.hmrc.id)
    credentials = clients.register(
        session,
        before,
        INITIATOR,
        client_name=app.name,
        app_id=app.id,
        redirect_uris=[REDIRECT_URI],
        backchannel_logout_uri=logout_uri,
        development=True,
    )
    move.schedule()
    sign_in(session, before, move.employee, app, credentials.client_id)
    session.flush()
    multiply(session, move.employee, movers - 1)
    client = Client(credentials.client_id, credentials.client_secret, REDIRECT_URI)
    return Scene(client, [_who_stays(session, move, before, app, number) for number in range(others)], app.id)


def sign_in(session: Session, now: datetime, person_id: UUID, app: App, client_id: str) -> str:
    """Let the person be signed in at the app; their cookie's value."""
    token = sessions.start(session, now, person_id=person_id, limits=LIMITS)
    signed_in = sessions.find_signed_in(session, token, now)
    if signed_in is None:
        raise RuntimeError("nobody is signed in")
    roles = disclosure.access(session, person_id, app.id, now).roles
    sessions.join_client(session, signed_in, Party(client_id, app.id), "sub", roles, now)
    return token


def multiply(session: Session, person_id: UUID, times: int) -> None:
    """Write everything about a person, their move and their session so many times more, under other names."""
    rows = _rows_of(session, person_id)
    own = {value for _, row in rows for name, value in row.items() if name in ("id", "fact_id")}
    for first in range(0, times, AT_ONCE):
        made: dict[type[SQLModel], list[dict[str, Any]]] = {}
        for number in range(first, min(first + AT_ONCE, times)):
            others = {one: new_id() for one in own}
            for model, row in rows:
                made.setdefault(model, []).append(_renamed(row, others, number))
        for model, values in made.items():
            session.execute(insert(model), values)


def _rows_of(session: Session, person_id: UUID) -> list[tuple[type[SQLModel], dict[str, Any]]]:
    transfer_ids = session.scalars(select(col(Transfer.id)).where(col(Transfer.person_id) == person_id)).all()
    which: list[tuple[type[SQLModel], ColumnElement[bool]]] = [(Person, col(Person.id) == person_id)]
    which += [(model, model.person_id == person_id) for model in OF_A_PERSON]  # type: ignore[attr-defined]
    which += [(model, model.transfer_id.in_(transfer_ids)) for model in OF_A_TRANSFER]  # type: ignore[attr-defined]
    return [(model, row) for model, condition in which for row in _rows(session, model, condition)]


def _rows(
    session: Session, model: type[SQLModel], condition: ColumnElement[bool]
) -> Iterable[dict[str, Any]]:
    for found in session.scalars(select(model).where(or_(condition))):
        yield {column.key: getattr(found, column.key) for column in model.__table__.columns}  # type: ignore[attr-defined]


def _renamed(row: dict[str, Any], others: dict[UUID, UUID], number: int) -> dict[str, Any]:
    """The row for another person: every id of theirs is another, and texts that are unique are longer."""

    def other(name: str, value: Any) -> Any:
        if isinstance(value, UUID):
            return others.get(value, value)
        if isinstance(value, str) and name in UNIQUE:
            return f"{number}.{value}"[:64]
        if isinstance(value, str) and value.startswith("transfer:"):
            return f"transfer:{others[UUID(value.partition(':')[2])]}"
        return value

    return {name: other(name, value) for name, value in row.items()}


def _who_stays(session: Session, move: Move, now: datetime, app: App, number: int) -> str:
    person_id = make_employee(session, now, move.hmrc, f"somebody.{number}").person_id
    notice = disclosure.notice_needed(session, person_id, app.id, now)
    if notice is not None:
        disclosure.acknowledge_notice(session, person_id, app.id, notice.digest, now)
    token = sessions.start(session, datetime.now(now.tzinfo), person_id=person_id, limits=LIMITS)
    return f"{cookie_name(https=True)}={token}"
