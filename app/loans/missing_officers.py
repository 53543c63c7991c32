"""What pages say where an organisation has nobody for a part of a loan."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from app.loans.presenting import LoanView, waiting_rows
from app.transfers.missing_officers import capitalised
from app.translation import gettext as _
from profiles.entitlements.explanation import with_article
from profiles.loans.acting import Waiting
from profiles.loans.doers import find_missing
from profiles.loans.missing_officers import MissingForLoan, missing_officers
from profiles.loans.models import LoanAgreement, LoanSide
from profiles.transfers.parts import Doer


def rows_of(
    session: Session, found: Sequence[Waiting], view: LoanView, now: datetime
) -> list[dict[str, object]]:
    """The rows of one loan; ``nobody`` says what is missing where nobody can act."""
    rows = []
    for one, row in zip(found, waiting_rows(found, [view] * len(found), now), strict=True):
        missing = find_missing(session, one, now)
        organisation = capitalised(with_article(view.organisation_of(one.side or LoanSide.HOME)))
        rows.append(row | {"nobody": _nobody(missing, organisation) if missing else ""})
    return rows


def missing_lines(session: Session, view: LoanView, agreement: LoanAgreement, now: datetime) -> list[str]:
    """What the two organisations miss for a loan that somebody is about to draft."""
    return [_missing(one, view) for one in missing_officers(session, view.loan, agreement, now)]


def _nobody(missing: MissingForLoan, organisation: str) -> str:
    if missing.doer is Doer.SECURITY_OFFICER:
        return _("%(organisation)s has no security officer who could act.", organisation=organisation)
    return _("%(organisation)s has no HR officer who could act.", organisation=organisation)


def _missing(missing: MissingForLoan, view: LoanView) -> str:
    organisation = capitalised(with_article(view.organisation_of(missing.side)))
    if missing.doer is Doer.SECURITY_OFFICER:
        return _("%(organisation)s has no security officer who could act.", organisation=organisation)
    if missing.side is LoanSide.HOST:
        return _(
            "%(organisation)s has fewer than two HR officers: one describes the post, another approves it.",
            organisation=organisation,
        )
    return _("%(organisation)s has no HR officer to approve it but you.", organisation=organisation)
