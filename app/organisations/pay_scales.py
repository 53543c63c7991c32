"""What an organisation pays its own grades: the scales on any day, and all that was ever said of one."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from flask import render_template, url_for
from sqlmodel import Session

from app.access import permissions
from app.apps.policy_words import common_grade_in_words
from app.display_formats import civil_date, civil_datetime, last_day
from app.listed_names import known_name
from app.organisations.blueprint import blueprint
from app.pay_scale_words import location_in_words, range_in_words, which_scale
from app.portable_profile.asked import AskedDates, asked_dates
from app.portable_profile.words import source_in_words
from app.request_transaction import request_session, request_time
from app.translation import gettext as _
from profiles.errors import NotFound
from profiles.organisations import service as organisations
from profiles.organisations.service import OrganisationView
from profiles.pay import scales
from profiles.pay.models import PayScale
from profiles.roles.permissions import Permission, requires


@blueprint.get("/organisations/pay-scales")
@requires(Permission.MAINTAIN_PAY_SCALES)
def pay_scales() -> str:
    """The scales of the officer's organisations on a day, as known on a day."""
    session, asked = request_session(), asked_dates(request_time())
    return render_template(
        "organisations/pay_scales.html",
        asked=asked,
        places=[
            {"name": place.name, "id": place.id, "rows": _rows(session, place.id, asked)}
            for place in my_organisations()
        ],
    )


@blueprint.get("/organisations/pay-scales/<uuid:scale_id>")
@requires(Permission.MAINTAIN_PAY_SCALES)
def pay_scale(scale_id: UUID) -> str:
    """One scale with its history; what stands can be corrected and ended."""
    session, now = request_session(), request_time()
    scale = seen_scale(scale_id)
    versions = scales.versions_of(session, scale, now)
    standing = [one for one in versions if one.superseded_at is None]
    shown = next((one for one in standing if one.id == scale.id), standing[-1] if standing else None)
    return render_template(
        "organisations/pay_scale.html",
        title=which_scale(scale),
        organisation=organisations.get(session, scale.organisation_id, now).name,
        said=_said(shown) if shown else [],
        scale_id=shown.id if shown else None,
        rows=[_version(one, now) for one in versions],
    )


def my_organisations() -> Iterator[OrganisationView]:
    """Those whose scales the officer maintains, by name."""
    mine = permissions().organisations(Permission.MAINTAIN_PAY_SCALES)
    known = organisations.tree(request_session(), request_time()).organisations
    return (one for one in known.values() if one.id in mine)


def seen_scale(scale_id: UUID) -> PayScale:
    """A scale of the officer's organisations. Raises NotFound."""
    scale = scales.get_scale(request_session(), scale_id, request_time())
    if not permissions().allows(Permission.MAINTAIN_PAY_SCALES, scale.organisation_id):
        raise NotFound("There is no such pay scale.")
    return scale


def _rows(session: Session, organisation_id: UUID, asked: AskedDates) -> list[dict[str, str]]:
    point = asked.valid_at, asked.known_at
    grades = organisations.grades_of(session, organisation_id, *point)
    places = {label: place for place, label in enumerate(grades)}
    found = scales.scales_of(session, organisation_id, *point)
    return [
        {
            "grade": one.local_grade,
            "common": common_grade_in_words(grades[one.local_grade])
            if one.local_grade in grades
            else _("No such grade on that day"),
            "location": location_in_words(one),
            "range": range_in_words(one),
            "name": one.name or "–",
            "since": civil_date(one.valid_from),
            "href": url_for("organisations.pay_scale", scale_id=one.id),
        }
        for one in sorted(found, key=lambda one: places.get(one.local_grade, len(places)))
    ]


def _said(scale: PayScale) -> list[tuple[str, str]]:
    return [
        (_("Grade"), scale.local_grade),
        (_("Pay location"), location_in_words(scale)),
        (_("Name"), scale.name or "–"),
        (_("A year, full-time"), range_in_words(scale)),
        (_("First day"), civil_date(scale.valid_from)),
        (_("Last day"), last_day(scale.valid_to) if scale.valid_to else _("No end date")),
    ]


def _version(scale: PayScale, now: datetime) -> list[str]:
    said = [which_scale(scale), range_in_words(scale), scale.name]
    return [
        "; ".join(one for one in said if one),
        civil_date(scale.valid_from),
        last_day(scale.valid_to) if scale.valid_to else _("No end date"),
        _deed(scale.recorded_at, scale.recorded_by, now),
        source_in_words(scale.source),
        scale.reason or "–",
        _deed(scale.superseded_at, scale.superseded_by, now) if scale.superseded_at else _("It stands"),
    ]


def _deed(at: datetime, by: UUID | None, now: datetime) -> str:
    when = civil_datetime(at)
    if by is None:
        return when
    return _("%(when)s, %(name)s", when=when, name=known_name(request_session(), by, now))
