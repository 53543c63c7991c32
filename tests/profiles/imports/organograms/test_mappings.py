"""What departments' labels mean ships with the product."""

import pytest

from profiles.imports.organograms.mappings import UnmappedLabels, mapping_of, meanings
from profiles.imports.organograms.reading import read_organogram
from profiles.organisations.grades import CommonGrade
from tests.factories.organograms import published_file


@pytest.mark.parametrize(
    ("code", "label", "grade"),
    [
        ("HMRC", "Admin Assistant", CommonGrade.AA),
        ("HMRC", "Higher Officer", CommonGrade.HEO),
        ("HMRC", "Band T", None),
        ("HO", "IO", CommonGrade.EO),
        ("HO", "SPS", CommonGrade.EO),
        ("HO", "Contractor", None),
        ("DWP", "Band C (National)", CommonGrade.EO),
        ("DWP", "Band G Senior Principal Reseach Officer (London Inner)", CommonGrade.G6),
        ("DECC", "Grade 7 London", CommonGrade.G7),
    ],
)
def test_a_label_means_what_its_department_says(code: str, label: str, grade: CommonGrade | None) -> None:
    assert mapping_of(code)[label] is grade


@pytest.mark.parametrize("code", ["HMRC", "HO", "DWP", "DECC"])
def test_every_published_label_is_mapped(code: str) -> None:
    assert set(read_organogram(published_file(code)).labels) <= set(mapping_of(code))


def test_a_department_without_a_mapping_has_none() -> None:
    assert mapping_of("../HMRC") == {}


def test_all_unknown_labels_are_named() -> None:
    with pytest.raises(UnmappedLabels) as refused:
        meanings({"Wizard": 3, "Officer": 9, "Witch": 1}, "HMRC", {}, allow_unmapped=False)
    assert refused.value.labels == {"Wizard": 3, "Witch": 1}


def test_unknown_labels_have_no_common_grade_when_they_are_allowed() -> None:
    assert meanings({"Wizard": 3}, "HMRC", {}, allow_unmapped=True) == {"Wizard": None}


def test_what_the_organisation_recorded_goes_before_the_shipped_mapping() -> None:
    recorded = {"Officer": CommonGrade.HEO, "Wizard": CommonGrade.G6}
    assert meanings({"Officer": 9, "Wizard": 3}, "HMRC", recorded, allow_unmapped=False) == recorded
