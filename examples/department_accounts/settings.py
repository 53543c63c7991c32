"""What one department's accounts need to know before they start."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path


class SettingsError(Exception):
    """It cannot start; `args[0]` is one line that says why."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one department. The client is Lanyard."""

    issuer: str
    name: str
    organisation: str
    domain: str
    password: str
    client_id: str
    client_secret: str
    redirect_uri: str
    post_logout_redirect_uri: str
    host: str
    port: int
    secret_key: str
    colour: str

    @property
    def cookie_name(self) -> str:
        """A name of its own: the ports of one host share their cookies."""
        return f"{self.organisation.lower()}_accounts_{self.port}"


def load_settings(file: Path) -> Settings:
    """Read a JSON object that has every setting. Raises SettingsError."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Settings(**{one.name: content[one.name] for one in fields(Settings)})
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError):
        raise SettingsError(f"{file} does not hold one JSON object") from None
    except KeyError as missing:
        raise SettingsError(f"{file} does not say {missing.args[0]}") from None
