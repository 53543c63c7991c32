// What both programs read: the setup as JSON in a file, and the store that it names.
import { readFileSync } from 'node:fs';
import { openStore as openPostgresql } from './postgresql_store.mjs';
import { openStore as openSqlite } from './sqlite_store.mjs';

const STORES = { postgresql: openPostgresql, sqlite: openSqlite };

export const setup = JSON.parse(readFileSync(process.argv[2], 'utf8'));

export async function openStore() {
  return STORES[setup.database.kind](setup.database);
}
