"""What pages say where a department has nobody for a part of a move, and what is to be done about it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlmodel import Session

from app.transfers.presenting import TransferView
from app.transfers.who_acts import waiting_rows
from app.translation import gettext as _
from profiles.entitlements.explanation import with_article
from profiles.transfers.doers import MissingOfficer, find_missing, missing_officers
from profiles.transfers.models import Side
from profiles.transfers.parts import Doer
from profiles.transfers.waiting import Waiting, waiting_of


def rows_of(
    session: Session, found: Sequence[Waiting], view: TransferView, now: datetime
) -> list[dict[str, object]]:
    """The rows of one transfer; ``nobody`` says what is missing where nobody can act."""
    rows = []
    for one, row in zip(found, waiting_rows(found, [view] * len(found), now), strict=True):
        missing = find_missing(session, one, now)
        rows.append(row | {"nobody": _missing(missing, view) if missing else ""})
    return rows


def who_acts_rows(
    session: Session, view: TransferView, sides: Collection[Side], now: datetime
) -> list[dict[str, object]]:
    """The rows of one transfer, as told to officers of these sides."""
    return rows_of(session, waiting_of(session, view.transfer, sides, now), view, now)


def missing_lines(session: Session, view: TransferView, now: datetime) -> list[str]:
    """What the two departments miss for a move that somebody is about to begin."""
    return [_missing(one, view) for one in _by_importing_first(missing_officers(session, view.transfer, now))]


def _by_importing_first(found: Iterable[MissingOfficer]) -> list[MissingOfficer]:
    return sorted(found, key=lambda one: one.side is not Side.IMPORTING)


def _missing(missing: MissingOfficer, view: TransferView) -> str:
    organisation = with_article(view.organisation_of(missing.side))
    if missing.doer is Doer.SECURITY_OFFICER:
        return _(
            "%(organisation)s has no security officer who could act.", organisation=capitalised(organisation)
        )
    if missing.doer is Doer.PAYROLL:
        return _(
            "%(organisation)s has no payroll officer who could act.", organisation=capitalised(organisation)
        )
    if missing.side is Side.IMPORTING:
        text = _(
            "%(organisation)s has no HR officer to approve it: theirs prepared it or decided on a part.",
            organisation=capitalised(organisation),
        )
    else:
        text = _(
            "%(organisation)s has no HR officer who could approve it.", organisation=capitalised(organisation)
        )
    return text


def capitalised(words: str) -> str:
    """The same as the beginning of a sentence."""
    return words[:1].upper() + words[1:]
