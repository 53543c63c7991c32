"""An app on either side of a move: HMRC's is for EO to SEO, the Home Office's needs SC."""

from dataclasses import dataclass

from profiles.apps.models import App
from profiles.organisations.grades import CommonGrade
from tests.factories.apps import make_app, make_rule
from tests.factories.transfers import Move


@dataclass(frozen=True)
class AppsOfMove:
    """The two apps."""

    tax_desk: App
    visa_desk: App


def make_apps(move: Move) -> AppsOfMove:
    """Both apps with their agreements and rules."""
    grades = {"grade_from": CommonGrade.EO, "grade_to": CommonGrade.SEO}
    tax_desk = make_app(move.session, move.now, move.hmrc, "Tax Desk")
    make_rule(move.session, move.now, tax_desk, organisation_id=move.hmrc.id, **grades)
    visa_desk = make_app(move.session, move.now, move.home_office, "Visa Desk")
    make_rule(
        move.session,
        move.now,
        visa_desk,
        organisation_id=move.home_office.id,
        least_clearance="SC",
        **grades,
    )
    return AppsOfMove(tax_desk, visa_desk)
