"""Settings from the environment (``LANYARD_…``): frozen, typed, and refused when they are not safe."""

import base64
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from app.mail_settings import MailSettings
from app.setting_values import (
    ClearanceYears,
    EncryptionKeys,
    Level,
    LevelOrNone,
    Origin,
    RetentionYears,
    read_certificates,
)
from app.transfer_settings import TransferSettings
from identity.acr import PHISHING_RESISTANT, PHISHING_RESISTANT_HARDWARE, SINGLE_FACTOR
from profiles.access_policy.delegations import LONGEST_DAYS
from profiles.bulk_moves import expiring, taking_back
from profiles.clearances.validity import LONGEST_YEARS, LONGEST_YEARS_OF_CONTRACTORS, ValidityPeriods
from profiles.loans.limits import LoanLimits
from profiles.retention.network_addresses import KEPT_FOR
from profiles.retention.rules import YEARS, RetainedKind

DEVELOPMENT_SECRET_KEY = "development-only-secret-key"  # noqa: S105 - refused in production
DEVELOPMENT_ENCRYPTION_KEY = base64.b64encode(b"development-only-encryption-key!").decode()


class Environment(StrEnum):
    """Development fills in secrets and shows the inbox; production refuses to start with them."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(TransferSettings, MailSettings):
    """Everything that differs between one place of running and another; see ``docs/settings.md``."""

    model_config = SettingsConfigDict(
        env_prefix="LANYARD_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    environment: Environment = Field(
        default=Environment.PRODUCTION, description="`production`, or `development` on your own machine."
    )
    issuer: Origin = Field(
        description="The address at which everybody reaches Lanyard, without path or final slash."
    )
    database_url: str = Field(
        description="`sqlite:///path/to/file` or `postgresql://user:password@host/name`."
    )
    secret_key: SecretStr = Field(description="Signs the form cookie; at least 32 random characters.")
    encryption_key: EncryptionKeys = Field(
        description="Encrypts private keys at rest: 32 random bytes in base64. Several, separated by commas: "
        "the first encrypts, all decrypt."
    )
    bind: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="The port to listen on.")
    department_ports: tuple[int, int] = Field(
        default=(8001, 8002), description="The ports of the two demonstration apps, as JSON: `[8001, 8002]`."
    )
    account_ports: tuple[int, int] = Field(
        default=(8003, 8004),
        description="The ports of the two demonstration departments' own sign-ins, as JSON: `[8003, 8004]`.",
    )
    var: Path = Field(default=Path("var"), description="Where development keeps its database and logs.")
    branded: bool = Field(
        default=False, description="The GOV.UK brand (crown, typeface): only on a gov.uk domain."
    )
    trusted_proxies: int = Field(
        default=0, ge=0, description="How many proxies stand in front and set `X-Forwarded-…`."
    )
    threads: int = Field(default=4, ge=1, description="Threads of one server process.")
    processes: int = Field(default=1, ge=1, description="Server processes.")
    session_idle_minutes: int = Field(default=60, ge=1, description="A session ends after so long unused.")
    session_hours: int = Field(default=12, ge=1, description="A session ends after so long in any case.")
    fresh_minutes: int = Field(
        default=10, ge=1, description="How recent a sign-in must be for what cannot be taken back."
    )
    privileged_acr: LevelOrNone = Field(
        default="",
        description="The level below which HR, security officers and administrators do not sign in, and "
        "that of what cannot be taken back on behalf of a department, such as approving a transfer: `phrh`, "
        "`phr`, `urn:lanyard:acr:mfa` or `urn:lanyard:acr:sfa`. An organisation may ask for more. Empty: "
        "`phr`, and in development `urn:lanyard:acr:sfa`.",
    )
    least_acr: Level = Field(
        default=SINGLE_FACTOR,
        description="The level below which nobody signs in. An organisation may ask for more.",
    )
    attestation_roots: Path | None = Field(
        default=None,
        description="A folder of PEM files: the root certificates of the makers whose hardware "
        "authenticators are trusted, for `phrh`. Empty: no passkey is believed to be hardware.",
    )
    code_seconds: int = Field(default=60, ge=5, le=600, description="The life of an authorization code.")
    token_seconds: int = Field(
        default=300, ge=30, le=300, description="The longest life of an access token and an ID token."
    )
    refresh_days: int = Field(
        default=30, ge=1, le=90, description="Refresh tokens end so long after the sign-in at the app."
    )
    refresh_idle_days: int = Field(
        default=7, ge=1, le=90, description="A refresh token ends after so long unused."
    )
    dpop_nonce_required: bool = Field(
        default=False,
        description="Whether every DPoP proof needs a nonce of ours; those of `fapi2` clients always do.",
    )
    key_rotation_days: int = Field(
        default=90,
        ge=0,
        description="The worker replaces a signing key that has signed for so many days; 0: only by command.",
    )
    linking_code_days: int = Field(
        default=7,
        ge=1,
        le=30,
        description="The life of a code with which HR links a department's account to a person.",
    )
    recovery_wait_hours: int = Field(
        default=24,
        ge=1,
        le=168,
        description="How long the recovery of an account waits once two officers have checked who asks, "
        "while its person is told at every address and can stop it. No organisation can make it shorter.",
    )
    recovery_cooling_hours: int = Field(
        default=24,
        ge=0,
        le=168,
        description="How long after a recovery the account's roles allow nothing in Lanyard.",
    )
    move_freeze_days: int = Field(
        default=14,
        ge=0,
        le=90,
        description="From the agreement of a move until so many days after its start date, HR gives the "
        "person a new way to sign in only after a security officer has allowed it.",
    )
    transfer_expiry_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="How many days after its start date a move or a loan that is not agreed, or stands "
        "still, ends by itself.",
    )
    loan_longest_months: int = Field(
        default=24,
        ge=1,
        le=120,
        description="How many months a loan between organisations lasts at most, its extensions included.",
    )
    loan_short_months: int = Field(
        default=6,
        ge=0,
        le=120,
        description="A loan of fewer months stays on the home payroll without a recharge; 0: any may be "
        "recharged.",
    )
    loan_return_days: int = Field(
        default=28,
        ge=1,
        le=183,
        description="How many days before the last day of a loan everybody is told that it ends.",
    )
    second_officer_above: int = Field(
        default=0,
        ge=0,
        description="A change of a record or of an app's rules, or an import, that changes the access of "
        "more people than so many waits for a second officer of the organisation.",
    )
    bulk_move_confirm_days: int = Field(
        default=expiring.CONFIRM_WITHIN.days,
        ge=1,
        le=366,
        description="How many days after its records were looked at a bulk move may wait to be confirmed. "
        "Then it ends by itself, as it does on its start date, and its people are free for other moves. A "
        "draft that nobody agrees to ends so many days after its start date.",
    )
    bulk_move_take_back_hours: Annotated[int, Field(ge=0, le=168)] = Field(
        default=taking_back.NOT_WITHIN // timedelta(hours=1),
        description="So many hours before it begins, nobody begins to take back a bulk move of many people.",
    )
    gaining_officer_above: int = Field(
        default=50,
        ge=0,
        description="Where a change of an app's rules, or of what a grade stands for, gives access to so "
        "many people or fewer, none of them approves it; where more gain, an officer among them may.",
    )
    delegation_longest_days: int = Field(
        default=LONGEST_DAYS,
        ge=1,
        le=1830,
        description="For how many days at most an app's owner lets officers of another organisation give its "
        "roles to their people.",
    )
    clearance_years: ClearanceYears = Field(
        default=dict(LONGEST_YEARS),
        description="How many years a clearance of each level lasts at most, as JSON; a level that is left "
        "out keeps its default, and BPSS does not expire.",
    )
    clearance_years_of_contractors: ClearanceYears = Field(
        default=dict(LONGEST_YEARS_OF_CONTRACTORS),
        description="The same for people whose only contract is a contractor's. A level that is in neither "
        "default lasts as long as anybody's.",
    )
    reinstatement_days: int = Field(
        default=365, ge=0, description="How long after it lapsed a clearance may be reinstated."
    )
    break_sponsorship_months: int = Field(
        default=12,
        ge=0,
        le=120,
        description="How many months of a career break an employer goes on sponsoring a clearance.",
    )
    question_days: int = Field(
        default=30,
        ge=1,
        le=90,
        description="Within how many days data protection officers answer what people ask about the "
        "releases in their log.",
    )
    retention_years: RetentionYears = Field(
        default=dict(YEARS),
        description="How many years each kind of record is kept once it is over, as JSON; `pension` and "
        "`service` are kept to that age. A kind that is left out keeps its default.",
    )
    network_address_days: int = Field(
        default=KEPT_FOR.days,
        ge=30,
        le=3650,
        description="How many days the network address behind a refused sign-in is kept in the audit trail.",
    )
    transfer_code_hours: int = Field(default=72, ge=1, description="The life of a transfer code.")
    move_invitation_days: int = Field(
        default=14,
        ge=1,
        description="Within how many days an invitation to move is answered and, once it is accepted, the "
        "move is prepared.",
    )
    return_wait_days: int = Field(
        default=7,
        ge=1,
        le=60,
        description="How many days somebody waits who comes back without a passkey, once two officers have "
        "met them, while their addresses and their last employer are told and can stop it.",
    )
    password_cost: int = Field(
        default=3, ge=1, description="argon2id's time cost; 3 with 64 MiB unless the machine is weak."
    )
    password_memory_kib: int = Field(
        default=65536,
        ge=8,
        description="argon2id's memory in KiB, of each hash; a process makes two at once at most.",
    )

    @field_validator("attestation_roots", mode="before")
    @classmethod
    def _attestation_roots_may_be_empty(cls, folder: str | Path | None) -> str | Path | None:
        return folder or None

    @model_validator(mode="after")
    def _production_is_safe(self) -> "Settings":
        if self.environment is not Environment.PRODUCTION:
            return self
        secret, keys = self.secret_key.get_secret_value(), self.encryption_key.get_secret_value()
        if not self.issuer.startswith("https://"):
            raise ValueError("LANYARD_ISSUER must be https in production")
        if not self.notify_url.startswith("https://"):
            raise ValueError(
                "LANYARD_NOTIFY_URL must be https in production: mail holds links that open accounts"
            )
        if secret == DEVELOPMENT_SECRET_KEY or len(secret) < 32:
            raise ValueError("LANYARD_SECRET_KEY must be at least 32 random characters in production")
        if DEVELOPMENT_ENCRYPTION_KEY in keys.split(","):
            raise ValueError("LANYARD_ENCRYPTION_KEY is the development key")
        return self

    @model_validator(mode="after")
    def _hardware_can_be_proven(self) -> "Settings":
        wanted = {self.privileged_acr, self.least_acr}
        if PHISHING_RESISTANT_HARDWARE in wanted and not self.read_attestation_roots():
            raise ValueError("nobody reaches phrh without certificates in LANYARD_ATTESTATION_ROOTS")
        return self

    def read_attestation_roots(self) -> tuple[bytes, ...]:
        """The certificates of the folder, in PEM. Raises ValueError, naming the file, for what is none."""
        return () if self.attestation_roots is None else read_certificates(self.attestation_roots)

    @property
    def development(self) -> bool:
        """Whether this is somebody's own machine."""
        return self.environment is Environment.DEVELOPMENT

    @property
    def privileged_level(self) -> str:
        """What views marked ``Demand.PRIVILEGED`` want; the demonstration works with its passwords."""
        return self.privileged_acr or (SINGLE_FACTOR if self.development else PHISHING_RESISTANT)

    @property
    def clearance_periods(self) -> ValidityPeriods:
        """How long clearances last at most."""
        reinstatement = timedelta(days=self.reinstatement_days)
        return ValidityPeriods(
            {**LONGEST_YEARS, **self.clearance_years},
            reinstatement,
            {**LONGEST_YEARS_OF_CONTRACTORS, **self.clearance_years_of_contractors},
            self.break_sponsorship_months,
        )

    @property
    def loan_limits(self) -> LoanLimits:
        """How long loans last, and who pays for short ones."""
        return LoanLimits(
            self.loan_longest_months, self.loan_short_months, timedelta(days=self.loan_return_days)
        )

    @property
    def bulk_move_confirm_within(self) -> timedelta:
        """How long a bulk move may wait to be confirmed."""
        return timedelta(days=self.bulk_move_confirm_days)

    @property
    def retention_periods(self) -> dict[RetainedKind, int]:
        """How many years each kind of record is kept."""
        return {**YEARS, **self.retention_years}

    @property
    def https(self) -> bool:
        """Whether people reach Lanyard over TLS."""
        return self.issuer.startswith("https://")

    @property
    def encryption_keys(self) -> tuple[bytes, ...]:
        """The keys of secrets at rest, the one that encrypts first."""
        return tuple(base64.b64decode(key) for key in self.encryption_key.get_secret_value().split(","))


def development_defaults(var: Path, port: int = 8000) -> dict[str, str]:
    """The environment that development fills in where nothing is set."""
    return {
        "LANYARD_ENVIRONMENT": "development",
        "LANYARD_ISSUER": f"http://localhost:{port}",
        "LANYARD_DATABASE_URL": f"sqlite:///{var.absolute()}/lanyard.db",
        "LANYARD_SECRET_KEY": DEVELOPMENT_SECRET_KEY,
        "LANYARD_ENCRYPTION_KEY": DEVELOPMENT_ENCRYPTION_KEY,
    }
