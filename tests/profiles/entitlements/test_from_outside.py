"""Somebody from a body outside is in a post of kind *host* alone, for a time."""

from datetime import date, datetime

from sqlmodel import Session

from profiles.employments.models import PostingKind
from profiles.entitlements.service import access_of
from profiles.temporal import INSTANT, end_of_day, replace
from tests.factories.apps import make_app, make_rule
from tests.factories.organisations import PROVENANCE, make_organisation
from tests.factories.people import make_employee

LAST_DAY = date(2026, 8, 31)


def test_rules_for_people_on_loan_open_apps_to_them_until_the_last_day(
    session: Session, now: datetime
) -> None:
    place = make_organisation(session, now, "HMRC")
    for kind in (PostingKind.HOST, PostingKind.HOME, None):
        app = make_app(session, now, place, f"For {kind.value if kind else 'both'}")
        make_rule(session, now, app, organisation_id=place.id, posting_kind=kind)
    posting = make_employee(session, now, place)
    ends_at = end_of_day(LAST_DAY)
    replace(session, posting, now, PROVENANCE, kind=PostingKind.HOST, valid_to=ends_at)

    def opened(at: datetime) -> list[str]:
        return sorted(
            rules.app_name for rules, one in access_of(session, posting.person_id, at) if one.allowed
        )

    assert opened(ends_at - INSTANT) == ["For both", "For host"]
    assert opened(ends_at) == []
