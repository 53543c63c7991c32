"""Notes what a client was refused, after the answer is made and in a transaction of its own.

A refusal rolls the request back, so the note comes after that. Who it is about is who the request says it is:
a client that is not registered is not noted, and nothing else of the request is.
"""

from contextlib import suppress

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from identity.clients.authentication import claimed_client_id, is_client_id
from identity.clients.error_log import note_error
from identity.clients.registry import RegisteredClient
from identity.context import current
from identity.exchange import current_exchange, kept
from identity.parameters import Parameters

EXPECTED = frozenset({"login_required", "interaction_required", "use_dpop_nonce"})
"""What a client that does everything right hears every day: silent sign-in, and a nonce for DPoP."""


def init_blueprint(blueprint: Blueprint) -> None:
    """Note the refusals of this blueprint's endpoints."""

    @blueprint.after_request
    def _write(response: Response) -> Response:
        write()
        return response


def note(error: str, description: str | None, client: RegisteredClient | None = None) -> None:
    """This request is being refused with these words, which are ours; ``client`` where it is known."""
    if error in EXPECTED:
        return
    kept()["noted_error"] = (error, description or "")
    if client is not None:
        note_client(client)


def note_client(client: RegisteredClient | None) -> None:
    """This is the client that the request comes from, or is about."""
    kept()["noted_client"] = client


def write() -> None:
    """Write what was noted of this request, once it is answered."""
    noted: tuple[str, str] | None = kept().pop("noted_error", None)
    if noted is None:
        return
    client, context = _client(), current()
    if client is None or not context.error_budget.admits(client.client_id, context.now()):
        return
    error, description = noted
    endpoint = (current_exchange().endpoint or "").rpartition(".")[2]
    context.roll_back()
    # A note that cannot be written is no reason to answer anything else.
    with suppress(SQLAlchemyError), context.own_transaction() as session:
        note_error(
            session,
            context.now(),
            client_id=client.client_id,
            endpoint=endpoint,
            error=error,
            description=description,
        )


def _client() -> RegisteredClient | None:
    known: RegisteredClient | None = kept().get("noted_client")
    if known is not None:
        return known
    exchange = current_exchange()
    claimed = claimed_client_id(exchange.authorization, Parameters([*exchange.query, *exchange.form]))
    return current().find_client(claimed) if claimed is not None and is_client_id(claimed) else None
