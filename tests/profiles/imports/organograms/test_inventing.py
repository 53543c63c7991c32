"""People are invented, the same ones each time."""

from datetime import date, timedelta

from profiles.imports.organograms.inventing import invent, words
from profiles.imports.organograms.reading import Group, read_organogram
from tests.factories.organograms import make_file, make_row

SNAPSHOT = date(2013, 9, 30)


def group(**columns: str) -> Group:
    return read_organogram(make_file(make_row(**columns))).groups[0]  # type: ignore[arg-type]


def test_the_same_file_gives_the_same_people() -> None:
    several = [[invent("hash", group(), number, SNAPSHOT) for number in range(5)] for _ in range(2)]
    assert several[0] == several[1]


def test_another_file_gives_other_people() -> None:
    ours, theirs = ([invent(seed, group(), n, SNAPSHOT) for n in range(5)] for seed in ("a", "b"))
    assert ours != theirs


def test_pay_lies_within_the_published_scale() -> None:
    pay = [invent("hash", group(minimum="100", maximum="102"), n, SNAPSHOT).salary_pence for n in range(100)]
    assert set(pay) == {10_000, 10_100, 10_200}


def test_an_unpublished_scale_gives_no_pay() -> None:
    assert invent("hash", group(minimum="0", maximum="0"), 0, SNAPSHOT).salary_pence is None


def test_only_the_last_of_a_group_is_part_time() -> None:
    posts = group(posts="2.4")
    assert [invent("hash", posts, n, SNAPSHOT).fte_thousandths for n in range(3)] == [1000, 1000, 400]


def test_dates_are_in_order_and_before_the_snapshot() -> None:
    for number in range(500):
        person = invent("hash", group(), number, SNAPSHOT)
        assert person.continuous_service_from <= person.posted_from < SNAPSHOT
        assert SNAPSHOT - person.continuous_service_from < timedelta(days=39 * 365)


def test_words_are_many_and_each_stands_once() -> None:
    for name in ("given_names", "family_names"):
        assert len(set(words(name))) == len(words(name)) > 250
