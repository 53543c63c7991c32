"""What the register's file holds: names and places, e-mail domains, and who took over from whom.

An organisation's own export says none of it, because it is said of others too. Grades, pay scales and offices
are each organisation's own and travel with its records.
"""

from functools import cached_property
from typing import Any

from pydantic import create_model

from profiles.imports.records.kinds import Kind, Record, schema_of
from profiles.imports.records.values import Key
from profiles.organisations.models import EmailDomain, OrganisationDetail, OrganisationKind, Succession

DETAIL, DOMAIN, SUCCESSION = "organisation_detail", "email_domain", "succession"
KIND_FIELD = "organisation_kind"


class RegisterKind(Kind):
    """One kind of line. No organisation is meant where none is named."""

    @cached_property
    def record(self) -> type[Record]:
        """The input model; a name says which kind of organisation has it, because there it begins."""
        named: dict[str, Any] = {one.field: (Key, ...) for one in self.references if not one.optional}
        if self.model is OrganisationDetail:
            named[KIND_FIELD] = (OrganisationKind, ...)
        return create_model(self.name, __base__=super().record, __doc__=self.model.__doc__, **named)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        RegisterKind(DETAIL, OrganisationDetail),
        RegisterKind(DOMAIN, EmailDomain),
        RegisterKind(SUCCESSION, Succession),
    )
}
"""By name, in an order in which each comes after what it names."""


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one line."""
    return schema_of({name: kind.record for name, kind in KINDS.items()}, "A line of Lanyard's register")
