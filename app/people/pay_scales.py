"""What is said of a salary and its scale before HR records it."""

from datetime import datetime

from sqlmodel import Session

from app.display_formats import money
from app.pay_scale_words import range_in_words, which_scale
from app.translation import gettext as _
from profiles.employments.models import Posting
from profiles.pay.models import PayRecord, PayScale
from profiles.pay.outside import Doubt, doubts_of, scale_of_record
from profiles.pay.scales import find_scale
from profiles.portable_profile.changes import Effect
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted


def scale_in_words(pay: PayRecord) -> str:
    """The scale that a record names."""
    lowest, highest = pay.scale_minimum_pence, pay.scale_maximum_pence
    if lowest is None and highest is None:
        return pay.scale or _("None")
    between = _("%(lowest)s to %(highest)s", lowest=_amount(lowest), highest=_amount(highest))
    return f"{pay.scale} ({between})" if pay.scale else between


def doubts_in_words(session: Session, wanted: Wanted, effect: Effect, now: datetime) -> list[str]:
    """What may be a slip in a salary that would be recorded: whoever records it all the same has read it.

    A change of post is looked at with the pay of its first day, which may be what was paid before.
    """
    said, scale = effect.said, None
    if wanted.action in (Action.CHANGE_POST, Action.CORRECT_POST) and isinstance(said, Posting):
        pay = next((one for one in effect.beside if isinstance(one, PayRecord)), None)
        if pay is not None:
            where = said.organisation_id, said.local_grade, pay.location
            scale = find_scale(session, *where, said.valid_from, now)
    elif wanted.action in (Action.ADD, Action.CORRECT) and isinstance(said, PayRecord):
        pay, scale = said, scale_of_record(session, said, now)
    else:
        return []
    return _in_words(pay, scale) if pay is not None else []


def _in_words(pay: PayRecord, scale: PayScale | None) -> list[str]:
    doubts, found = doubts_of(pay, scale), []
    if scale is not None and Doubt.ANOTHER in doubts:
        found.append(
            _(
                "On the first day the pay scale of %(which)s is %(range)s, and pay is recorded with another.",
                which=which_scale(scale),
                range=range_in_words(scale),
            )
        )
    between = _scale_that_counts(pay, scale)
    if Doubt.BELOW in doubts:
        found.append(
            _("The salary is below its scale, %(range)s. Record it only if that is right.", range=between)
        )
    if Doubt.ABOVE in doubts:
        found.append(
            _(
                "The salary is above its scale, %(range)s, and not on mark time. "
                "Record it only if that is right.",
                range=between,
            )
        )
    return found


def _scale_that_counts(pay: PayRecord, scale: PayScale | None) -> str:
    own = pay.scale_minimum_pence, pay.scale_maximum_pence
    if own == (None, None) and scale is not None:
        return range_in_words(scale)
    return " – ".join(_amount(end) for end in own)


def _amount(pence: int | None) -> str:
    return "…" if pence is None else money(pence)
