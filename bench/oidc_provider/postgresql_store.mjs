// A durable store in PostgreSQL: a pool of connections, and statements that are prepared once on each.
import pg from 'pg';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entities (
    model text NOT NULL,
    id text NOT NULL,
    payload json NOT NULL,
    grant_id text,
    user_code text,
    uid text,
    expires_at timestamptz,
    consumed_at timestamptz,
    PRIMARY KEY (model, id)
  );
  CREATE INDEX IF NOT EXISTS entities_grant_id ON entities (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entities_user_code ON entities (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS entities_uid ON entities (uid) WHERE uid IS NOT NULL;
  CREATE TABLE IF NOT EXISTS accounts (id text PRIMARY KEY, claims json NOT NULL);
`;
const POOL = 8;

const FOUND = 'payload, extract(epoch FROM consumed_at)::int AS consumed_at';
const STATEMENTS = {
  upsert: `
    INSERT INTO entities (model, id, payload, grant_id, user_code, uid, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
    ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
      user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`,
  byId: `SELECT ${FOUND} FROM entities WHERE model = $1 AND id = $2`,
  byUserCode: `SELECT ${FOUND} FROM entities WHERE user_code = $1 AND model = $2`,
  byUid: `SELECT ${FOUND} FROM entities WHERE uid = $1 AND model = $2`,
  consume: 'UPDATE entities SET consumed_at = now() WHERE model = $1 AND id = $2',
  destroy: 'DELETE FROM entities WHERE model = $1 AND id = $2',
  revoke: 'DELETE FROM entities WHERE grant_id = $1 AND model = $2',
  account: 'SELECT claims FROM accounts WHERE id = $1',
};

export async function openStore({ host, user, database }) {
  const pool = new pg.Pool({ host, user, database, max: POOL });
  await pool.query(SCHEMA);

  async function rows(name, ...values) {
    return (await pool.query({ name, text: STATEMENTS[name], values })).rows;
  }

  class Adapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      const { grantId, userCode, uid } = payload;
      await rows('upsert', this.model, id, JSON.stringify(payload), grantId, userCode, uid, expiresIn);
    }

    async find(id) {
      return read(await rows('byId', this.model, id));
    }

    async findByUserCode(userCode) {
      return read(await rows('byUserCode', userCode, this.model));
    }

    async findByUid(uid) {
      return read(await rows('byUid', uid, this.model));
    }

    async consume(id) {
      await rows('consume', this.model, id);
    }

    async destroy(id) {
      await rows('destroy', this.model, id);
    }

    async revokeByGrantId(grantId) {
      await rows('revoke', grantId, this.model);
    }
  }

  return {
    adapter: (model) => new Adapter(model),
    findAccount: async (id) => (await rows('account', id))[0].claims,
    addAccounts: async (accounts) => {
      const text = 'INSERT INTO accounts (id, claims) SELECT key, value FROM json_each($1)';
      await pool.query(text, [JSON.stringify(accounts)]);
    },
    close: async () => pool.end(),
  };
}

function read([row]) {
  if (row === undefined) return undefined;
  if (row.consumed_at !== null) row.payload.consumed = row.consumed_at;
  return row.payload;
}
