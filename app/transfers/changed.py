"""What has changed since somebody opened the page on which they decide, in words."""

from collections.abc import Iterable, Mapping
from datetime import date

from app.display_formats import civil_date, money
from app.portable_profile.words import contracts, share
from app.translation import gettext as _
from profiles.employments.models import ContractType
from profiles.transfers.shown import ACCESS, RELEASED, Difference


def changed_lines(differences: Iterable[Difference]) -> list[str]:
    """A sentence for each. What it was is what the reader's own form said, and stands as that."""
    return [_line(one) for one in differences]


def _line(one: Difference) -> str:
    if one.name.startswith(ACCESS):
        return _("Access to %(app)s is not what you were shown.", app=one.name.removeprefix(ACCESS))
    if one.name.startswith(RELEASED):
        return _(
            "What you hand on, %(what)s, is not what you were shown.", what=one.name.removeprefix(RELEASED)
        )
    what = _names().get(one.name, one.name)
    was, is_now = _in_words(one.name, one.unverified_was), _in_words(one.name, one.now)
    if not was:
        return _("%(what)s: it is %(now)s.", what=what, now=is_now)
    return _("%(what)s: it was %(was)s, and is %(now)s now.", what=what, was=was, now=is_now)


def _names() -> Mapping[str, str]:
    return {
        "last_day": _("Last day"),
        "start_date": _("Start date"),
        "local_grade": _("Grade"),
        "job_title": _("Job title"),
        "profession": _("Profession"),
        "unit": _("Team or unit"),
        "location": _("Place of work"),
        "employment_number": _("Employment number"),
        "work_address": _("New work e-mail address"),
        "salary_pence": _("Yearly salary, full-time"),
        "fte_thousandths": _("Hours"),
        "pay_location": _("Pay location"),
        "contract_type": _("Contract"),
        "required_level": _("Clearance needed"),
    }


def _in_words(name: str, value: str) -> str:
    """The value as pages show it; what cannot be read came from no page of ours, and stands as it is."""
    try:
        if name in ("last_day", "start_date"):
            return civil_date(date.fromisoformat(value))
        if name == "salary_pence":
            return money(int(value))
        if name == "fte_thousandths":
            return share(int(value))
        if name == "contract_type":
            return contracts()[ContractType(value)]
    except ValueError:
        return value
    return value or (_("None") if name in ("required_level", "pay_location") else "")
