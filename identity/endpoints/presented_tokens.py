"""Access tokens as they are presented to our own resources: bearer (RFC 6750) or proven (RFC 9449 §7)."""

from dataclasses import dataclass

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6750 import InvalidTokenError

from identity.clients.registry import RegisteredClient
from identity.context import Context
from identity.dpop.errors import InvalidDPoPProofError, UseDPoPNonceError
from identity.dpop.proofs import ALGORITHMS, Proof
from identity.endpoints import error_notes
from identity.endpoints.answers import REALM, bearer_error, more_of_challenge, private_json
from identity.endpoints.sender_keys import find_proof, spend_proof, supply_nonce
from identity.exchange import Answer, current_exchange
from identity.parameters import Parameters
from identity.tokens.signed_tokens import AccessToken

_DPOP_CHALLENGE = f'DPoP realm="{REALM}", algs="{" ".join(ALGORITHMS)}"'


@dataclass(frozen=True)
class PresentedToken:
    """A token as it came. It is not looked at yet; its proof, if it has one, holds but is not spent."""

    unverified_token: str
    proof: Proof | None
    """None under the scheme ``Bearer``."""

    def check(self, context: Context, token: AccessToken, client: RegisteredClient) -> None:
        """See that the token is presented as it must be, with the key that it is good with (RFC 9449 §7).

        Spends the proof, which only the key's owner who has the token can bring. Raises InvalidTokenError,
        also for a bearer token that is passed off as proven, UseDPoPNonceError, and InvalidDPoPProofError
        when the proof was used before.
        """
        if self.proof is None:
            if token.jkt is not None:
                raise InvalidTokenError("the token is good with a proof of its key alone")
            return
        if token.jkt != self.proof.jkt:
            raise InvalidTokenError("the token is not good with this key")
        spend_proof(context, client, self.proof)


def find_presented_token(context: Context) -> PresentedToken | None:
    """The token from the header or the form's body, never from the address (RFC 6750 §2, RFC 9700 §4.3.2).

    Raises Authlib's OAuth2Error.
    """
    scheme, _, credentials = (current_exchange().authorization or "").partition(" ")
    in_header = credentials.strip() if scheme.lower() in {"bearer", "dpop"} else None
    in_body = _token_of_body()
    if in_header is not None and in_body is not None:
        raise InvalidRequestError("the access token was sent in two ways")
    token = in_header if in_header is not None else in_body
    if token is None:
        return None
    if scheme.lower() != "dpop":
        return PresentedToken(token, None)
    proof = find_proof(context, token)
    if proof is None:
        supply_nonce(context)
        raise InvalidDPoPProofError("a DPoP header is required with this scheme")
    return PresentedToken(token, proof)


def resource_error(error: OAuth2Error | None) -> Answer:
    """An error of a resource that takes both kinds of tokens (RFC 6750 §3, RFC 9449 §7.1).

    None when no token was sent at all. The challenge that names the error is that of the scheme in use.
    """
    scheme = (current_exchange().authorization or "").partition(" ")[0]
    if error is None or scheme.lower() != "dpop":
        answer = bearer_error(error)
        answer.headers["WWW-Authenticate"] += f", {_DPOP_CHALLENGE}"
        return answer
    error_notes.note(error.error, error.get_error_description())
    answer = private_json(dict(error.get_body()))
    about_proof = isinstance(error, InvalidDPoPProofError | UseDPoPNonceError)
    answer.status_code = 401 if about_proof else error.status_code
    named = f'error="{error.error}", error_description="{error.get_error_description()}"'
    answer.headers["WWW-Authenticate"] = f"{_DPOP_CHALLENGE}, {named}{more_of_challenge(error)}"
    return answer


def _token_of_body() -> str | None:
    exchange = current_exchange()
    if exchange.method != "POST" or not exchange.has_form:
        return None
    parameters = Parameters(exchange.form)
    if "access_token" in parameters.repeated:
        raise InvalidRequestError("access_token was sent more than once")
    return parameters.find("access_token")
