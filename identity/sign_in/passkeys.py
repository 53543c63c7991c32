"""A person's passkeys (Web Authentication Level 3): registered, used, named and removed.

What a browser sends is verified outside any transaction; what is then written is conditional, so that two
uses at once cannot both count.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, bindparam, func, or_, select, update
from sqlmodel import Session, col
from sqlmodel.sql.sqltypes import UTCDateTime
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.structs import CredentialDeviceType
from webauthn.registration.verify_registration_response import VerifiedRegistration

from identity.errors import IdentityError
from identity.sign_in import alerts, attestation
from identity.sign_in.models import Passkey
from identity.sign_in.relying_party import ALGORITHMS, Account, Known, RelyingParty, known_transports
from profiles.audit.catalogue import Event
from profiles.audit.service import Initiator, append
from profiles.disclosure.once import insert_once
from profiles.errors import NotFound
from profiles.prepared import Prepared

AMR = ("pop", "user", "mfa")
"""Proof of a key by somebody who was there and whom the authenticator verified (RFC 8176 §2)."""
HARDWARE_AMR = ("pop", "hwk", "user", "mfa")
"""The same, by a key that is attested never to leave its device."""
MOST = 20
LONGEST_NAME = 60
LONGEST_ANSWER = 32 * 1024
_CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}")

_LIVE = col(Passkey.removed_at).is_(None)
_OPENS = col(Passkey.removed_at).is_(None) & col(Passkey.locked_at).is_(None)

_COUNT = bindparam("new_count", type_=BigInteger)
_FIND = Prepared(
    select(*Passkey.__table__.columns).where(  # type: ignore[attr-defined]
        col(Passkey.credential_id) == bindparam("credential_id"), _OPENS
    )
)
_AAGUID = Prepared(select(col(Passkey.aaguid)).where(col(Passkey.id) == bindparam("passkey_id")))
_USE = Prepared(
    update(Passkey)
    .where(
        col(Passkey.id) == bindparam("passkey_id"),
        _OPENS,
        or_(col(Passkey.sign_count) < _COUNT, (col(Passkey.sign_count) == 0) & (_COUNT == 0)),
    )
    .values(
        sign_count=_COUNT,
        backed_up=bindparam("is_backed_up", type_=Boolean),
        last_used_at=bindparam("now", type_=UTCDateTime),
    )
)

Verified = TypeVar("Verified")


class InvalidPasskey(IdentityError):
    """What a browser sent is not the answer of a passkey to our challenge."""


@dataclass(frozen=True)
class UnverifiedAnswer:
    """What a browser sent, parsed and no more."""

    document: dict[str, Any]

    @property
    def credential_id(self) -> str:
        """Which passkey it says it is."""
        found = self.document.get("id")
        return found if isinstance(found, str) else ""

    @property
    def user_handle(self) -> str | None:
        """Whose it says it is, in base64url."""
        found = self._response.get("userHandle")
        return found if isinstance(found, str) and found else None

    @property
    def transports(self) -> list[str]:
        """How browsers say to reach it; what has no meaning is left out (§5.8.4)."""
        return known_transports(self._response.get("transports"))

    @property
    def _response(self) -> dict[str, Any]:
        found = self.document.get("response")
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Use:
    """A verified answer of a passkey; nothing is written of it yet."""

    passkey_id: UUID
    person_id: UUID
    sign_count: int
    backed_up: bool
    amr: tuple[str, ...]


@dataclass(frozen=True)
class NewPasskey:
    """A verified registration; ``is_attested`` says that a trusted maker vouches for its authenticator."""

    registration: VerifiedRegistration
    is_attested: bool

    @property
    def aaguid(self) -> str:
        """The model that the authenticator says it is."""
        return self.registration.aaguid

    @property
    def is_backup_eligible(self) -> bool:
        """Whether it may be copied to other devices (§6.1.3)."""
        return self.registration.credential_device_type is CredentialDeviceType.MULTI_DEVICE

    @property
    def is_hardware_bound(self) -> bool:
        """Whether the key is proven never to leave its device."""
        return self.is_attested and not self.is_backup_eligible

    @property
    def amr(self) -> tuple[str, ...]:
        """What making it proves: its key, and that its holder was verified."""
        return HARDWARE_AMR if self.is_hardware_bound else AMR


def read_answer(unverified_text: str) -> UnverifiedAnswer:
    """Raises InvalidPasskey when it is not a JSON object of some reasonable size."""
    if len(unverified_text) > LONGEST_ANSWER:
        raise InvalidPasskey("too long")
    try:
        document = json.loads(unverified_text)
    except (ValueError, RecursionError):
        raise InvalidPasskey("not JSON") from None
    if not isinstance(document, dict):
        raise InvalidPasskey("not an object")
    return UnverifiedAnswer(document)


def account_of(person_id: UUID, address: str, name: str) -> Account:
    """The person as an authenticator keeps them; their id says nothing of them (§14.6.1)."""
    return Account(person_id.bytes, address or name, name)


def verify_new(
    site: RelyingParty, answer: UnverifiedAnswer, challenge: bytes, roots: Sequence[bytes] = ()
) -> NewPasskey:
    """A new passkey whose holder was verified (§7.1).

    ``roots`` are the certificates, in PEM, to one of which a certificate of its attestation must lead. Raises
    InvalidPasskey.
    """

    def verify() -> NewPasskey:
        registration = verify_registration_response(
            credential=answer.document,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
            pem_root_certs_bytes_by_fmt=attestation.roots_by_format(roots),
        )
        return NewPasskey(registration, attestation.is_attested(registration, roots))

    return _verified(verify)


def add(
    session: Session,
    person_id: UUID,
    name: str,
    new: NewPasskey,
    transports: Sequence[str],
    now: datetime,
) -> UUID | None:
    """Keep a verified passkey; None when it is somebody's already, or the person has as many as allowed."""
    have = select(func.count()).where(col(Passkey.person_id) == person_id, _LIVE)
    if session.execute(have).scalar_one() >= MOST:
        return None
    made = new.registration
    passkey = Passkey(
        person_id=person_id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=list(transports),
        aaguid=new.aaguid,
        attestation=made.fmt,
        is_attested=new.is_attested,
        backup_eligible=new.is_backup_eligible,
        backed_up=made.credential_backed_up,
        name=name,
        created_at=now,
    )
    if not insert_once(session, Passkey, passkey.model_dump()):
        return None
    details = {
        "passkey_id": str(passkey.id),
        "aaguid": passkey.aaguid,
        "backup_eligible": passkey.backup_eligible,
        "attested": passkey.is_attested,
    }
    initiator = Initiator.person(person_id)
    append(session, Event.PASSKEY_ADDED, initiator, now, person_id=person_id, details=details)
    what = "A passkey was added to your account. Whoever holds it can sign in to Lanyard as you."
    alerts.tell_everywhere(session, person_id, "A passkey was added", what, now)
    return passkey.id


