"""Settings: production refuses to start on what is missing or unsafe."""

import base64
import secrets

import pytest
from pydantic import ValidationError

from app.config import DEVELOPMENT_ENCRYPTION_KEY, DEVELOPMENT_SECRET_KEY, Settings

SAFE = {
    "LANYARD_ENVIRONMENT": "production",
    "LANYARD_ISSUER": "https://lanyard.example",
    "LANYARD_DATABASE_URL": "postgresql://db/lanyard",
    "LANYARD_SECRET_KEY": secrets.token_urlsafe(32),
    "LANYARD_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
}


@pytest.fixture(autouse=True)
def _safe_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SAFE.items():
        monkeypatch.setenv(name, value)


def test_a_level_that_is_left_out_keeps_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANYARD_CLEARANCE_YEARS", '{"SC": 5}')
    monkeypatch.setenv("LANYARD_CLEARANCE_YEARS_OF_CONTRACTORS", '{"eSC": 3}')
    periods = Settings().clearance_periods
    assert (periods.years["SC"], periods.years["DV"]) == (5, 7)
    assert (periods.contractors["eSC"], periods.contractors["CTC"]) == (3, 5)


def test_safe_settings_are_taken() -> None:
    assert Settings().https


@pytest.mark.parametrize("name", sorted(SAFE.keys() - {"LANYARD_ENVIRONMENT"}))
def test_production_refuses_a_missing_setting_and_names_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ValidationError, match=name.removeprefix("LANYARD_").lower()):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANYARD_CLEARANCE_YEARS", '{"SC": 0}'),
        ("LANYARD_CLEARANCE_YEARS", '{"Top": 5}'),
        ("LANYARD_ISSUER", "http://lanyard.example"),
        ("LANYARD_ISSUER", "https://lanyard.example/"),
        ("LANYARD_ISSUER", "https://lanyard.example/path"),
        ("LANYARD_ISSUER", "https://lanyard.example?query"),
        ("LANYARD_ISSUER", "lanyard.example"),
        ("LANYARD_SECRET_KEY", DEVELOPMENT_SECRET_KEY),
        ("LANYARD_SECRET_KEY", "short"),
        ("LANYARD_ENCRYPTION_KEY", DEVELOPMENT_ENCRYPTION_KEY),
        ("LANYARD_ENCRYPTION_KEY", "not base64"),
        ("LANYARD_ENCRYPTION_KEY", base64.b64encode(b"too short").decode()),
        ("LANYARD_TOKEN_SECONDS", "301"),
    ],
)
def test_production_refuses_an_unsafe_value(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_the_environment_is_production_unless_it_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANYARD_ENVIRONMENT")
    monkeypatch.setenv("LANYARD_SECRET_KEY", DEVELOPMENT_SECRET_KEY)
    with pytest.raises(ValidationError):
        Settings()


def test_a_refusal_does_not_show_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANYARD_ENCRYPTION_KEY", "hunter2hunter2")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "hunter2" not in str(refused.value)
