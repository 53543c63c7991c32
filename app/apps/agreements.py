"""Where an app's data-sharing agreement stands, in words and colours, and who can mend it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import ngettext
from sqlmodel import Session

from app.display_formats import INSTANT, LONDON, civil_date, last_day
from app.translation import gettext as _
from profiles.entitlements.facts import AppRules
from profiles.people.service import display_name, name_of
from profiles.roles import service as roles
from profiles.roles.models import Role

RENEW_WITHIN = timedelta(days=90)


@dataclass(frozen=True)
class AgreementState:
    """Where an app's agreement stands, as a tag: its text and colour, and a sentence."""

    text: str
    colour: str
    detail: str


def agreement_state(rules: AppRules, now: datetime) -> AgreementState:
    """Whether an agreement is in force, soon to be renewed, over, or never made."""
    agreement = rules.find_agreement(now)
    if agreement is not None:
        if agreement.valid_to is None:
            return AgreementState(_("In force"), "green", _("Without an end date"))
        if agreement.valid_to - now <= RENEW_WITHIN:
            return AgreementState(_("Due for renewal"), "yellow", _ends_soon(agreement.valid_to, now))
        return AgreementState(_("In force"), "green", _("Until %(day)s", day=last_day(agreement.valid_to)))
    over = [one.valid_to for one in rules.agreements if one.valid_to is not None and one.valid_to <= now]
    if over:
        return AgreementState(_("Expired"), "red", _("Since %(day)s", day=civil_date(max(over))))
    coming = [one.valid_from for one in rules.agreements]
    if coming:
        return AgreementState(_("Not yet in force"), "red", _("From %(day)s", day=civil_date(min(coming))))
    return AgreementState(_("None"), "red", _("Nobody can use the app"))


def answering_in_words(within_seconds: int, stops: bool) -> dict[str, str]:
    """How soon the app must confirm that it ended old access, and what follows when it does not."""
    minutes = max(1, within_seconds // 60)
    return {
        _("Confirms ended access"): str(ngettext("within %(num)s minute", "within %(num)s minutes", minutes)),
        _("If it is overdue"): _("It gets no new tokens until it answers") if stops else _("It is shown"),
    }


def data_protection_officers(session: Session, organisation_id: UUID, now: datetime) -> list[str]:
    """The names of those whom an app's owner asks for an agreement."""
    found = roles.holders(session, [Role.DATA_PROTECTION_OFFICER], organisation_id, now)
    return [display_name(name_of(session, person_id, now)) for person_id in found]


def _ends_soon(exclusive_end: datetime, now: datetime) -> str:
    last = (exclusive_end - INSTANT).astimezone(LONDON).date()
    days = (last - now.astimezone(LONDON).date()).days
    until = _("Until %(day)s", day=last_day(exclusive_end))
    if days == 0:
        return _("%(until)s: it ends today", until=until)
    left = str(ngettext("it ends in %(num)s day", "it ends in %(num)s days", days))
    return _("%(until)s: %(left)s", until=until, left=left)
