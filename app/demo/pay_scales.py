"""What the departments of the demonstration pay their grades: two awards, in London and everywhere else."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from app.demo import INITIATOR, PROVENANCE
from profiles.pay.models import PayScale
from profiles.pay.scales import ScaleTerms, record_scale
from profiles.temporal import history, start_of_day

AWARDS = (date(2024, 6, 1), date(2025, 6, 1))
RISE_PER_CENT = 5
LONDON_POUNDS = 4_000
"""What the scales of London begin and end above the others."""

POUNDS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "HMRC": {
        "Admin Assistant": (23_600, 24_400),
        "Assistant Officer": (25_200, 26_100),
        "Officer": (29_500, 31_300),
        "Higher Officer": (35_900, 38_200),
        "Senior Officer": (42_900, 46_100),
        "Grade 7": (57_100, 63_400),
        "Grade 6": (69_600, 78_200),
    },
    "HO": {
        "AA": (22_900, 23_800),
        "AO": (24_600, 25_900),
        "EO": (28_700, 30_600),
        "IO": (30_200, 33_400),
        "HEO": (35_200, 38_000),
        "SEO": (42_100, 46_300),
        "Grade 7": (55_300, 62_200),
        "Grade 6": (67_900, 76_800),
    },
}
"""By department and grade, as the second award has them: those of the organograms that are loaded."""

SCALES = sum(len(grades) for grades in POUNDS.values()) * 2 * len(AWARDS)


def load_pay_scales(session: Session, now: datetime, organisations: Mapping[str, UUID]) -> int:
    """Record the scales of each department that has none yet; how many were recorded."""
    made = 0
    for code, grades in POUNDS.items():
        if history(session, PayScale, now, organisation_id=organisations[code]):
            continue
        for label, ends in grades.items():
            for location, more in (("", 0), ("London", LONDON_POUNDS)):
                for award, less in zip(AWARDS, (RISE_PER_CENT, 0), strict=True):
                    lowest, highest = ((pounds + more) * (100 - less) for pounds in ends)
                    record_scale(
                        *(session, now, PROVENANCE, INITIATOR),
                        organisation_id=organisations[code],
                        terms=ScaleTerms(label, location, f"{code} {award.year}", lowest, highest),
                        valid_from=start_of_day(award),
                    )
                    made += 1
    return made