def find(session: Session, credential_id: str) -> Passkey | None:
    """The passkey with this id; None when it is unknown, removed or locked."""
    if not _CREDENTIAL_ID.fullmatch(credential_id):  # databases cannot even be asked about some texts
        return None
    row = _FIND.first(session, {"credential_id": credential_id})
    return Passkey(**row._asdict()) if row else None


def verify_use(
    site: RelyingParty, passkey: Passkey, answer: UnverifiedAnswer, challenge: bytes, *, is_known: bool
) -> Use:
    """That this passkey answered our challenge, and that its holder was verified (§7.2).

    A person who was not known before must be named by the answer, one who ``is_known`` may be. Raises
    InvalidPasskey.
    """
    handle = bytes_to_base64url(passkey.person_id.bytes)
    if answer.user_handle != handle and not (is_known and answer.user_handle is None):
        raise InvalidPasskey("the user handle is another person's, or missing")
    verified = _verified(
        lambda: verify_authentication_response(
            credential=answer.document,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            # ``use`` compares the counts, in the same statement that writes the new one.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    )
    stays = verified.credential_device_type is CredentialDeviceType.SINGLE_DEVICE
    amr = HARDWARE_AMR if is_hardware_bound(passkey) and stays else AMR
    return Use(passkey.id, passkey.person_id, verified.new_sign_count, verified.credential_backed_up, amr)


def use(session: Session, verified: Use, now: datetime) -> bool:
    """Count a use (§7.2 step 22).

    False when the passkey was removed or locked meanwhile, or when its counter did not go up.
    """
    values = {
        "passkey_id": verified.passkey_id,
        "new_count": verified.sign_count,
        "is_backed_up": verified.backed_up,
        "now": now,
    }
    return _USE.run(session, values) == 1


def of_person(session: Session, person_id: UUID) -> list[Passkey]:
    """Those that a person has, locked ones too, the oldest first."""
    found = select(Passkey).where(col(Passkey.person_id) == person_id, _LIVE)
    return list(session.execute(found.order_by(col(Passkey.created_at), col(Passkey.id))).scalars())


def is_hardware_bound(passkey: Passkey) -> bool:
    """Whether its key is proven never to leave its device."""
    return passkey.is_attested and not passkey.backup_eligible


def find_aaguid(session: Session, passkey_id: UUID) -> str | None:
    """The model of a passkey's authenticator."""
    session.flush()  # it may have been made a moment ago
    found: str | None = _AAGUID.scalar(session, {"passkey_id": passkey_id})
    return found


def were_made(session: Session, person_id: UUID) -> bool:
    """Whether the person ever had one, also if it is removed."""
    made = select(col(Passkey.id)).where(col(Passkey.person_id) == person_id)
    return session.execute(made.limit(1)).first() is not None


def known_of(session: Session, person_id: UUID) -> list[Known]:
    """Those that open the account, as browsers find them again."""
    opening = [one for one in of_person(session, person_id) if one.locked_at is None]
    return [Known(one.credential_id, tuple(one.transports)) for one in opening]


def get_own(session: Session, person_id: UUID, passkey_id: UUID) -> Passkey:
    """One of a person's own. Raises NotFound when it is removed or somebody else's."""
    own = select(Passkey).where(col(Passkey.id) == passkey_id, col(Passkey.person_id) == person_id, _LIVE)
    found: Passkey | None = session.execute(own).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such passkey.")
    return found


def rename(session: Session, person_id: UUID, passkey_id: UUID, name: str, now: datetime) -> None:
    """Give one of a person's own another name. Raises NotFound."""
    passkey = get_own(session, person_id, passkey_id)
    passkey.name = name
    session.add(passkey)
    session.flush()
    _note(session, Event.PASSKEY_RENAMED, person_id, passkey_id, now)


def remove(
    session: Session,
    person_id: UUID,
    passkey_id: UUID,
    now: datetime,
    *,
    initiator: Initiator | None = None,
) -> None:
    """Let one of a person's own open nothing from now on. Raises NotFound."""
    removed = session.connection().execute(
        update(Passkey)
        .where(col(Passkey.id) == passkey_id, col(Passkey.person_id) == person_id, _LIVE)
        .values(removed_at=now)
    )
    if removed.rowcount != 1:
        raise NotFound("There is no such passkey.")
    _note(session, Event.PASSKEY_REMOVED, person_id, passkey_id, now, initiator)
    what = "A passkey was removed from your account. It opens nothing any more."
    alerts.tell(session, person_id, "A passkey was removed", what, now)


def added_since(session: Session, person_id: UUID, moment: datetime) -> list[UUID]:
    """Those of a person that were made at this moment or later."""
    return [one.id for one in of_person(session, person_id) if one.created_at >= moment]


def set_locked(session: Session, person_id: UUID, passkey_id: UUID, locked_at: datetime | None) -> None:
    """Let one of a person's own open nothing from ``locked_at`` on; None lets it open the account again."""
    session.connection().execute(
        update(Passkey)
        .where(col(Passkey.id) == passkey_id, col(Passkey.person_id) == person_id)
        .values(locked_at=locked_at)
    )


def _note(
    session: Session,
    event: Event,
    person_id: UUID,
    passkey_id: UUID,
    now: datetime,
    initiator: Initiator | None = None,
) -> None:
    details, by = {"passkey_id": str(passkey_id)}, initiator or Initiator.person(person_id)
    append(session, event, by, now, person_id=person_id, details=details)


def _verified(verify: Callable[[], Verified]) -> Verified:
    try:
        return verify()
    except Exception as error:  # its parsers let errors of many kinds through, none of which is ours
        raise InvalidPasskey(type(error).__name__) from None
