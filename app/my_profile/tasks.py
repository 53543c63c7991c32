"""Everything that waits for the person: moves, loans and requests one by one, other work by its kind."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from flask import render_template, url_for
from sqlmodel import Session

from app.access import permissions, signed_in_person
from app.appointments.presenting import waiting_rows as appointment_rows
from app.appointments.tasks import task_rows as appointment_task_rows
from app.display_formats import civil_date
from app.listed_names import listed_name
from app.loans.presenting import views_of as loan_views_of
from app.loans.presenting import waiting_rows as loan_rows
from app.loans.security import security_rows
from app.loans.waiting import href_of as loan_href_of
from app.my_profile.blueprint import blueprint
from app.my_profile.work_by_kind import rows_of_work
from app.paging import page_behind
from app.request_transaction import request_session, request_time
from app.transfers.inviting import invitation_rows
from app.transfers.owning import own_task_rows
from app.transfers.presenting import views_of
from app.transfers.waiting import href_of
from app.transfers.who_acts import waiting_rows
from app.translation import gettext as _
from profiles.access_policy import requests
from profiles.entitlements.explanation import with_article
from profiles.entitlements.service import rules_of
from profiles.loans import acting
from profiles.roles.permissions import Permission, signed_in
from profiles.temporal import civil_date as day_of
from profiles.transfers.waiting import Waiting, waiting_for

Row = dict[str, Any]


@blueprint.get("/tasks")
@signed_in(here=True)
def tasks() -> str:
    """The list, what is late first, and how much waits in lists of its own."""
    session, now, person_id = request_session(), request_time(), signed_in_person()
    rows = [
        *_moves(session, person_id, now),
        *invitation_rows(session, person_id, permissions(), now),
        *own_task_rows(session, person_id, now),
        *appointment_rows(session, person_id, permissions(), now),
        *appointment_task_rows(session, person_id, permissions(), now),
        *_loans(session, person_id, now),
        *_requests(session, now),
    ]
    rows.sort(key=lambda row: not row["late"])
    page = page_behind(rows, lambda row: uuid5(NAMESPACE_URL, f"{row['href']} {row['what']}"))
    for row in page.rows:
        if "person_id" in row:
            row["name"] = listed_name(session, row["person_id"], now)
    return render_template(
        "my_profile/tasks.html",
        page=page,
        total=len(rows),
        work=rows_of_work(session, permissions(), now),
    )


def count_tasks(session: Session, now: datetime) -> tuple[int, int]:
    """How much is on the list of the person who is there, and how much of it is late."""
    person_id = signed_in_person()
    rows = [
        *invitation_rows(session, person_id, permissions(), now),
        *own_task_rows(session, person_id, now),
        *appointment_rows(session, person_id, permissions(), now),
        *appointment_task_rows(session, person_id, permissions(), now),
        *_requests(session, now),
    ]
    due: list[date | None] = [one.due_on for one in _moves_waiting(session, person_id, now)]
    due += [one.due_on for one in acting.waiting_for(session, person_id, permissions(), now)[0]]
    due += [one.due_on for one in acting.waiting_for_security(session, person_id, permissions(), now)]
    work = rows_of_work(session, permissions(), now)
    late = sum(row["late"] for row in (*rows, *work))
    late += sum(day is not None and day < day_of(now) for day in due)
    return len(rows) + len(due) + sum(row["number"] for row in work), late


def _moves_waiting(session: Session, officer_id: UUID, now: datetime) -> list[Waiting]:
    if not permissions().anywhere(Permission.APPROVE_TRANSFER):
        return []
    return list(waiting_for(session, officer_id, permissions(), now))


def _moves(session: Session, officer_id: UUID, now: datetime) -> Iterator[Row]:
    found = _moves_waiting(session, officer_id, now)
    views = views_of(session, [one.transfer for one in found], now)
    for row, one, view in zip(waiting_rows(found, views, now), found, views, strict=True):
        yield row | {"href": href_of(one), "whose": with_article(view.organisation_of(one.side))}


def _loans(session: Session, officer_id: UUID, now: datetime) -> Iterator[Row]:
    security = acting.waiting_for_security(session, officer_id, permissions(), now)
    theirs = {(one.loan.id, one.act) for one in security}
    found = acting.waiting_for(session, officer_id, permissions(), now)[0]
    mine = [one for one in found if (one.loan.id, one.act) not in theirs]
    rows = loan_rows(mine, loan_views_of(session, [one.loan for one in mine], now), now)
    for row, one in zip(rows, mine, strict=True):
        yield row | {"href": loan_href_of(one)}
    yield from security_rows(session, security, now)


def _requests(session: Session, now: datetime) -> Iterator[Row]:
    for one in requests.waiting_for(session, permissions(), now):
        rules = rules_of(session, one.app_id, now)
        yield {
            "href": url_for("apps.role_request", role_request_id=one.id),
            "person_id": one.person_id,
            "what": _(
                "Answer a request: %(role)s at %(app)s",
                role=rules.label_of(one.role_name),
                app=rules.app_name,
            ),
            "due": civil_date(one.expires_at),
            "late": False,
            "whose": with_article(rules.organisation_name(now)),
        }
