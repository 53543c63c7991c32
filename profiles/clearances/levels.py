"""The ladder of clearances, lowest first. AC (aviation) stands apart and satisfies only itself."""

from enum import StrEnum


class ClearanceLevel(StrEnum):
    """A level of national security vetting, or BPSS, which underpins every level."""

    BPSS = "BPSS"
    CTC = "CTC"
    SC = "SC"
    ESC = "eSC"
    DV = "DV"
    EDV = "eDV"
    AC = "AC"

    def satisfies(self, required: "ClearanceLevel") -> bool:
        """Whether holding this level is enough where ``required`` is asked for."""
        if ClearanceLevel.AC in (self, required):
            return self is required
        return _LADDER.index(self) >= _LADDER.index(required)


_LADDER: list[ClearanceLevel] = [level for level in ClearanceLevel if level is not ClearanceLevel.AC]
