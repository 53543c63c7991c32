"""What the migration that keeps deaths with the account makes of those that are recorded."""

import json
from uuid import UUID, uuid4

from tests.architecture.conftest import HMRC, LAST_WEEK, LONG_AGO, OFFICER, Before

STAMP = {"recorded_at": LONG_AGO, "valid_from": LONG_AGO, "source": "x", "reason": "x"}
TERMS = {"continuous_service_from": "2020-01-01", "contract_type": "permanent"}


class Leaver:
    """Somebody whose employment has three versions: nothing said, said once, and what holds now."""

    def __init__(self, before: Before, *, ends: bool = True) -> None:
        self._before, self.id, fact_id = before, before.person(), uuid4().hex
        common = (
            STAMP
            | TERMS
            | {"number": uuid4().hex, "fact_id": fact_id, "person_id": self.id, "organisation_id": HMRC}
        )
        until = {"valid_to": LAST_WEEK}
        self.first, self.second = (
            before.add("employments", **common, superseded_at=LONG_AGO, **more) for more in ({}, until)
        )
        before.add("employments", **common, **(until if ends else {}))

    def said(
        self, day: int, action: str, cause: str = "", *, state: str = "recorded", second: bool = False
    ) -> None:
        self._before.add(
            "record_changes",
            person_id=self.id,
            organisation_id=HMRC,
            kind="employment",
            action=action,
            version_id=self.second if second else self.first,
            content=json.dumps({"cause": cause} if cause else {}),
            source="x",
            reason="x",
            state=state,
            proposed_by=OFFICER,
            proposed_at=f"2020-01-0{day} 00:00:00.000000",
            decided_at=f"2020-01-0{day} 12:00:00.000000",
        )


def died(before: Before) -> dict[str, str]:
    found = before.rows("SELECT id, death_recorded_at FROM people WHERE death_recorded_at IS NOT NULL")
    return {UUID(str(one)).hex: str(at)[:16] for one, at in found}


def test_who_has_died_by_what_was_said_last_is_kept_with_the_account(before: Before) -> None:
    before.to("0095")
    dead, retired, waiting, put_right = (Leaver(before) for _ in range(4))
    alive = Leaver(before, ends=False)
    dead.said(2, "leave", "died")
    retired.said(2, "leave", "retired")
    alive.said(2, "leave", "died")
    waiting.said(2, "leave", "died", state="waiting")
    put_right.said(2, "leave", "died")
    put_right.said(3, "stay", second=True)
    put_right.said(4, "leave", "retired", second=True)
    before.to("0096")
    assert died(before) == {dead.id: "2020-01-02 12:00"}
    before.back_to("0095")
    before.to("0096")
    assert died(before) == {dead.id: "2020-01-02 12:00"}
