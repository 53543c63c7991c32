"""Whose key a request proves: the DPoP header, at every endpoint that takes one (RFC 9449 §4).

A request without the header costs a look for it and nothing more.
"""

from authlib.oauth2.rfc6749 import InvalidRequestError

from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.dpop.errors import InvalidDPoPProofError, UseDPoPNonceError
from identity.dpop.proofs import Proof, check
from identity.dpop.spent_proofs import spend
from identity.exchange import current_exchange
from identity.parameters import Parameters

NONCE_HEADER = "DPoP-Nonce"


def find_proof(context: Context, access_token: str | None = None) -> Proof | None:
    """The proof of this request, which holds but is not spent yet; None when it brings none.

    Raises InvalidDPoPProofError. Once the client is known, ``spend_proof`` it.
    """
    exchange = current_exchange()
    unverified_proof = exchange.dpop
    if unverified_proof is None:
        return None
    supply_nonce(context)
    now = context.now()
    uri = context.settings.issuer + exchange.path
    return check(unverified_proof, method=exchange.method, uri=uri, now=now, access_token=access_token)


def spend_proof(context: Context, client: RegisteredClient, proof: Proof) -> None:
    """Check the nonce of a proof, and spend it from now on, in a transaction of its own.

    Call it last of what can refuse a stranger, who must not fill the table, and before the request's own
    session is used: the proof stays spent when the request is refused.
    Raises UseDPoPNonceError, and InvalidDPoPProofError when the proof was used before.
    """
    _check_nonce(context, client, proof)
    with context.own_transaction() as session:
        if not spend(session, proof):
            raise InvalidDPoPProofError("the proof was used before")


def proven_key(context: Context, client: RegisteredClient) -> str | None:
    """The thumbprint of the key that the client's tokens will be good with; None for bearer tokens.

    Raises InvalidDPoPProofError also when the client may not have bearer tokens, and UseDPoPNonceError.
    """
    proof = find_proof(context)
    if proof is not None:
        spend_proof(context, client, proof)
        return proof.jkt
    if client.must_prove_a_key:
        supply_nonce(context)
        raise InvalidDPoPProofError("this client must prove its key: a DPoP header is required")
    return None


def bound_request(context: Context, client: RegisteredClient, parameters: Parameters) -> Parameters:
    """A pushed request with the ``dpop_jkt`` that its proof stands for, if it brings one (RFC 9449 §10.1).

    Raises InvalidDPoPProofError, UseDPoPNonceError, and InvalidRequestError when it names another key.
    """
    proof = find_proof(context)
    if proof is None:
        return parameters
    spend_proof(context, client, proof)
    named = parameters.find("dpop_jkt")
    if named is None:
        return Parameters([*parameters.pairs, ("dpop_jkt", proof.jkt)])
    if named != proof.jkt:
        raise InvalidRequestError("dpop_jkt is not the key of the proof")
    return parameters


def _check_nonce(context: Context, client: RegisteredClient, proof: Proof) -> None:
    """See that a nonce is ours, and there where the client's profile or the settings want it (ADR 15).

    Raises UseDPoPNonceError.
    """
    if proof.nonce is None:
        if client.is_fapi2 or context.settings.dpop_nonce_required:
            raise UseDPoPNonceError("the proof must have a nonce: use the one that comes with this answer")
    elif not context.nonces.accepts(proof.nonce, context.now()):
        raise UseDPoPNonceError("the nonce is not one of ours, or no longer good")


def supply_nonce(context: Context) -> None:
    """Let the answer, whatever it will be, carry the nonce of now (RFC 9449 §8.2)."""
    current_exchange().more_headers[NONCE_HEADER] = context.nonces.current(context.now())
