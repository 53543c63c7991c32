// node seed.mjs SETUP: makes accounts and signs some in, each with a grant for the client and a refresh token.
// Prints the refresh tokens by the sessions' cookies.
import { createProvider } from './provider.mjs';
import { openStore, setup } from './setup.mjs';

const SESSION_SECONDS = 12 * 60 * 60;

const store = await openStore();
const provider = createProvider(setup, store);
const client = await provider.Client.find(setup.client.client_id);
const signedInAt = Math.floor(Date.now() / 1000);
const refreshTokens = {};

await store.addAccounts(setup.accounts);
for (const accountId of Object.keys(setup.accounts).slice(0, setup.signedIn)) {
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope(setup.client.scope);
  const grantId = await grant.save();

  const session = new provider.Session();
  session.loginAccount({ accountId, loginTs: signedInAt, amr: ['pwd'] });
  session.ensureClientContainer(client.clientId);
  session.grantIdFor(client.clientId, grantId);
  await session.save(SESSION_SECONDS);

  const cookie = `${provider.cookieName('session')}=${session.id}`;
  refreshTokens[cookie] = await new provider.RefreshToken({
    accountId,
    authTime: signedInAt,
    client,
    grantId,
    gty: 'authorization_code',
    scope: setup.client.scope,
    sessionUid: session.uid,
    sid: session.sidFor(client.clientId),
  }).save();
}
await store.close();
console.log(JSON.stringify(refreshTokens));
