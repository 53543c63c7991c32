"""The trustmark: what each value of our vectors of trust means, for people and for programs (RFC 8485 §5)."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from identity.acr import LADDER
from identity.context import current
from identity.endpoints.answers import public_json
from identity.exchange import Answer
from identity.vectors_of_trust import ASSERTION, CREDENTIAL, IDENTITY, MANAGEMENT, TRUSTMARK, VALUES
from profiles.roles.permissions import public

KEPT_FOR = 3600


@dataclass(frozen=True)
class Component:
    """One part of a vector, and what each of its values claims, from the least on."""

    part: str
    name: Any
    meanings: tuple[Any, ...]
    known_as: tuple[str | None, ...]
    """The same in the words of GPG 45 or as an ``acr``, where there are such."""

    @property
    def rows(self) -> list[tuple[str, Any, str | None]]:
        """Each value with what it means and what else it is called."""
        names = [f"{self.part}{value}" for value in VALUES[self.part]]
        return list(zip(names, self.meanings, self.known_as, strict=True))


COMPONENTS = (
    Component(
        IDENTITY,
        _l("How far the identity was checked"),
        (
            _l("Nothing is claimed."),
            _l("Two HR officers recorded a check that gives low confidence by GPG 45."),
            _l("Two HR officers recorded a check that gives medium confidence by GPG 45."),
            _l("Two HR officers recorded a check that gives high confidence by GPG 45."),
            _l("Two HR officers recorded a check that gives very high confidence by GPG 45."),
        ),
        (None, "low", "medium", "high", "very high"),
    ),
    Component(
        CREDENTIAL,
        _l("What the person signed in with"),
        (
            _l("One factor, such as a password. It can be phished."),
            _l("Two factors of different kinds, the second of which may still be phished."),
            _l("A key that signs for Lanyard’s own address only, and that verified who holds it: a passkey."),
            _l("The same, with a key that is proven never to leave its device."),
        ),
        LADDER,
    ),
    Component(
        MANAGEMENT,
        _l("Who looks after it"),
        (
            _l("Nothing is claimed: a department may look after the account, by rules of its own."),
            _l(
                "Lanyard: it is set up behind an invitation of HR or a sign-in, replaced by two officers "
                "after a waiting time, and the person is told of every change."
            ),
        ),
        (None, None),
    ),
    Component(
        ASSERTION,
        _l("How the app is told"),
        (
            _l("In a signed ID token that the app itself fetches from the token endpoint."),
            _l("The same, and the app proves there who it is, by a secret or a key."),
        ),
        (None, None),
    ),
)


@public
def trustmark() -> str:
    """The page, at the address that ``vtm`` names."""
    return render_template(
        "trustmarks/trustmark.html", components=COMPONENTS, address=_address(), document=f"{TRUSTMARK}.json"
    )


@public
def trustmark_document() -> Answer:
    """The same as JSON, in English whoever asks."""
    with force_locale("en"):
        components = {
            one.part: {
                "name": str(one.name),
                "values": {
                    name: {"meaning": str(meaning)} | _in_other_words(one.part, known_as)
                    for name, meaning, known_as in one.rows
                },
            }
            for one in COMPONENTS
        }
    document = {
        "trustmark": _address(),
        "specification": "https://www.rfc-editor.org/info/rfc8485",
        "ordered": True,
        "components": components,
    }
    return public_json(document, max_age=KEPT_FOR)


def _address() -> str:
    return current().settings.issuer + TRUSTMARK


def _in_other_words(part: str, known_as: str | None) -> dict[str, str]:
    if known_as is None:
        return {}
    return {"acr" if part == CREDENTIAL else "gpg45": known_as}
