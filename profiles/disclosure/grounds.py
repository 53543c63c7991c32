"""Why somebody is not told something that is held about them."""

from enum import StrEnum


class Ground(StrEnum):
    """Why something is withheld (UK GDPR Art 15(4); Data Protection Act 2018, Schedule 2)."""

    THIRD_PARTY = "third_party"
    """It would tell something of another person who has not agreed (Sch 2 para 16)."""
    NATIONAL_SECURITY = "national_security"
    """To say it would harm national security, as with some of vetting (s 26)."""
    CRIME = "crime"
    """To say it would hinder preventing or finding crime (Sch 2 para 2)."""
    LEGAL_PRIVILEGE = "legal_privilege"
    """It is advice of lawyers (Sch 2 para 19)."""
    MANAGEMENT = "management"
    """To say it now would harm planning, such as a move that is not announced (Sch 2 para 22)."""
