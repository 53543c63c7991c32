"""The moves that a vacancy holder began: how far each is, and nothing that is for HR alone."""

from uuid import UUID

from flask import render_template

from app.access import permissions, signed_in_person
from app.paging import PAGE_SIZE, asked_after, page_of
from app.request_transaction import request_session, request_time
from app.transfers.blueprint import blueprint
from app.transfers.dates_of_parts import transfer_timetable
from app.transfers.dates_words import about_dates
from app.transfers.missing_officers import who_acts_rows
from app.transfers.presenting import view_of, views_of
from profiles.roles.permissions import Permission, requires
from profiles.transfers import service
from profiles.transfers.models import Side


@blueprint.get("/transfers/offered")
@requires(Permission.OFFER_POSTS)
def offered() -> str:
    """The moves that the reader prepared, newest first."""
    session, now = request_session(), request_time()
    found = service.offered_by(
        session, signed_in_person(), permissions(), after=asked_after(), limit=PAGE_SIZE + 1
    )
    page = page_of(found, lambda transfer: transfer.id)
    return render_template("transfers/offered.html", transfers=views_of(session, page.rows, now), page=page)


@blueprint.get("/transfers/offered/<uuid:transfer_id>")
@requires(Permission.OFFER_POSTS)
def offered_transfer(transfer_id: UUID) -> str:
    """One of them: its state, the dates, what was offered, and whom it waits for in the new department."""
    session, now = request_session(), request_time()
    found = service.get_offered(session, transfer_id, signed_in_person(), permissions())
    view = view_of(session, found, now)
    return render_template(
        "transfers/offered_transfer.html",
        view=view,
        who=who_acts_rows(session, view, {Side.IMPORTING}, now),
        about_dates=about_dates(session, found, transfer_timetable()),
    )
