"""Whose network a request comes from: what throttling counts by is nothing that a stranger chooses."""

from pathlib import Path

import pytest
from flask import request

from app import create_app
from app.config import DEVELOPMENT_ENCRYPTION_KEY, Settings
from profiles.roles.permissions import public


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "192.0.2.7")])
def test_it_is_what_the_trusted_proxy_says_and_without_one_the_peer(
    tmp_path: Path, proxies: int, address: str
) -> None:
    settings = Settings(
        environment="development",
        issuer="http://localhost",
        database_url=f"sqlite:///{tmp_path}/lanyard.db",
        secret_key="only for these tests",
        encryption_key=DEVELOPMENT_ENCRYPTION_KEY,
        trusted_proxies=proxies,
    )
    app = create_app(settings)
    app.add_url_rule("/network", view_func=public(lambda: str(request.remote_addr)), endpoint="network")
    answer = app.test_client().get("/network", headers={"X-Forwarded-For": "203.0.113.1, 192.0.2.7"})
    assert answer.text == address
