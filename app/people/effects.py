"""What a change does to access, in words about the person."""

from collections.abc import Iterable

from app.transfers.presenting import PreviewItem, in_words
from profiles.entitlements.explanation import sentences
from profiles.entitlements.preview import AccessChange
from profiles.portable_profile.changes import Effect


def items_of(effect: Effect, name: str) -> list[PreviewItem]:
    """One item an app of the officer's organisations whose access turns."""
    return items_in_words(effect.changes, name)


def items_in_words(changes: Iterable[AccessChange], name: str) -> list[PreviewItem]:
    """One item an app."""
    return [
        PreviewItem(
            app_name=one.app_name,
            organisation_name=one.organisation_name,
            change=one.change,
            roles_before=one.roles_before,
            roles_after=one.roles_after,
            reasons=tuple(in_words(sentence) for sentence in sentences(one.reasons, name)),
            at=one.at,
        )
        for one in changes
    ]
