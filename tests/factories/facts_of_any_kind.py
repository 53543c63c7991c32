"""Facts of whatever kind, made from the columns of their models, for tests of what holds of all of them."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin
from uuid import UUID

from profiles.clearances.levels import ClearanceLevel
from profiles.clearances.models import ClearanceStatus
from profiles.people.service import search_key
from profiles.temporal import Fact

_SPECIAL: Mapping[str, Any] = {
    "address": lambda n: f"ada.{n}@hmrc.gov.uk",
    "claims": lambda n: ["name", "email"][: n % 2 + 1],
    "currency": lambda n: "GBP",
    "gpg45_profile": lambda n: "",
    "label": lambda n: "Special",
    "level": lambda n: ClearanceLevel.DV,
    "local_grade": lambda n: "Officer",
    "maximum_pence": lambda n: 3_000_000 + n,
    "minimum_pence": lambda n: 2_000_000 + n,
    "required_clearance": lambda n: [None, "SC", "DV"][n % 3],
    "search_key": lambda n: "",
    # Each of the two may follow the other, however often.
    "status": lambda n: [ClearanceStatus.ACTIVE, ClearanceStatus.SUSPENDED][n % 2],
}
_SPECIAL_OF: Mapping[tuple[str, str], Any] = {
    ("employments", "number"): lambda n: "NO-1",
    ("work_phones", "number"): lambda n: f"+4420794601{n % 100:02}",
    ("offices", "name"): lambda n: "Annexe",
    ("email_domains", "domain"): lambda n: "annexe.hmrc.gov.uk",
}
NAMES = ("given_names", "middle_names", "family_name", "known_as")


def own_columns(model: type[Fact]) -> list[str]:
    """The columns that say what the fact is."""
    return [name for name in model.model_fields if name not in Fact.model_fields]


def is_id(model: type[Fact], column: str) -> bool:
    """Whether a column names something else."""
    annotation = model.model_fields[column].annotation
    return annotation is UUID or UUID in get_args(annotation)


def values_of(model: type[Fact], n: int) -> dict[str, Any]:
    """The ``n``th of some values for the columns that hold no id; what excludes others stays the same."""
    table = model.__tablename__
    values = {
        column: (_SPECIAL_OF.get((str(table), column)) or _SPECIAL.get(column) or _plain(model, column))(n)
        for column in own_columns(model)
        if not is_id(model, column)
    }
    if "search_key" in values:
        values["search_key"] = search_key(*(values[name] for name in NAMES))
    return values


def _plain(model: type[Fact], column: str) -> Any:
    annotation: Any = model.model_fields[column].annotation
    if get_origin(annotation) is list:
        return lambda n: [f"Text {n}"]
    kind = next((one for one in get_args(annotation) if one is not NoneType), annotation)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        # Of an enumeration by which facts exclude each other, always the first.
        excludes = any(column in rule.compared for rule in model.exclusive)
        return lambda n: list(kind)[0 if excludes else n % len(kind)]
    return {
        str: lambda n: f"Text {n}",
        int: lambda n: n + 1,
        bool: lambda n: n % 2 == 0,
        date: lambda n: date(2020, 1, 1) + timedelta(days=n),
    }[kind]
