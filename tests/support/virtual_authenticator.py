"""Chromium's virtual authenticator: a device with a passkey, which the browser believes to be built in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page


@dataclass
class VirtualAuthenticator:
    """A device that verifies its holder and answers by itself, until it is told otherwise."""

    devtools: CDPSession
    id: str

    @classmethod
    def of(cls, page: Page) -> VirtualAuthenticator:
        """Put one into the page's browser."""
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return cls(devtools, added["authenticatorId"])

    def touched(self, by_itself: bool) -> None:
        """Whether somebody touches it as soon as it asks."""
        self.send("setAutomaticPresenceSimulation", enabled=by_itself)

    def send(self, command: str, **parameters: Any) -> None:
        """A command of the DevTools protocol's domain WebAuthn, for this device."""
        self.devtools.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **parameters})
