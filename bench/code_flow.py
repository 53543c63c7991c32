"""Full code flows with an existing session among the people of whole departments."""

from pathlib import Path

from sqlalchemy import Engine

from bench import lanyard_data, load
from bench.relying_party import Provider, RelyingParty
from bench.report import Measure, percentiles
from bench.server import ISSUER, on_other_cores, running_server

CALLERS = 4
PEOPLE = 200
JOB = "code flow with a session, one core"


def measure(engine: Engine, database_url: str, folder: Path, *, seconds: float) -> list[Measure]:
    """Flows a second that one core serves, and how long one takes while four callers ask."""
    client = lanyard_data.register_client(engine)
    cookies = lanyard_data.sign_in_people(engine, PEOPLE)
    with running_server(database_url, folder) as server, on_other_cores():
        provider = Provider.discover(server.port, ISSUER)
        parties = [RelyingParty(provider, client) for _ in range(CALLERS)]
        turns = load.sign_ins(parties, cookies)
        load.run(turns, server.process, seconds=min(5, seconds))
        burst = load.run(turns, server.process, seconds=seconds)
        for party in parties:
            party.close()
    return [Measure(JOB, "rate", round(burst.rate, 1), "flows/s"), *percentiles(JOB, burst.latencies)]
