"""What a bulk move changes at apps, and because of what, in words."""

from collections.abc import Mapping

from app.bulk_moves.presenting import BulkMoveView
from app.display_formats import civil_date, last_day
from app.translation import gettext as _
from profiles.bulk_moves.preview import Line, Turn
from profiles.entitlements.explanation import with_article
from profiles.entitlements.facts import AppRules


def turn_words() -> Mapping[Turn, str]:
    """What becomes of a role."""
    return {
        Turn.GAINS: _("Gained"),
        Turn.LOSES: _("Lost"),
        Turn.CHANGES: _("Other roles"),
        Turn.KEEPS: _("Kept"),
    }


def because(view: BulkMoveView, rules: AppRules, line: Line) -> str:
    """The fact behind a line: the post that begins or ends, or what else turns access on that day."""
    starts_at = view.move.starts_at
    if line.turn is Turn.LOSES:
        if rules.find_agreement(starts_at) is None:
            return _("No data-sharing agreement of the app is in force then.")
        if line.by_hand and not line.rules:
            return _("What was given by hand ends with the move.")
        if not any(rule.holds(starts_at) for rule in line.rules):
            return _("The rule itself ends.")
        return _(
            "Their post in %(organisation)s ends on %(day)s.",
            organisation=with_article(view.exporting),
            day=last_day(starts_at),
        )
    if line.by_hand and not line.rules:
        return _("It was given by hand, and goes along with the whole organisation.")
    return _(
        "Their post in %(organisation)s begins on %(day)s.",
        organisation=with_article(view.importing),
        day=civil_date(view.move.start_date),
    )
