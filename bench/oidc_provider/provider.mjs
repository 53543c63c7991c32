// npm oidc-provider, set up for the same job as Lanyard: see docs of `bench/comparison`.
import { createHmac } from 'node:crypto';
import { Provider } from 'oidc-provider';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const CLAIMS = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name'],
  email: ['email', 'email_verified'],
  employment: ['organisation', 'grade', 'job_title'],
  entitlements: ['roles'],
};

/** The provider on a store of ours. What is switched off here is what the job does not need. */
export function createProvider({ issuer, client, jwks, pairwiseSalt }, store) {
  const provider = new Provider(issuer, {
    adapter: (model) => store.adapter(model),
    clients: [{
      client_id: client.client_id,
      client_secret: client.client_secret,
      redirect_uris: [client.redirect_uri],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: [client.scope, client.service_scope].join(' '),
      subject_type: 'pairwise',
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'RS256',
    }],
    jwks,
    claims: CLAIMS,
    scopes: ['offline_access', client.service_scope],
    responseTypes: ['code'],
    subjectTypes: ['pairwise', 'public'],
    pairwiseIdentifier: (_ctx, accountId, { sectorIdentifier }) => createHmac('sha256', pairwiseSalt)
      .update(sectorIdentifier).update(accountId).digest('base64url'),
    // The account is read where its claims are told: once a flow, at userinfo.
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: async (use) => ({
        ...(use === 'userinfo' ? await store.findAccount(accountId) : undefined),
        sub: accountId,
      }),
    }),
    pkce: { required: () => true },
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, asking, token) => asking.clientId === token.clientId },
      revocation: { enabled: true },
    },
    ttl: {
      AccessToken: 5 * MINUTE,
      AuthorizationCode: MINUTE,
      ClientCredentials: 5 * MINUTE,
      Grant: 30 * DAY,
      IdToken: 5 * MINUTE,
      Interaction: HOUR,
      RefreshToken: 7 * DAY,
      Session: 12 * HOUR,
    },
  });
  provider.proxy = true;
  return provider;
}
