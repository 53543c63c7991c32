"""Notes what a client was refused, after the answer is made and in a transaction of its own.

A refusal rolls the request back, so the note comes after that. Who it is about is who the request says it is:
a client that is not registered is not noted, and nothing else of the request is.
"""

from contextlib import suppress

from flask import Blueprint, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from identity.clients.authentication import claimed_client_id, is_client_id
from identity.clients.error_log import note_error
from identity.clients.registry import RegisteredClient
from identity.context import current
from identity.parameters import Parameters

EXPECTED = frozenset({"login_required", "interaction_required", "use_dpop_nonce"})
"""What a client that does everything right hears every day: silent sign-in, and a nonce for DPoP."""


def init_blueprint(blueprint: Blueprint) -> None:
    """Note the refusals of this blueprint's endpoints."""
    blueprint.after_request(_note)


def note(error: str, description: str | None, client: RegisteredClient | None = None) -> None:
    """This request is being refused with these words, which are ours; ``client`` where it is known."""
    if error in EXPECTED:
        return
    g.noted_error = (error, description or "")
    if client is not None:
        note_client(client)


def note_client(client: RegisteredClient | None) -> None:
    """This is the client that the request comes from, or is about."""
    g.noted_client = client


def _note(response: Response) -> Response:
    noted: tuple[str, str] | None = g.get("noted_error")
    client = _client() if noted is not None else None
    context = current()
    if noted is None or client is None or not context.error_budget.admits(client.client_id, context.now()):
        return response
    error, description = noted
    endpoint = (request.endpoint or "").rpartition(".")[2]
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
    return response


def _client() -> RegisteredClient | None:
    known: RegisteredClient | None = g.get("noted_client")
    if known is not None:
        return known
    claimed = claimed_client_id(
        request.headers.get("Authorization"),
        Parameters([*request.args.items(multi=True), *request.form.items(multi=True)]),
    )
    return current().find_client(claimed) if claimed is not None and is_client_id(claimed) else None
