"""Both providers in turn, again and again, each time on a fresh database with a freshly started server."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from bench import load
from bench.comparison.databases import Copies
from bench.comparison.sides import Prepared, Side
from bench.load import Burst, Turn
from bench.relying_party import SCOPE, Provider, RelyingParty

TOGETHER = 8
"""How many people, or services, come at once."""
WARM_UP_SECONDS = 2.0
ALONE_SECONDS = 1.5
TOGETHER_SECONDS = 4.0
ENDPOINT_SECONDS = 0.6
FLOW = "flow, 8 people at once"
FLOW_ALONE = "flow, one person after the other"


@dataclass
class Contender:
    """A provider, its originals, and what it has done so far: the bursts of each job, one a repetition."""

    side: Side
    prepared: Prepared
    copies: Copies
    database_process: int | None = None
    """Where the database has a server of its own."""
    bursts: dict[str, list[Burst]] = field(default_factory=dict)


def compete(
    contenders: Sequence[Contender],
    *,
    repetitions: int,
    endpoints: bool,
    say: Callable[[str], None],
) -> None:
    """ABAB…, so that what slows the machine for a while slows both."""
    for number in range(1, repetitions + 1):
        for contender in contenders:
            say(f"Repetition {number} of {repetitions}: {contender.side.name} ...")
            _repeat(contender, endpoints=endpoints)


def _repeat(contender: Contender, *, endpoints: bool) -> None:
    side, prepared = contender.side, contender.prepared
    with contender.copies() as url, side.serving(url) as server:
        provider = Provider.discover(server.port, side.issuer)
        with _parties(provider, prepared) as parties:
            flows = load.sign_ins(parties, prepared.cookies)
            load.run(flows, server.process, seconds=WARM_UP_SECONDS)
            jobs = {
                FLOW_ALONE: (load.sign_ins(parties[:1], prepared.cookies), ALONE_SECONDS),
                FLOW: (flows, TOGETHER_SECONDS),
            }
            if endpoints:
                _disconnect(parties)
                turns = [
                    _endpoint_turns(party, prepared, cookie)
                    for party, cookie in zip(parties, prepared.cookies, strict=False)
                ]
                jobs |= {name: ([one[name] for one in turns], ENDPOINT_SECONDS) for name in turns[0]}
            for name, (turn, seconds) in jobs.items():
                _disconnect(parties)
                burst = load.run(
                    turn, server.process, seconds=seconds, database_process=contender.database_process
                )
                contender.bursts.setdefault(name, []).append(burst)


def _disconnect(parties: Sequence[RelyingParty]) -> None:
    """A server closes connections that were idle for a while: who has waited begins with a new one."""
    for party in parties:
        party.close()


@contextmanager
def _parties(provider: Provider, prepared: Prepared) -> Iterator[list[RelyingParty]]:
    parties = [RelyingParty(provider, prepared.client) for _ in range(TOGETHER)]
    try:
        yield parties
    finally:
        _disconnect(parties)


def _endpoint_turns(party: RelyingParty, prepared: Prepared, cookie: str) -> dict[str, Turn]:
    """One request each time, at each endpoint by itself, with the tokens of one person."""
    tokens = party.sign_in(cookie, f"{SCOPE} offline_access")
    refresh_token = prepared.refresh_tokens.get(cookie) or tokens["refresh_token"]
    return {
        "discovery": party.discovery,
        "JWKS": party.jwks,
        "client credentials": party.client_credentials,
        "introspection": partial(party.introspect, tokens["access_token"]),
        "userinfo": partial(party.user_info, tokens["access_token"]),
        "refresh": _refresh_again(party, refresh_token),
    }


def _refresh_again(party: RelyingParty, first_token: str) -> Turn:
    token = first_token

    def refresh() -> None:
        nonlocal token
        token = party.refresh(token)

    return refresh
