"""How many people may use an app on a day, organisation by organisation: its owner learns no name."""

from uuid import UUID

from flask import render_template

from app.apps.blueprint import blueprint
from app.apps.views import visible_app
from app.people.app_users import asked_day
from app.request_transaction import request_session, request_time
from profiles.access_policy.foreseen import FEWEST
from profiles.entitlements.users_seen import numbers_at
from profiles.organisations import service as organisations
from profiles.roles.permissions import Permission, requires


@blueprint.get("/apps/<uuid:app_id>/users")
@requires(Permission.SEE_APPS)
def users(app_id: UUID) -> str:
    """The numbers, the largest first."""
    session, now = request_session(), request_time()
    rules, asked = visible_app(app_id), asked_day(now)
    known = organisations.tree(session, now).organisations
    numbers = numbers_at(session, app_id, asked.at, now)
    rows = [
        (known[organisation_id].name, number if number >= FEWEST else None)
        for organisation_id, number in sorted(numbers.items(), key=lambda pair: -pair[1])
        if organisation_id in known
    ]
    rows.sort(key=lambda row: (row[1] is None, -(row[1] or 0), row[0]))
    return render_template("apps/users.html", app=rules, asked=asked, rows=rows, fewest=FEWEST)
