"""Every table that says something of a person, and what ends its keeping; a test holds that none is missing.

``RECORDS`` and what goes with them are deleted by a decision of two officers, ``FORGOTTEN`` by the worker
alone, ``OF_THE_ACCOUNT`` stays as long as anything rests on it, and ``KEPT`` says why something stays.
"""

FORGOTTEN = frozenset(
    {
        *("account_notices", "grants", "help_allowances", "kept_forms", "known_browsers", "linking_codes"),
        *("login_sessions", "move_invitations", "return_claims", "session_clients", "upstream_attempts"),
    }
)
OF_THE_ACCOUNT = frozenset(
    {
        *("birth_dates", "identity_proofings", "invitations", "notices", "one_time_code_secrets"),
        *("outbox_messages", "pairwise_subjects", "transfer_codes"),
        *("passkeys", "password_credentials", "person_names", "recovery_codes", "upstream_links"),
    }
)
KEPT = {
    "deletions": "numbers of what was deleted, and the officers who decided so",
    "agreement_proposals": "the officers who agreed on what an app is told, the basis of its releases",
    "audit_entries": "the chain: ids, codes and commitments",
    "audit_personal_values": "what the chain commits to; of it the worker forgets network addresses",
    "bulk_move_agreements": "the officers who agreed to move many, the basis of each move",
    "bulk_move_reminders": "that officers were reminded of a step of a move of many; it names nobody",
    "bulk_move_steps": "the officers who took a step of a move of many",
    "bulk_moves": "the officers who prepared and confirmed a move of many; it names nobody who moved",
    "field_authorities": "the officer who said which system masters a field",
    "merges": "which record is, or was, part of which other one; of a refused union nothing stays",
    "payroll_cut_offs": "the officer who said by which day payroll takes people up",
    "people": "an opaque id that is never used again, and whether its holder has died",
    "clearance_limit_proposals": "the officers who decided for how long clearances are used",
    "saving_assumptions": "the officers who said what the hours saved rest on",
    "sign_in_policy_proposals": "the officers who decided how an organisation signs in",
    "upstream_providers": "the officers who let a department's provider in",
    "write_offs": "the officers who let go what an app never confirmed; it names nobody else",
}
