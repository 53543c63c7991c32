"""Whatever is done to a loan, in any order: host access never outlives the end, and home access returns."""

from contextlib import suppress
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.errors import ProfileError
from profiles.loans import approving, converting, ending, extending, interruptions
from profiles.loans.advancing import advance, look
from profiles.loans.models import Loan, LoanState
from profiles.temporal import end_of_day
from profiles.transfers.ending import withdraw
from profiles.transfers.steps import get as get_transfer
from tests.factories.loans import HOME, HOST, Lending
from tests.profiles.loans.test_converting import STAYS
from tests.profiles.loans.test_instants import MOMENT, opens

DEEDS = (
    "days",
    "worker",
    "propose",
    "approve_home",
    "approve_host",
    "sign",
    "refuse",
    "end_early",
    "convert",
    "end_transfer",
    "hold",
    "resume",
    "withdraw",
    "confirm_return",
)
STARTS = (LoanState.SCHEDULED, LoanState.ON_LOAN)


class _TakenBack(Exception):
    pass


def do(lending: Lending, loan: Loan, deed: str, day: date) -> None:
    move = lending.move
    host, home = lending.as_officer(move.home_office_officer), lending.as_officer(move.hmrc_officer)
    own = lending.at | {"loan_id": loan.id, "person_id": move.employee}
    it = {"loan_id": loan.id}
    if deed == "days":
        move.now = max(move.now, min(end_of_day(day), move.now + timedelta(days=120)))
    elif deed == "worker":
        advance(move.session, loan, move.now)
        look(move.session, loan, move.now)
    elif deed == "end_transfer":
        if loan.transfer_id is not None:
            transfer = get_transfer(move.session, loan.transfer_id)
            withdraw(**lending.at, transfer_id=transfer.id, person_id=move.employee)
    else:
        {
            "propose": lambda: lending.propose(loan, day),
            "approve_home": lambda: lending.approve(loan, HOME),
            "approve_host": lambda: lending.approve(loan, HOST),
            "sign": lambda: lending.sign(loan),
            "refuse": lambda: extending.refuse_own(**own),
            "end_early": lambda: ending.end_early(
                **host, **it, side=HOST, last_day=day, reason="Why", alone_up_to=1
            ),
            "convert": lambda: converting.convert(**lending.as_officer(move.preparer), **it, terms=STAYS),
            "hold": lambda: interruptions.hold(
                **host, **it, side=HOST, reason="Why", review_on=(move.now + timedelta(days=9)).date()
            ),
            "resume": lambda: interruptions.resume(**host, **it),
            "withdraw": lambda: approving.withdraw(**own),
            "confirm_return": lambda: ending.confirm_return(**home, **it),
        }[deed]()


def agreed(loan: Loan) -> tuple[datetime, datetime] | None:
    """From when until when the three have agreed that the person works at the host."""
    before = {LoanState.WITHDRAWN, LoanState.ON_HOLD, LoanState.DRAFT, LoanState.AGREEMENT_SIGNED}
    return None if loan.state in before else (loan.begins_at, loan.ends_at)


def check(lending: Lending, loan: Loan, latest: datetime) -> None:
    span = agreed(loan)
    if span is None:
        assert opens(lending, max(lending.move.now, loan.begins_at)) == ["Tax Desk"]
        return
    begins, ends = span
    assert ends <= latest
    for at in (begins - MOMENT, ends, ends + timedelta(days=500)):
        assert opens(lending, at) == ["Tax Desk"]
    for at in (begins, ends - MOMENT):
        assert opens(lending, at) == ["Visa Desk"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    start=st.sampled_from(STARTS),
    deeds=st.lists(
        st.tuples(st.sampled_from(DEEDS), st.dates(min_value=date(2026, 3, 17), max_value=date(2028, 3, 20))),
        min_size=4,
        max_size=14,
    ),
)
def test_host_access_never_outlives_the_end_and_home_access_returns(
    lending: Lending, start: LoanState, deeds: list[tuple[str, date]]
) -> None:
    began = lending.move.now
    with suppress(_TakenBack), lending.move.session.begin_nested():
        loan = lending.until(start)
        signed = [loan.ends_at]
        for deed, day in deeds:
            state = loan.state
            with suppress(ProfileError), lending.move.session.begin_nested():
                do(lending, loan, deed, day)
            lending.move.session.refresh(loan)
            if state is LoanState.EXTENSION_PENDING and loan.state is LoanState.ON_LOAN:
                signed.append(loan.ends_at)
            check(lending, loan, max(signed))
        raise _TakenBack
    lending.move.session.expire_all()
    lending.move.now = began
