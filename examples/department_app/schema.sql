-- One desk's own data. Times are whole seconds since 1970 in UTC. People are known by their `sub` alone.
CREATE TABLE IF NOT EXISTS users (
    sub TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS cases (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    organisation_id TEXT NOT NULL,
    organisation_name TEXT NOT NULL,
    title TEXT NOT NULL,
    details TEXT NOT NULL,
    opened_by TEXT NOT NULL REFERENCES users (sub),
    opened_at INTEGER NOT NULL,
    closed_by TEXT REFERENCES users (sub),
    closed_at INTEGER,
    CHECK ((closed_by IS NULL) = (closed_at IS NULL))
);
CREATE INDEX IF NOT EXISTS cases_by_organisation ON cases (organisation_id, closed_at, number);

-- `key_hash` is SHA-256 of what the cookie holds. A session that Lanyard ended stays, emptied, so that the next
-- page can say so.
CREATE TABLE IF NOT EXISTS sessions (
    key_hash TEXT PRIMARY KEY,
    data TEXT NOT NULL,
    sub TEXT,
    sid TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
);
CREATE INDEX IF NOT EXISTS sessions_by_sid ON sessions (sid);
CREATE INDEX IF NOT EXISTS sessions_by_sub ON sessions (sub);

-- Logout tokens that were obeyed: none is obeyed twice, and no sign-in older than one of them is let in.
CREATE TABLE IF NOT EXISTS logout_tokens (
    jti TEXT PRIMARY KEY,
    sub TEXT,
    sid TEXT,
    issued_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL
);
