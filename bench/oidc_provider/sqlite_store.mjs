// A durable store in SQLite: the built-in driver, prepared statements, WAL, every commit on the disk.
import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS entities (
    model TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    grant_id TEXT,
    user_code TEXT,
    uid TEXT,
    expires_at INTEGER,
    consumed_at INTEGER,
    PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entities_grant_id ON entities (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entities_user_code ON entities (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entities_uid ON entities (uid) WHERE uid IS NOT NULL;
  CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, claims TEXT NOT NULL) WITHOUT ROWID;
`;

export async function openStore({ path }) {
  const database = new DatabaseSync(path);
  database.exec(SCHEMA);
  const upsert = database.prepare(`
    INSERT INTO entities (model, id, payload, grant_id, user_code, uid, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
      user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`);
  const byId = database.prepare('SELECT payload, consumed_at FROM entities WHERE model = ? AND id = ?');
  const byUserCode = database.prepare('SELECT payload, consumed_at FROM entities WHERE user_code = ? AND model = ?');
  const byUid = database.prepare('SELECT payload, consumed_at FROM entities WHERE uid = ? AND model = ?');
  const consume = database.prepare('UPDATE entities SET consumed_at = ? WHERE model = ? AND id = ?');
  const destroy = database.prepare('DELETE FROM entities WHERE model = ? AND id = ?');
  const revoke = database.prepare('DELETE FROM entities WHERE grant_id = ? AND model = ?');
  const account = database.prepare('SELECT claims FROM accounts WHERE id = ?');
  const addAccount = database.prepare('INSERT INTO accounts (id, claims) VALUES (?, ?)');

  class Adapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      const { grantId = null, userCode = null, uid = null } = payload;
      const expiresAt = expiresIn ? now() + expiresIn : null;
      upsert.run(this.model, id, JSON.stringify(payload), grantId, userCode, uid, expiresAt);
    }

    async find(id) {
      return read(byId.get(this.model, id));
    }

    async findByUserCode(userCode) {
      return read(byUserCode.get(userCode, this.model));
    }

    async findByUid(uid) {
      return read(byUid.get(uid, this.model));
    }

    async consume(id) {
      consume.run(now(), this.model, id);
    }

    async destroy(id) {
      destroy.run(this.model, id);
    }

    async revokeByGrantId(grantId) {
      revoke.run(grantId, this.model);
    }
  }

  return {
    adapter: (model) => new Adapter(model),
    findAccount: async (id) => JSON.parse(account.get(id).claims),
    addAccounts: async (accounts) => {
      database.exec('BEGIN');
      for (const [id, claims] of Object.entries(accounts)) addAccount.run(id, JSON.stringify(claims));
      database.exec('COMMIT');
    },
    close: async () => database.close(),
  };
}

function now() {
  return Math.floor(Date.now() / 1000);
}

function read(row) {
  if (row === undefined) return undefined;
  const payload = JSON.parse(row.payload);
  if (row.consumed_at !== null) payload.consumed = row.consumed_at;
  return payload;
}
