"""Words for people, in the language of the page; flask-babel's own functions have no types."""

from typing import Any

from flask_babel import gettext as _gettext


def gettext(message: str, **values: Any) -> str:
    """The message in the language of the page, its named gaps filled."""
    return str(_gettext(message, **values))
