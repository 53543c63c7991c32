"""Payroll is not asked what it has of whom its first pay is asked about when it is first asked that."""

from tests.architecture.conftest import HMRC, HOME_OFFICE, LAST_WEEK, LONG_AGO, OFFICER, Before

BEFORE = "0122"


def test_payroll_is_asked_nothing_more_of_moves_whose_first_pays_it_confirms(before: Before) -> None:
    before.to(BEFORE)

    def member(state: str, of_move: str, starts_at: str) -> str:
        move_id = before.add(
            "bulk_moves",
            exporting_organisation_id=HMRC,
            importing_organisation_id=HOME_OFFICE,
            regime="civil_service",
            state=of_move,
            by_list=True,
            include_subtree=False,
            profession="",
            start_date=starts_at[:10],
            starts_at=starts_at,
            ends_exporter=False,
            addresses_go_along=True,
            providers_go_along=False,
            prepared_by=OFFICER,
            created_at=LONG_AGO,
            version=1,
        )
        person_id = before.person()
        return before.add(
            "bulk_move_members",
            bulk_move_id=move_id,
            person_id=person_id,
            employment_id=person_id,
            organisation_id=HMRC,
            number="1",
            state=state,
            words="",
            in_flight=False,
            new_number="",
            leaving_out_words="",
            wrong_items="",
        )

    joined = member("joined", "reconciling", LAST_WEEK)
    apart = member("set_apart", "reconciling", LAST_WEEK)
    ahead = member("scheduled", "scheduled", "2999-01-01 00:00:00.000000")
    before.to("0127")
    said = "SELECT details_at FROM bulk_move_members WHERE id = :id"
    assert str(before.one(said, id=joined)).startswith("2020-01-08 00:00:00")
    assert before.one(said, id=apart) is None
    assert before.one(said, id=ahead) is None
    assert before.rows("SELECT DISTINCT missing_details FROM bulk_move_members") == [("",)]
    before.back_to(BEFORE)
    assert before.one("SELECT state FROM bulk_move_members WHERE id = :id", id=joined) == "joined"
