"""What the mails of a transfer say: to the employee at each state, and of who is late."""

from profiles.transfers.models import TransferState
from profiles.transfers.parts import Doer

TO_EMPLOYEE = {
    TransferState.IN_PROGRESS: (
        "Your move to another department has begun",
        "{importing} has prepared your move from {exporting}.\n\n"
        "They approve it when you have done your part: above all you say what you sign in with on your first "
        "morning, when your account and your laptop in {exporting} are gone.\n\nSign in to Lanyard and open "
        "your profile. There you also see the dates and what the move changes, and can withdraw.",
    ),
    TransferState.SCHEDULED: (
        "Your move to another department is agreed",
        "{exporting} and {importing} have approved your move.\n\n"
        "Your account stays the same. To see the dates and which apps begin and end, sign in to Lanyard and "
        "open your profile.",
    ),
    TransferState.WITHDRAWN: (
        "You have withdrawn from your move",
        "Your move from {exporting} to {importing} has ended because you withdrew. Nothing changes for you.",
    ),
    TransferState.DECLINED: (
        "Your move has ended",
        "{importing} has declined your move from {exporting}. Nothing changes for you. To read the reason, "
        "sign in to Lanyard and open your profile.",
    ),
    TransferState.OBJECTED: (
        "Your move has ended",
        "{exporting} has objected to your move to {importing}. Nothing changes for you. To read the reason, "
        "sign in to Lanyard and open your profile.",
    ),
    TransferState.CANCELLED: (
        "Your move has ended",
        "Your move from {exporting} to {importing} has been cancelled, because you leave {exporting} "
        "another way.",
    ),
    TransferState.EXPIRED: (
        "Your move has ended",
        "Your move from {exporting} to {importing} has ended, because its start date passed and the two "
        "departments did not agree. Nothing changes for you.",
    ),
}
"""Subject and text for the employee when the transfer has come to a state."""

NOT_JOINING = {
    "employee": (
        "Your move has ended",
        "You do not join {importing}: your move from {exporting} is cancelled. Your post in {exporting} "
        "stays ended, and your Lanyard account stays yours.\n\nIf this is wrong, tell HR of {importing} now.",
    ),
    "hr": (
        "Somebody who has left does not join",
        "{name}, who has left {exporting}, does not join {importing}: the move is cancelled, and what was "
        "recorded from the start date on is taken back.\n\nTo see it, sign in to Lanyard and open Transfers.",
    ),
    "expecting": (
        "Somebody does not join",
        "{name}, who was to move from {exporting} to {importing}, does not join. Nothing is arranged or paid "
        "from the start date on.\n\nIf something is on its way already, stop it.",
    ),
}
"""Subject and text where somebody has left and does not join: for the employee, HR, and who expected them."""

PARTS = {
    Doer.EMPLOYEE: "{name}",
    Doer.HR: "HR of {where}",
    Doer.LINE_MANAGER: "the line manager in {where}",
    Doer.SECURITY_OFFICER: "the security officers of {where}",
    Doer.PAYROLL: "payroll of {where}",
}
"""Who somebody is by their part in the move."""
