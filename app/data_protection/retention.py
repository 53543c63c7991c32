"""What is due to be deleted on a day, in numbers; no page of retention names whose records they are."""

from itertools import groupby

from flask import current_app, render_template

from app.access import answering
from app.data_protection.blueprint import blueprint
from app.people.app_users import asked_day
from app.request_transaction import request_session, request_time
from app.retention import words
from app.retention.records import RECORDS
from profiles.organisations.reading import names_ever
from profiles.retention import deletions, holds
from profiles.retention.due import Years, count_due
from profiles.retention.rules import RetainedKind
from profiles.roles.permissions import Permission, requires
from profiles.temporal import civil_date

SHOWN = 20
"""How many deletions are listed."""


def years() -> Years:
    """How long each kind is kept here."""
    found: Years = current_app.config["RETENTION_YEARS"]
    return found


@blueprint.get("/data-protection/retention")
@requires(Permission.DECIDE_RETENTION)
def retention() -> str:
    """How many records of each kind are due at each organisation on a day, and the rules."""
    session, now = request_session(), request_time()
    mine, asked = answering().organisations(Permission.DECIDE_RETENTION), asked_day(now)
    counts = [] if asked.form.errors else count_due(session, RECORDS, years(), mine, asked.day, now)
    names = names_ever(session, now)
    called = words.kinds()
    counts.sort(key=lambda one: (names[one.organisation_id], one.organisation_id))
    due = [
        (organisation_id, names[organisation_id], [(called[one.kind], one.due, one.held) for one in found])
        for organisation_id, found in groupby(counts, lambda one: one.organisation_id)
    ]
    newest = deletions.newest(session, mine, SHOWN)
    return render_template(
        "data_protection/retention.html",
        asked=asked,
        due=due,
        states=words.states(),
        is_today=asked.day == civil_date(now),
        open_at={one.organisation_id for one in newest if one.state in deletions.OPEN},
        deletions=[(one, names[one.organisation_id]) for one in newest],
        holds=len(holds.lasting(session, mine)),
        rules=[
            (called[kind], words.kept_for(kind, years()), words.counted_from()[kind]) for kind in RetainedKind
        ],
    )
