"""What one case desk needs to know before it starts: from a file, the environment and the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "DEPARTMENT_APP_"
ALGORITHMS = ("RS256", "ES256")
REQUIRED = ("issuer", "client_id", "client_secret", "name", "organisation", "port", "database", "secret_key")
DEFAULTS: Mapping[str, str] = {
    "host": "127.0.0.1",
    "colour": "#3d5a80",
    "scope": "openid profile email",
    "algorithm": "RS256",
    "session_hours": "8",
}
NAMES = (*REQUIRED, *DEFAULTS, "url", "client_file")


class SettingsError(Exception):
    """The desk cannot start; `args[0]` is one line that says which setting and why."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Checked settings of one desk."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    organisation: str
    host: str
    port: int
    url: str
    database: Path
    secret_key: str
    colour: str
    scope: str
    algorithm: str
    session_lifetime: timedelta

    @property
    def cookie_name(self) -> str:
        """A name of its own: the ports of one host share their cookies."""
        return f"{self.organisation.lower()}_desk_{self.port}"

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def issuer_origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def load_settings(
    config_file: Path | None, environ: Mapping[str, str], arguments: Mapping[str, str]
) -> Settings:
    """Read settings; an argument wins over the environment, which wins over the file.

    The client's id and secret may stand in a JSON file of their own, named by `client_file`, as the command
    that registers clients prints it. Raises SettingsError.
    """
    values: dict[str, str] = dict(DEFAULTS)
    if config_file is not None:
        values |= _read_json(config_file)
    values |= {name: environ[PREFIX + name.upper()] for name in NAMES if environ.get(PREFIX + name.upper())}
    values |= arguments
    if unknown := sorted(values.keys() - set(NAMES)):
        raise SettingsError(f"{config_file}: there is no setting called {', '.join(unknown)}")
    if "client_file" in values:
        credentials = _read_json(Path(values["client_file"]))
        values = {
            key: credentials[key] for key in ("client_id", "client_secret") if key in credentials
        } | values
    if missing := [name for name in REQUIRED if not values.get(name)]:
        raise SettingsError(f"missing: {', '.join(PREFIX + name.upper() for name in missing)}")
    return _checked(values)


def _read_json(path: Path) -> dict[str, str]:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingsError(f"{path} is not JSON") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path} must hold one JSON object")
    return {str(key): str(value) for key, value in content.items()}


def _checked(values: Mapping[str, str]) -> Settings:
    port = _whole_number(values, "port", 1, 65535)
    hours = _whole_number(values, "session_hours", 1, 24)
    issuer = values["issuer"]
    if not re.fullmatch(r"https?://[^/?#\s]+[^?#\s]*", issuer):
        raise SettingsError(f"{PREFIX}ISSUER must be an http or https URL without query and fragment")
    url = (values.get("url") or f"http://localhost:{port}").rstrip("/")
    if not re.fullmatch(r"https?://[^/?#\s]+", url):
        raise SettingsError(f"{PREFIX}URL must be an http or https address without a path")
    if not re.fullmatch(r"[A-Za-z0-9-]{1,20}", values["organisation"]):
        raise SettingsError(f"{PREFIX}ORGANISATION must be a code of letters, digits and hyphens")
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", values["colour"]):
        raise SettingsError(f"{PREFIX}COLOUR must look like #1a2b3c")
    if values["algorithm"] not in ALGORITHMS:
        raise SettingsError(f"{PREFIX}ALGORITHM must be one of {', '.join(ALGORITHMS)}")
    if "openid" not in values["scope"].split():
        raise SettingsError(f"{PREFIX}SCOPE must contain openid")
    if len(values["secret_key"]) < 32:
        raise SettingsError(f"{PREFIX}SECRET_KEY must have at least 32 characters")
    return Settings(
        issuer=issuer,
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        name=values["name"],
        organisation=values["organisation"],
        host=values["host"],
        port=port,
        url=url,
        database=Path(values["database"]),
        secret_key=values["secret_key"],
        colour=values["colour"],
        scope=values["scope"],
        algorithm=values["algorithm"],
        session_lifetime=timedelta(hours=hours),
    )


def _whole_number(values: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = values[name]
    if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise SettingsError(f"{PREFIX}{name.upper()} must be a whole number from {least} to {most}")
    return int(text)
