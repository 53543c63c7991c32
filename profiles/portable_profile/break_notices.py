"""The mails by which somebody hears of their career break."""

from datetime import datetime

from sqlmodel import Session

from profiles.employments.models import CareerBreak
from profiles.organisations import service as organisations
from profiles.outbox.service import send_mail
from profiles.people.service import addresses_of
from profiles.temporal import civil_date

_WRONG = "If this is wrong, tell your HR team."
_ANEW = "Roles, and what was given to you by hand, are given anew where needed."


def tell_of_break(session: Session, begun: CareerBreak, now: datetime) -> None:
    """It is recorded: from when, what ends, and what stays."""
    lines = (
        f"From {civil_date(begun.valid_from):%-d %B %Y} you are recorded to be on a career break from "
        f"{{organisation}}; you are expected back on {begun.return_on:%-d %B %Y}. Your employment goes on. "
        "Your post, your pay, what you use through the post and your roles end before that day.",
        "You can still sign in to Lanyard and see what is held about you. Keep a passkey of your own, or "
        "your recovery codes. Nothing opens by itself on the day of your return: HR records it.",
    )
    _tell(session, begun, "Your career break is recorded", lines, now)


def tell_of_return(session: Session, said: CareerBreak, returns: datetime, now: datetime) -> None:
    """They are recorded to be back from a day on."""
    line = (
        f"From {civil_date(returns):%-d %B %Y} you are recorded to be back at {{organisation}}, with a post "
        f"and pay from that day. {_ANEW}"
    )
    _tell(session, said, "Your return from a career break is recorded", (line,), now)


def tell_of_no_return(session: Session, said: CareerBreak, now: datetime) -> None:
    """A return that was recorded is not so: the break goes on."""
    line = (
        "The return from your career break that was recorded was taken back: the break from {organisation} "
        f"goes on, and you are expected back on {said.return_on:%-d %B %Y}."
    )
    _tell(session, said, "Your career break goes on", (line,), now)


def tell_of_taking_back(session: Session, held: CareerBreak, now: datetime, *, had_begun: bool) -> None:
    """The break is not, or never was, so."""
    more = f" {_ANEW}" if had_begun else ""
    line = (
        "The career break from {organisation} that was recorded for you was taken back: you work on as "
        f"before.{more}"
    )
    _tell(session, held, "Your career break was taken back", (line,), now)


def _tell(session: Session, about: CareerBreak, subject: str, lines: tuple[str, ...], now: datetime) -> None:
    name = organisations.get(session, about.organisation_id, now).name
    body = "\n\n".join((*lines, _WRONG)).format(organisation=name) + "\n"
    for address in addresses_of(session, about.person_id, now):
        send_mail(session, address, subject, body, now=now, person_id=about.person_id)
