"""What the migration that says by when the start of a bulk move is answered makes of what is open."""

from datetime import UTC, datetime, timedelta

from tests.architecture.conftest import HMRC, HOME_OFFICE, LONG_AGO, OFFICER, Before

BEFORE = "0121"


def test_what_is_open_is_answered_within_two_weeks_of_the_upgrade(before: Before) -> None:
    before.to(BEFORE)
    move_id = before.add(
        "bulk_moves",
        exporting_organisation_id=HMRC,
        importing_organisation_id=HOME_OFFICE,
        regime="civil_service",
        state="completed",
        by_list=True,
        include_subtree=False,
        profession="",
        start_date="2020-01-01",
        starts_at=LONG_AGO,
        ends_exporter=False,
        addresses_go_along=True,
        providers_go_along=False,
        prepared_by=OFFICER,
        created_at=LONG_AGO,
        version=1,
    )

    def member(**said: str) -> str:
        person_id = before.person()
        return before.add(
            "bulk_move_members",
            bulk_move_id=move_id,
            person_id=person_id,
            employment_id=person_id,
            organisation_id=HMRC,
            number="1",
            state="paid",
            words="",
            in_flight=False,
            new_number="",
            leaving_out_words="",
            wrong_items="",
            **said,
        )

    asked, other = member(restart_on="2020-01-02", restart_by=OFFICER), member()
    before.to("0122")
    due_on = "SELECT restart_due_on FROM bulk_move_members WHERE id = :id"
    in_two_weeks = datetime.now(UTC).date() + timedelta(days=14)
    assert before.one(due_on, id=asked) == in_two_weeks.isoformat()
    assert before.one(due_on, id=other) is None
    before.back_to(BEFORE)
    assert before.one("SELECT restart_on FROM bulk_move_members WHERE id = :id", id=asked) == "2020-01-02"
