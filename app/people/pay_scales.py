"""What is said of a salary and its scale before HR records it."""

from datetime import datetime

from sqlmodel import Session

from app.display_formats import money
from app.pay_scale_words import range_in_words, which_scale
from app.translation import gettext as _
from profiles.pay.models import PayRecord
from profiles.pay.outside import Doubt, doubts_of, scale_of_record
from profiles.portable_profile.models import Action
from profiles.portable_profile.wanted import Wanted
from profiles.temporal import Fact


def scale_in_words(pay: PayRecord) -> str:
    """The scale that a record names."""
    lowest, highest = pay.scale_minimum_pence, pay.scale_maximum_pence
    if lowest is None and highest is None:
        return pay.scale or _("None")
    between = _("%(lowest)s to %(highest)s", lowest=_amount(lowest), highest=_amount(highest))
    return f"{pay.scale} ({between})" if pay.scale else between


def doubts_in_words(session: Session, wanted: Wanted, said: Fact, now: datetime) -> list[str]:
    """What may be a slip in a salary that would be recorded: whoever records it all the same has read it."""
    if not isinstance(said, PayRecord) or wanted.action is Action.END:
        return []
    scale = scale_of_record(session, said, now)
    doubts = doubts_of(said, scale)
    found = []
    if scale is not None and Doubt.ANOTHER in doubts:
        found.append(
            _(
                "On the first day the pay scale of %(which)s is %(range)s, and this record names another.",
                which=which_scale(scale),
                range=range_in_words(scale),
            )
        )
    if Doubt.BELOW in doubts:
        found.append(_("The salary is below its scale. Record it only if that is right."))
    if Doubt.ABOVE in doubts:
        found.append(
            _("The salary is above its scale, and not on mark time. Record it only if that is right.")
        )
    return found


def _amount(pence: int | None) -> str:
    return "…" if pence is None else money(pence)
