"""What an organisation accepts of people of whom none is known yet."""

from datetime import datetime, timedelta

from sqlmodel import Session

from identity.sign_in_policy.policy import Limits, Platform
from identity.sign_in_policy.service import methods_within
from profiles.sign_in.models import Method
from tests.factories.organisations import make_organisation
from tests.factories.policies import MFA, PHR, SFA, make_policy

PLATFORM = Platform(SFA, PHR, Limits(timedelta(hours=1), timedelta(hours=12)))


def test_policies_above_add_up_and_one_to_come_does_not_count_yet(session: Session, now: datetime) -> None:
    above = make_organisation(session, now, "HMG")
    below = make_organisation(session, now, "HMRC", parent=above)
    make_policy(session, now, above.id, methods=["passkey", "password_and_code"])
    make_policy(session, now, below.id, now + timedelta(days=1), methods=["passkey"])
    today = {Method.PASSKEY, Method.PASSWORD_AND_CODE}
    assert methods_within(session, below.id, now, PLATFORM) == today
    assert methods_within(session, below.id, now + timedelta(days=1), PLATFORM) == {Method.PASSKEY}


def test_nothing_goes_below_the_platform(session: Session, now: datetime) -> None:
    organisation = make_organisation(session, now)
    strict = Platform(MFA, PHR, PLATFORM.limits)
    assert Method.PASSWORD in methods_within(session, organisation.id, now, PLATFORM)
    assert Method.PASSWORD not in methods_within(session, organisation.id, now, strict)
