"""Text of others that is to be kept or shown."""


def is_plain(text: str) -> bool:
    """Whether a database can hold it: no NUL, no half of a character."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
