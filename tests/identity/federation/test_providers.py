"""Departments' providers: set up by two people."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from identity.acr import LADDER
from identity.federation import providers
from identity.federation.kinds import UpstreamIdentity
from identity.federation.levels import level_of
from identity.federation.models import UpstreamProvider
from identity.keys.signer import Signer
from identity.sessions.upstream_session import UpstreamSession
from profiles.audit.service import Initiator
from profiles.errors import Conflict, Invalid, NotPermitted
from tests.factories.organisations import make_organisation
from tests.factories.people import make_person
from tests.factories.upstreams import CLIENT_ID, ENCRYPTION, ISSUER, make_proposal, make_provider

THERE = UpstreamSession.of(UUID(int=1), "account-1", None)
ENTRA = {"subject_claim": "oid", "tenant": "tenant-1", "scope": "openid profile"}


@pytest.fixture
def organisation_id(session: Session, now: datetime) -> UUID:
    return make_organisation(session, now).id


@pytest.fixture
def priya(session: Session, now: datetime) -> UUID:
    return make_person(session, now)


@pytest.fixture
def elsewhere_id(session: Session, now: datetime) -> UUID:
    return make_organisation(session, now, "HO").id


def tried(session: Session, now: datetime, provider: UpstreamProvider) -> UpstreamProvider:
    providers.note_tested(session, provider.id, now)
    session.refresh(provider)
    return provider


def propose(
    session: Session,
    now: datetime,
    organisation_id: UUID,
    person_id: UUID,
    *,
    development: bool = False,
    **changes: Any,
) -> UpstreamProvider:
    proposal = make_proposal(organisation_id, **changes)
    return providers.propose(
        session, now, proposal, person_id, LADDER[0], ENCRYPTION, development=development
    )


def test_nobody_signs_in_through_it_before_a_second_person_has_confirmed(
    session: Session, now: datetime, organisation_id: UUID, priya: UUID
) -> None:
    made = tried(session, now, propose(session, now, organisation_id, priya))
    assert providers.find_in_use(session, made.id) is None
    with pytest.raises(NotPermitted):
        providers.confirm(session, made.id, priya, now)
    providers.confirm(session, made.id, make_person(session, now, "sam.okafor@hmrc.gov.uk"), now)
    assert providers.find_in_use(session, made.id) is not None
    assert [one.id for one in providers.in_use(session, {organisation_id})] == [made.id]


def test_it_is_confirmed_once(session: Session, now: datetime, organisation_id: UUID) -> None:
    made = make_provider(session, now, organisation_id)
    with pytest.raises(Conflict):
        providers.confirm(session, made.id, make_person(session, now), now)


def test_nobody_confirms_what_was_never_tried(
    session: Session, now: datetime, organisation_id: UUID, priya: UUID
) -> None:
    made = propose(session, now, organisation_id, priya)
    with pytest.raises(Conflict):
        providers.confirm(session, made.id, make_person(session, now, "sam.okafor@hmrc.gov.uk"), now)
    assert providers.find_in_use(session, made.id) is None


def test_an_ended_one_is_not_in_use(
    session: Session, now: datetime, organisation_id: UUID, priya: UUID
) -> None:
    made = make_provider(session, now, organisation_id)
    providers.end(session, made.id, Initiator.person(priya), now)
    assert providers.find_in_use(session, made.id) is None


def test_a_proposal_reserves_nothing(
    session: Session, now: datetime, organisation_id: UUID, elsewhere_id: UUID, priya: UUID
) -> None:
    """Else anybody who administers an organisation could keep another from its own issuer."""
    propose(session, now, elsewhere_id, priya)
    made = make_provider(session, now, organisation_id)
    assert providers.find_in_use(session, made.id) is not None


def test_an_issuer_in_use_is_not_another_organisations_too(
    session: Session, now: datetime, organisation_id: UUID, elsewhere_id: UUID, priya: UUID
) -> None:
    late = tried(session, now, propose(session, now, elsewhere_id, priya))
    make_provider(session, now, organisation_id)
    with pytest.raises(Conflict):
        propose(session, now, elsewhere_id, priya)
    with pytest.raises(Conflict):
        providers.confirm(session, late.id, make_person(session, now, "sam.okafor@hmrc.gov.uk"), now)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({"realm": "hd=homeoffice.gov.uk"}, True),
        ({"realm": "hd=hmrc.gov.uk"}, False),
        ({"realm": ""}, False),
        ({"realm": "groups=homeoffice"}, False),
        ({"realm": "hd=homeoffice.gov.uk", **ENTRA}, False),
    ],
    ids=["another value", "the same value", "everything", "another claim", "named by another claim"],
)
def test_organisations_share_an_issuer_whose_accounts_one_claim_tells_apart(
    session: Session,
    now: datetime,
    organisation_id: UUID,
    elsewhere_id: UUID,
    priya: UUID,
    changes: dict[str, Any],
    fits: bool,
) -> None:
    make_provider(session, now, organisation_id, realm="hd=hmrc.gov.uk")
    if fits:
        assert propose(session, now, elsewhere_id, priya, **changes).id
    else:
        with pytest.raises(Conflict):
            propose(session, now, elsewhere_id, priya, **changes)


def test_an_organisations_own_new_one_takes_the_place_of_the_old_and_is_believed_no_further(
    session: Session, now: datetime, organisation_id: UUID
) -> None:
    """So a secret is renewed without a gap, and the platform's ceiling is not got round."""
    old = make_provider(session, now, organisation_id, ceiling=LADDER[-1])
    providers.set_ceiling(session, old.id, LADDER[0], Initiator.system("test"), now)
    new = make_provider(session, now, organisation_id, ceiling=LADDER[-1], client_id="lanyard-2")
    assert [one.id for one in providers.in_use(session)] == [new.id]
    assert new.ceiling == LADDER[0]
    providers.end(session, new.id, Initiator.system("test"), now)
    assert make_provider(session, now, organisation_id, ceiling=LADDER[-1]).ceiling == LADDER[0]


