"""Pay scales in words, wherever pages speak of them."""

from app.display_formats import money
from app.translation import gettext as _
from profiles.pay.models import PayScale


def which_scale(scale: PayScale) -> str:
    """Of which grade a scale is, and where."""
    return f"{scale.local_grade}, {scale.location}" if scale.location else scale.local_grade


def range_in_words(scale: PayScale) -> str:
    """From the minimum to the maximum, or the one amount of a spot rate."""
    lowest, highest = (money(one, scale.currency) for one in (scale.minimum_pence, scale.maximum_pence))
    return lowest if lowest == highest else f"{lowest} – {highest}"


def location_in_words(scale: PayScale) -> str:
    """Its pay location; of one that names none, all that have no scale of their own."""
    return scale.location or _("Everywhere else")
