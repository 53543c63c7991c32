"""What the mails of a bulk move say to the people on it: a subject and a text each, and never a reason."""

MOVES = (
    "You move to another department with your colleagues",
    "{name}, your work moves from {exporting} to {importing} on {day}, and you move with it.\n\nYour account "
    "stays the same, and so do your grade, pay, leave and pension. To see what changes, sign in to Lanyard "
    "and open your profile.",
)
TAKEN_BACK = (
    "Your move to another department does not happen as planned",
    "{name}, you do not move from {exporting} to {importing} on {day} with your colleagues. Nothing changes "
    "for you. Your HR team can tell you more.",
)
TAKEN_BACK_LATE = (
    TAKEN_BACK[0],
    "{name}, you do not move from {exporting} to {importing} with your colleagues after all. That was "
    "decided, or found, when the day of the move, {day}, had begun already: from then until now you could "
    "use what your new post opens, and not what your old one does. From now on it is as it was before."
    "\n\nIf something that you need does not open, or your pay is not right, tell your HR team in "
    "{exporting}.",
)
PUT_OFF = (
    "The day of your move to another department changes",
    "{name}, you do not move from {exporting} to {importing} on {day}: the departments agree on another "
    "start date, {new_day}. Until then nothing changes for you, and you get a mail when it is recorded.",
)
PUT_OFF_LATE = (
    PUT_OFF[0],
    "{name}, the departments agree on another start date for your move from {exporting} to {importing}: "
    "{new_day}. The first one, {day}, had begun before that was recorded: from then until now you could use "
    "what your new post opens, and not what your old one does. From now on it is as it was before, until the "
    "new day. You get a mail when that is recorded.\n\nIf something that you need does not open, or your pay "
    "is not right, tell your HR team in {exporting}.",
)
SET_UP = (
    "Set up a way to sign in before you move",
    "{name}, your work is to move from {exporting} to {importing} on {day}. You do not have a way to sign in "
    "yet that stays yours when your account in {exporting} is gone.\n\nSign in to Lanyard, open your "
    "profile, and add a passkey of your own.",
)
PAY_WRONG = (
    "Payroll puts something right",
    "{name}, payroll of {importing} puts something right after your move from {exporting}.\n\nTo see what, "
    "sign in to Lanyard and open your profile.",
)
DETAILS_MISSING = (
    "Payroll needs something before your first pay",
    "{name}, payroll of {importing} has not yet all that it needs to pay you after your move from "
    "{exporting}.\n\nTo see what, sign in to Lanyard and open your profile.",
)
