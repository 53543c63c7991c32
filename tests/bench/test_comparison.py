"""Both providers do the whole job that is compared, and the figures of it mean what they say."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.comparison.databases import Copies, postgresql_copies, sqlite_copies
from bench.comparison.figures import Compared, summary
from bench.comparison.sides import Lanyard, OidcProvider, Side
from bench.http_connection import BadAnswer
from bench.load import Burst, run
from bench.relying_party import SCOPE, Provider, RelyingParty
from tests.support.databases import blank_database
from tests.support.node import require_package


@pytest.fixture(params=["sqlite", "postgresql"])
def original(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Copies]]:
    """An empty database, and what copies it once it is filled."""
    if request.param == "sqlite":
        file = tmp_path / "original.db"
        yield f"sqlite:///{file}", sqlite_copies(file)
    else:
        with blank_database("postgresql") as url:
            yield url, postgresql_copies(url)


@pytest.mark.parametrize("kind", [Lanyard, OidcProvider])
def test_a_fresh_copy_serves_every_job_that_is_compared(
    kind: type[Side], original: tuple[str, Copies], tmp_path: Path
) -> None:
    require_package("oidc-provider")
    url, copies = original
    side = kind(tmp_path)
    prepared = side.prepare(url)
    with copies() as copy, side.serving(copy) as server:
        party = RelyingParty(Provider.discover(server.port, side.issuer), prepared.client)
        cookie = prepared.cookies[0]
        tokens = party.sign_in(cookie, f"{SCOPE} offline_access")
        party.introspect(tokens["access_token"])
        party.refresh(prepared.refresh_tokens.get(cookie) or tokens["refresh_token"])
        party.client_credentials()
        party.discovery()
        party.jwks()
        with pytest.raises(BadAnswer, match="no code"):
            party.sign_in("nobody=is signed in")
        party.close()


def test_a_ratio_is_ours_by_theirs_and_the_floor_is_for_the_rate() -> None:
    ours = {"rate": 79.0, "p50": 10.0}
    theirs = {"rate": 100.0, "p50": 5.0}
    missed = Compared("flow", "SQLite", ours, theirs, floor=0.8)
    assert missed.ratios == {"rate": 0.79, "p50": 2.0}
    assert not missed.met
    assert Compared("flow", "SQLite", {"rate": 80.0}, {"rate": 100.0}, floor=0.8).met
    assert Compared("flow", "SQLite", ours, theirs).met


def test_a_summary_is_the_median_repetition_and_the_percentiles_of_all_visits() -> None:
    bursts = [Burst(1.0, [0.001] * visits, server_seconds=0.1) for visits in (10, 20, 100)]
    assert summary(bursts) == {"rate": 20, "p50": 1, "p95": 1, "p99": 1, "processor": 5}


def test_one_wrong_answer_fails_the_whole_burst() -> None:
    def turn() -> None:
        raise BadAnswer("no code came back")

    with pytest.raises(RuntimeError, match="no code came back"):
        run([turn], os.getpid(), seconds=1)
