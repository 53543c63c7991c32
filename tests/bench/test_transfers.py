"""The measurements of moves, on a few people: each moves once, and the app hears of each change."""

from pathlib import Path

from bench import acknowledgement, transfers


def test_transfers_of_one_day_are_completed_while_people_sign_in(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lanyard.db'}"
    measures = transfers.measure(url, tmp_path, "SQLite", transfers=3, before=0.5)
    found = {measure.what: measure for measure in measures}
    assert found["rate"].value > 0
    assert found["a sign-in meanwhile p95"].value > 0
    assert {what for what, measure in found.items() if measure.limit} == {"memory", "sign-ins slower at p95"}


def test_a_change_reaches_the_app_though_it_failed_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'lanyard.db'}"
    measures = acknowledgement.measure(url, tmp_path, "SQLite", people=1)
    assert [measure.what for measure in measures] == ["p50", "slowest"] * 2
    assert all(measure.value > 0 for measure in measures)


def test_the_95th_percentiles_are_compared() -> None:
    assert transfers.slower([0.1] * 100, [0.1] * 90 + [0.125] * 10) == 25.0
