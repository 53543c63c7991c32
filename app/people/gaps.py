"""Gaps in posts and pay of everybody an HR officer acts for: who, from when and until when."""

from datetime import datetime, timedelta
from uuid import UUID

from flask import render_template, url_for
from sqlmodel import Session

from app.access import permissions
from app.listed_names import listed_name
from app.paging import PAGE_SIZE, asked_after, page_of
from app.people.blueprint import blueprint
from app.people.over_time import gap_in_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.organisations.reading import names_ever
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.over_time import gap_of, gaps_since
from profiles.roles.permissions import Permission, requires

LOOKED_BACK = timedelta(days=365)
"""How long ago a gap of the list began at most; older ones stand with the person."""


@blueprint.get("/people/gaps")
@requires(Permission.CHANGE_RECORDS)
def gaps() -> str:
    """Those that began in the last year or are to come, the newest first."""
    session, now = request_session(), request_time()
    mine = permissions().organisations(Permission.CHANGE_RECORDS)
    places = {Kind.POSTING: mine, Kind.PAY: mine & permissions().organisations(Permission.SEE_PAY)}
    found = gaps_since(session, places, now - LOOKED_BACK, now, after=asked_after(), limit=PAGE_SIZE + 1)
    page = page_of(found, lambda one: one.id)
    names = names_ever(session, now)
    return render_template(
        "people/gaps.html",
        page=page,
        rows=[
            {
                "href": url_for("people.posts_and_pay", person_id=one.person_id),
                "name": _name(session, one.person_id, now),
                "what": gap_in_words(gap_of(session, one, now)),
                "organisation": names[one.organisation_id],
            }
            for one in page.rows
        ],
        back_href=url_for("people.people"),
    )


def _name(session: Session, person_id: UUID, now: datetime) -> str:
    try:
        return listed_name(session, person_id, now)
    except NotFound:
        return _("A person without a name")
