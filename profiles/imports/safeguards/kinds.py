"""What the safeguards' file holds: who is marked sensitive, which accounts and organisations are suspended.

No other file says it: whoever prepares or checks an organisation's records must not learn it from them.
"""

from functools import cached_property
from typing import Any

from profiles.imports.records.kinds import Kind, schema_of
from profiles.people.models import SensitiveMark
from profiles.suspensions.models import AccountSuspension, OrganisationSuspension

MARK, ACCOUNT, ORGANISATION = "sensitive_mark", "account_suspension", "organisation_suspension"
_STAY = frozenset({"lift_asked_by", "lift_reason"})
"""That an officer wants it lifted is an act of somebody there, as who recorded something is: asked anew."""


class SafeguardKind(Kind):
    """One kind of line. The organisation is the one whose officers look after it; one's own without."""

    @cached_property
    def columns(self) -> list[str]:
        """The columns that travel."""
        return [name for name in super().columns if name not in _STAY]


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        SafeguardKind(MARK, SensitiveMark),
        SafeguardKind(ACCOUNT, AccountSuspension),
        SafeguardKind(ORGANISATION, OrganisationSuspension),
    )
}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line."""
    models = {name: kind.record for name, kind in KINDS.items()}
    return schema_of(models, "A line of Lanyard's safeguards")
