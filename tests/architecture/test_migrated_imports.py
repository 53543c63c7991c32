"""What migrations make of imports that are there, on both kinds of database."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from tests.architecture.conftest import HMRC, HOME_OFFICE, LAST_WEEK, LONG_AGO, OFFICER, SOURCE, TEAM, Before


def import_of(
    before: Before,
    people: list[str],
    state: str = "published",
    load_id: str = "",
    organisation_id: str = HMRC,
) -> str:
    """An import for HMRC, or another, in which these people are."""
    numbers = dict.fromkeys(("problems", "affected", "done", "total"), 0)
    words = dict.fromkeys(("content_hash", "decided_reason", "plan_hash", "step"), "x")
    place = {"organisation_id": organisation_id, "source_id": SOURCE, "load_id": load_id or uuid4().hex}
    values = {**numbers, **words, **place, "counts": "{}", "changes": "[]", "started_at": LONG_AGO}
    made = before.add("imports", **values, state=state, started_by=OFFICER)
    with before.engine.begin() as connection:
        for one in people:
            connection.execute(
                text("INSERT INTO import_people (import_id, person_id) VALUES (:made, :one)"),
                {"made": made, "one": one},
            )
    return made


def about(before: Before) -> set[tuple[str, str]]:
    """Which imports are noted to be about which organisations below."""
    found = before.rows("SELECT import_id, organisation_id FROM import_organisations")
    return {(UUID(str(one)).hex, UUID(str(place)).hex) for one, place in found}


def test_an_import_that_is_there_is_about_those_below_that_employ_whom_it_names_or_whom_it_brought(
    before: Before,
) -> None:
    before.to("0086")
    before.add("sources", id=SOURCE, organisation_id=HMRC, name="x")
    stamp = {"recorded_at": LONG_AGO, "valid_from": LONG_AGO, "source": "x", "reason": "x"}

    def employ(person_id: str, organisation_id: str, **changes: Any) -> str:
        terms = {"number": uuid4().hex, "continuous_service_from": "2020-01-01", "contract_type": "permanent"}
        values = stamp | terms | {"fact_id": uuid4().hex, "organisation_id": organisation_id} | changes
        before.add("employments", person_id=person_id, **values)
        return person_id

    in_team, of_both = employ(before.person(), TEAM), employ(employ(before.person(), TEAM), HMRC)
    own, away = employ(before.person(), HMRC), employ(before.person(), HOME_OFFICE)
    corrected = employ(before.person(), TEAM, superseded_at=LAST_WEEK)
    loads = {"organisation_id": HMRC, "kind": "x", "rows_total": 1, "rows_done": 1, "started_at": LONG_AGO}
    brought, named = (before.add("loads", **loads, content_hash=one) for one in ("brought", "named"))
    employ(before.person(), TEAM, load_id=brought)
    name = {"given_names": "Ada", "middle_names": "", "family_name": "Lark", "known_as": ""}
    before.add(
        "person_names",
        **stamp,
        **name,
        search_key="lark",
        fact_id=uuid4().hex,
        person_id=in_team,
        load_id=named,
    )
    about_team = {import_of(before, [], load_id=one) for one in (brought, named)}
    about_team |= {import_of(before, [in_team, own]), import_of(before, [in_team], "waiting")}
    import_of(before, [of_both, own, away, corrected])
    before.to("0087")
    assert about(before) == {(one, TEAM) for one in about_team}
    states = before.rows("SELECT state, COUNT(*) FROM imports WHERE sent_by = started_by GROUP BY state")
    assert dict(map(tuple, states)) == {"published": 4, "received": 1}


def test_of_an_import_that_was_never_published_nobody_reads_but_who_reaches_all_that_is_or_was_below(
    before: Before,
) -> None:
    before.to("0091")
    before.add("sources", id=SOURCE, organisation_id=HMRC, name="x")
    before.add("organisations", id=(left := uuid4().hex), code="LEFT", kind="agency")
    stamp = {"recorded_at": LONG_AGO, "valid_from": LONG_AGO, "source": "x", "reason": "x"}
    for parent, changes in ((TEAM, {"superseded_at": LAST_WEEK}), (HOME_OFFICE, {"recorded_at": LAST_WEEK})):
        said = stamp | {"fact_id": uuid4().hex, "organisation_id": left, "parent_id": parent, "name": "Left"}
        before.add("organisation_details", **said | changes)
    ended = [import_of(before, [], state) for state in ("refused", "rejected", "withdrawn")]
    elsewhere = import_of(before, [], "refused", organisation_id=HOME_OFFICE)
    of_team = import_of(before, [], "refused", organisation_id=TEAM)
    import_of(before, [], "published")
    import_of(before, [], "ready")
    noted = import_of(before, [], "refused")
    with before.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO import_organisations (import_id, organisation_id) VALUES (:one, :place)"),
            {"one": noted, "place": TEAM},
        )
    before.to("head")
    assert about(before) == {
        *((one, place) for one in ended for place in (TEAM, left)),
        *((one, left) for one in (elsewhere, of_team)),
        (noted, TEAM),
    }
