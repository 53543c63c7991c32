"""While two records are one, the person reads the log and what is held of both; afterwards of their own."""

from datetime import datetime, timedelta
from uuid import UUID

from profiles.access_requests.held import held_by
from profiles.disclosure.service import release, release_log
from profiles.merges.unions import ids_of
from tests.factories.apps import make_app, make_rule
from tests.factories.merges import Twins


def test_the_log_and_what_is_held_are_those_of_both(twins: Twins, now: datetime) -> None:
    app = make_app(twins.session, now, twins.hmrc)
    make_rule(twins.session, now, app)
    claims = frozenset({"name"})
    release(twins.session, twins.other, app.id, claims=claims, session_reference="theirs", now=now)
    at = now + timedelta(hours=1)
    merge = twins.merge(at)
    assert read(twins, twins.survivor, at) == (1, {"release", "union"})
    at += timedelta(hours=1)
    twins.split(merge, at)
    assert read(twins, twins.survivor, at) == (0, {"union"})
    assert read(twins, twins.other, at) == (1, {"release"})


def read(twins: Twins, person_id: UUID, at: datetime) -> tuple[int, set[str]]:
    log = release_log(twins.session, person_id, at, with_records=ids_of(twins.session, person_id))
    held = held_by(twins.session, person_id, twins.hmrc.id, at, is_lead=True)
    return log.total, {one.section for one in held} & {"release", "union"}
