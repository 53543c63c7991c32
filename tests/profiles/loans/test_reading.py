"""The list of loans is read a page at a time, in one state or any."""

from profiles.loans import reading
from profiles.loans.models import Loan, LoanState
from tests.factories.loans import Lending


def test_a_page_of_them_the_newest_first(lending: Lending) -> None:
    session, permissions = lending.move.session, lending.move.permissions(lending.move.hmrc_officer)
    first = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    values = first.model_dump(exclude={"id"}) | {"state": LoanState.WITHDRAWN, "in_flight": False}
    later = [Loan(**values) for _ in range(2)]
    session.add_all(later)
    session.flush()
    newest = sorted((one.id for one in (first, *later)), reverse=True)
    assert [one.id for one in reading.list_for(session, permissions, limit=2)] == newest[:2]
    assert [one.id for one in reading.list_for(session, permissions, limit=2, offset=2)] == newest[2:]
    assert reading.count_for(session, permissions) == 3


def test_those_in_one_state(lending: Lending) -> None:
    session, permissions = lending.move.session, lending.move.permissions(lending.move.hmrc_officer)
    loan = lending.until(LoanState.EMPLOYEE_SUBMITTED)
    submitted, declined = LoanState.EMPLOYEE_SUBMITTED, LoanState.DECLINED
    assert [one.id for one in reading.list_for(session, permissions, state=submitted)] == [loan.id]
    assert reading.count_for(session, permissions, state=submitted) == 1
    assert reading.list_for(session, permissions, state=declined) == []
    assert reading.count_for(session, permissions, state=declined) == 0