def test_the_secret_rests_encrypted_and_comes_back_for_its_own_provider(
    session: Session, now: datetime, organisation_id: UUID, signer: Signer
) -> None:
    made = make_provider(
        session,
        now,
        organisation_id,
        token_endpoint_auth_method="client_secret_basic",
        client_secret="open sesame",
    )
    assert b"open sesame" not in (made.client_secret or b"")
    credentials = providers.credentials_of(made, ENCRYPTION, signer)
    assert (credentials.secret, credentials.signer) == ("open sesame", None)


def test_without_a_secret_our_own_key_proves_us(
    session: Session, now: datetime, organisation_id: UUID, signer: Signer
) -> None:
    made = make_provider(session, now, organisation_id)
    assert providers.credentials_of(made, ENCRYPTION, signer).signer is signer


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"issuer": "http://login.hmrc.example"}, "issuer"),
        ({"issuer": "https://login.hmrc.example?x=1"}, "issuer"),
        ({"issuer": "https://user@login.hmrc.example"}, "issuer"),
        ({"issuer": "https://[broken"}, "issuer"),
        ({"issuer": "https://login.hmrc.example/" + "x" * 500}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "client_secret"),
        ({"client_secret": "a secret beside a key"}, "client_secret"),
        ({"issuer": "https://accounts.google.com"}, "realm_claim"),
        ({"issuer": "https://accounts.google.com", "realm": "email=a@b.example"}, "realm_claim"),
        ({"realm": "two words=x"}, "realm_claim"),
        ({"realm": "=x"}, "realm_claim"),
        ({"realm": "hd="}, "realm_value"),
        ({"realm": "hd=" + "x" * 200}, "realm_value"),
        ({"subject_claim": "email"}, "subject_claim"),
        ({**ENTRA, "tenant": None}, "tenant"),
        ({**ENTRA, "scope": "openid"}, "scope"),
        ({"scope": "profile"}, "scope"),
        ({"scope": 'openid "'}, "scope"),
        ({"acr_levels": {"gold": "no level of ours"}}, "levels"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_a_provider_is_refused(
    session: Session, now: datetime, organisation_id: UUID, priya: UUID, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        propose(session, now, organisation_id, priya, **changes)
    assert refused.value.field == field


@pytest.mark.parametrize("wanted", LADDER)
def test_what_it_says_is_translated_up_to_its_ceiling(wanted: str, now: datetime) -> None:
    best = LADDER[-1]
    provider = UpstreamProvider(acr_levels={"gold": best}, amr_levels={"hwk": best}, ceiling=wanted)
    for acr, amr in (("gold", ()), (None, ("pwd", "hwk"))):
        identity = UpstreamIdentity(ISSUER, CLIENT_ID, acr, amr, now, THERE, {})
        assert level_of(identity, provider) == wanted


def test_what_has_no_translation_is_one_factor(now: datetime) -> None:
    provider = UpstreamProvider(acr_levels={}, amr_levels={}, ceiling=LADDER[-1])
    identity = UpstreamIdentity(ISSUER, CLIENT_ID, LADDER[-1], ("hwk",), now, THERE, {})
    assert level_of(identity, provider) == LADDER[0]
