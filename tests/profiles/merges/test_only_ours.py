"""Officers of one organisation do not unite what is another employer's too, who would not be asked."""

from datetime import datetime, timedelta

import pytest

from profiles.employments import service as employments
from profiles.employments.service import Post
from profiles.errors import Conflict
from profiles.temporal import civil_date
from tests.factories.clearances import make_clearance
from tests.factories.merges import Twins
from tests.factories.organisations import INITIATOR, PROVENANCE, make_organisation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("begins", [-DAY, 9 * DAY])
def test_a_second_employer_of_either_stands_in_the_way(
    twins: Twins, now: datetime, begins: timedelta
) -> None:
    other = make_organisation(twins.session, now - 2 * DAY, "HO")
    for person_id in (twins.survivor, twins.other):
        with twins.session.begin_nested() as savepoint:
            employments.appoint(
                twins.session,
                now - HOUR,
                PROVENANCE,
                INITIATOR,
                person_id=person_id,
                organisation_id=other.id,
                number="HO-7",
                starts_on=civil_date(now + begins),
                continuous_service_from=civil_date(now + begins),
                post=Post(local_grade="Officer", job_title="Visitor", profession="Operational Delivery"),
            )
            with pytest.raises(Conflict, match="cannot be united here"):
                twins.propose(now)
            savepoint.rollback()
        twins.session.expire_all()
    twins.merge(now)


def test_so_does_a_sponsor(twins: Twins, now: datetime) -> None:
    request = twins.propose(now)
    other = make_organisation(twins.session, now - 2 * DAY, "HO")
    make_clearance(twins.session, now - HOUR, twins.other, other)
    with pytest.raises(Conflict, match="cannot be united here"):
        twins.agree(request, now)
