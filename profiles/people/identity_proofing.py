"""What must hold of a check of somebody's identity, wherever it comes from (GPG 45)."""

import re

# GPG 45, identity profiles: the level of confidence, how many pieces of evidence, which of the profiles.
_GPG45_PROFILE = re.compile(r"([LMHV])[1-3][A-E]")
_DOCUMENT_NUMBER = re.compile(r"[0-9][0-9 -]{4,}[0-9]")


def is_profile_of(gpg45_profile: str, confidence: str) -> bool:
    """Whether it is an identity profile of this level of confidence, as M1A is of medium."""
    found = _GPG45_PROFILE.fullmatch(gpg45_profile)
    return found is not None and found[1] == confidence[0].upper()


def names_a_document(text: str) -> bool:
    """Whether a text holds what may be the number of a document; a record of a check never does."""
    return _DOCUMENT_NUMBER.search(text) is not None
