"""Where the chain of agreements is weak: a pure function of an app's agreements at a moment."""

from datetime import datetime, timedelta
from enum import StrEnum

from profiles.entitlements.facts import AppRules


class Weakness(StrEnum):
    """What is wrong with what an app agreed to, the worst first."""

    NEVER_AGREED = "never_agreed"
    EXPIRED = "expired"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    UNANSWERED = "unanswered"
    DUE = "due"
    NO_DPIA = "no_dpia"
    NO_SUPPLIERS_STATED = "no_suppliers_stated"
    NO_END = "no_end"


def weaknesses(
    rules: AppRules, now: datetime, within: timedelta, *, unanswered: bool = False
) -> tuple[Weakness, ...]:
    """Everything that is weak, the worst first; an agreement is due when it ends within that time.

    ``unanswered`` is an app that has not confirmed in time that it ended old access.
    """
    agreement = rules.find_agreement(now)
    if agreement is None:
        if any(one.valid_from > now for one in rules.agreements):
            return (Weakness.NOT_YET_IN_FORCE,)
        return (Weakness.EXPIRED if rules.agreements else Weakness.NEVER_AGREED,)
    found: list[Weakness] = [Weakness.UNANSWERED] if unanswered else []
    ends_at = agreement.valid_to
    renewed = any(one.valid_from == ends_at for one in rules.agreements)
    if ends_at is not None and ends_at - now <= within and not renewed:
        found.append(Weakness.DUE)
    if not agreement.dpia_reference.strip():
        found.append(Weakness.NO_DPIA)
    if not agreement.suppliers.strip():
        found.append(Weakness.NO_SUPPLIERS_STATED)
    if ends_at is None:
        found.append(Weakness.NO_END)
    return tuple(found)
