"""A form field for a number with decimals that is kept as an integer, such as a share of full time."""

import re
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from wtforms import Field

from app.widgets import TextInput

NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,2})?")


class ScaledField(Field):
    """A number typed with at most two decimals; its data is an integer, ``factor`` times as large."""

    widget = TextInput()
    data: int | None

    def __init__(self, label: Any, validators: Any, factor: int, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.factor = factor

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = (valuelist[0] if valuelist else "").strip().removesuffix("%").strip()
        self.data = None
        if not typed:
            return
        scaled = Decimal(typed) * self.factor if NUMBER.fullmatch(typed) else None
        if scaled is None or scaled != int(scaled):
            raise ValueError(gettext("Enter a number, like 25 or 25.5"))
        self.data = int(scaled)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{Decimal(self.data) / self.factor:f}" if self.data is not None else ""
