"""Your whole profile as it was, or as we believed it was, on any date; and all versions of a fact."""

from dataclasses import replace
from uuid import UUID

from flask import render_template, url_for

from app.access import proved_here, signed_in_person
from app.my_profile.blueprint import blueprint
from app.portable_profile.asked import asked_dates
from app.portable_profile.presenting import DASH, Presenter
from app.portable_profile.words import kinds
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.portable_profile.kinds import OF_ABSENCE, OF_PAY, OF_VETTING, Kind
from profiles.portable_profile.reading import Profile, profile_as_of
from profiles.portable_profile.versions import versions_of
from profiles.roles.permissions import signed_in
from profiles.transfers.clearance_asked import asked_in_moves

CLOSED = OF_VETTING | OF_PAY | OF_ABSENCE | {Kind.DISPENSATION}
"""What stays closed to somebody whom only their department vouches for."""


@blueprint.get("/profile/record")
@signed_in()
def record_as_of() -> str:
    """The profile on a day, by the knowledge of a day."""
    session, asked = request_session(), asked_dates(request_time())
    profile = _opened(profile_as_of(session, signed_in_person(), asked.valid_at, asked.known_at))
    in_moves = asked_in_moves(session, signed_in_person(), asked.valid_at, asked.known_at)
    return render_template(
        "portable_profile/record.html",
        caption=_("Your profile"),
        sections=Presenter(session, profile, asked=in_moves).sections(),
        asked=asked,
        shown_at=profile.valid_at,
        closed=not proved_here(),
        dash=DASH,
        prove_path=url_for("sign_in.sign_in", next=url_for("my_profile.record_as_of"), fresh="1"),
        actions=lambda kind, fact_id: [
            (
                _("This is wrong"),
                url_for("my_profile.new_wrong", kind=kind.value, fact_id=fact_id, **asked.query),
            )
        ],
        additions=[],
        receipts_hrefs=[],
        back_href=url_for("my_profile.profile"),
        reset_href=url_for("my_profile.record_as_of"),
        history_href=lambda kind, fact_id: url_for(
            "my_profile.record_history", kind=kind, fact_id=fact_id, **asked.query
        ),
    )


@blueprint.get("/profile/record/<kind>/<uuid:fact_id>")
@signed_in()
def record_history(kind: str, fact_id: UUID) -> str:
    """Who said what of one fact, when and why."""
    session, now, asked = request_session(), request_time(), asked_dates(request_time())
    if kind not in list(Kind) or (kind in CLOSED and not proved_here()):
        raise NotFound(_("There is no such entry in this record."))
    versions = versions_of(session, Kind(kind), fact_id, signed_in_person(), now)
    profile = profile_as_of(session, signed_in_person(), now, now)
    return render_template(
        "portable_profile/history.html",
        caption=_("Your profile"),
        title=kinds()[Kind(kind)],
        rows=Presenter(session, profile).versions(Kind(kind), versions),
        back_href=url_for("my_profile.record_as_of", **asked.query),
    )


def _opened(profile: Profile) -> Profile:
    if proved_here():
        return profile
    return replace(
        profile, facts={kind: () if kind in CLOSED else rows for kind, rows in profile.facts.items()}
    )
