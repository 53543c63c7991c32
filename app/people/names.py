"""What somebody was called on the day and by the knowledge that a profile is of."""

from app.translation import gettext as _
from profiles.people.service import display_name
from profiles.portable_profile.kinds import Kind
from profiles.portable_profile.reading import Profile


def name_in(profile: Profile) -> str:
    """What the person was called then."""
    names = profile.facts[Kind.NAME]
    return display_name(names[0]) if names else _("A person without a name")
