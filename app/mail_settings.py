"""How mail leaves Lanyard: by a mail server, or by GOV.UK Notify."""

import re
from dataclasses import dataclass

from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_API_KEY = re.compile(f".+-(?P<service>{_UUID})-(?P<secret>{_UUID})", re.IGNORECASE)


@dataclass(frozen=True)
class NotifyKey:
    """An API key of GOV.UK Notify: ``name-service-secret``, service and secret being UUIDs."""

    service: str
    secret: str

    @classmethod
    def from_text(cls, text: str) -> "NotifyKey":
        """Raises ValueError, without the key in its text, when it does not look like one."""
        found = _API_KEY.fullmatch(text)
        if found is None:
            raise ValueError("LANYARD_NOTIFY_API_KEY must be a whole API key of GOV.UK Notify")
        return cls(found["service"], found["secret"])

    def token(self, at: float) -> str:
        """What authorises one call; Notify takes it within 30 seconds of ``at``, seconds since 1970."""
        claims = {"iss": self.service, "iat": int(at)}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(self.secret))


class MailSettings(BaseSettings):
    """The part of the settings that is about mail; one way at most is set."""

    smtp_url: str = Field(
        default="",
        description="`smtp://user:password@host:port`; empty in development: mail stays in the inbox.",
    )
    mail_from: str = Field(default="lanyard@localhost", description="The sender of mail over SMTP.")
    notify_api_key: SecretStr = Field(
        default=SecretStr(""),
        description="An API key of GOV.UK Notify, which then sends all mail in place of a mail server.",
    )
    notify_template_id: str = Field(
        default="",
        description="A template of Notify: its subject is `((subject))`, its message `((body))`.",
    )
    notify_url: str = Field(
        default="https://api.notifications.service.gov.uk",
        description="Where GOV.UK Notify is reached, without path or final slash.",
    )

    @model_validator(mode="after")
    def _mail_takes_one_way(self) -> "MailSettings":
        key = self.notify_api_key.get_secret_value()
        if not key:
            return self
        NotifyKey.from_text(key)
        if not self.notify_template_id:
            raise ValueError("LANYARD_NOTIFY_TEMPLATE_ID is missing: Notify sends by template only")
        if self.smtp_url:
            raise ValueError("mail goes by LANYARD_SMTP_URL or by LANYARD_NOTIFY_API_KEY, not by both")
        return self
