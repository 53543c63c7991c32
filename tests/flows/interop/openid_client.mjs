// A relying party: everything of the protocol is done by openid-client, which also verifies what the provider
// answers. Our own part only leads the browser and shows what came of it, as JSON.
//
// Environment: ISSUER, HOME (own address), CLIENT_ID, CLIENT_SECRET, AUTH_METHOD, ALGORITHM, PUSHES and SIGNS
// (whether it pushes and signs its requests), PROVES (whether its tokens are of a key, by DPoP), PRIVATE_KEY (a
// JWK for ES256, with a kid). Listens on the descriptor that is its only argument, and ends with its standard
// input.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import * as oidc from 'openid-client'

const { ISSUER, HOME, CLIENT_ID, CLIENT_SECRET, AUTH_METHOD, ALGORITHM, PUSHES, SIGNS, PROVES } = process.env
const COOKIE = 'openid_client_session'
const jwk = JSON.parse(process.env.PRIVATE_KEY ?? 'null')
const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }
const signingKey = jwk && { kid: jwk.kid, key: await crypto.subtle.importKey('jwk', jwk, ES256, false, ['sign']) }
const authentication = {
  client_secret_basic: oidc.ClientSecretBasic,
  client_secret_post: oidc.ClientSecretPost,
  private_key_jwt: () => oidc.PrivateKeyJwt(signingKey),
}[AUTH_METHOD]

// openid-client makes the proofs, remembers the provider's nonces and tries again when it is told one.
const provenKey = PROVES && (await oidc.randomDPoPKeyPair('ES256'))
let handle
function proving(config) {
  handle ??= PROVES && oidc.getDPoPHandle(config, provenKey)
  return PROVES ? { DPoP: handle } : {}
}

const sessions = new Map()
const logoutTokens = []

// Discovered once, when the first visitor comes; signatures are verified although the tokens came directly.
let discovered
function provider() {
  discovered ??= oidc.discovery(
    new URL(ISSUER),
    CLIENT_ID,
    { id_token_signed_response_alg: ALGORITHM },
    authentication(CLIENT_SECRET),
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] },
  )
  return discovered
}

// GET /sign-in; what stands in the query (prompt, max_age …) is added to the authorization request.
async function signIn(session, url) {
  const extra = Object.fromEntries(url.searchParams)
  const verifier = oidc.randomPKCECodeVerifier()
  session.checks = {
    pkceCodeVerifier: verifier,
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
    idTokenExpected: true,
    ...('max_age' in extra && { maxAge: Number(extra.max_age) }),
  }
  if (extra.id_token_hint === 'mine') extra.id_token_hint = session.tokens.id_token
  const config = await provider()
  let asked = {
    redirect_uri: `${HOME}/callback`,
    scope: 'openid profile email employment entitlements',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: session.checks.expectedState,
    nonce: session.checks.expectedNonce,
    ...extra,
  }
  if (SIGNS) asked = (await oidc.buildAuthorizationUrlWithJAR(config, asked, signingKey)).searchParams
  return PUSHES
    ? oidc.buildAuthorizationUrlWithPAR(config, asked, proving(config))
    : oidc.buildAuthorizationUrl(config, asked)
}

async function callback(session, answered) {
  const url = answered instanceof Request ? new URL(answered.url) : answered
  const config = await provider()
  const { checks } = session
  delete session.checks
  const tokens = await oidc.authorizationCodeGrant(config, answered, checks, {}, proving(config))
  const claims = tokens.claims()
  session.tokens = tokens
  return {
    claims,
    userinfo: await oidc.fetchUserInfo(config, tokens.access_token, claims.sub, proving(config)),
    tokens,
    answered_iss: url.searchParams.get('iss'),
  }
}

async function refresh(session) {
  const config = await provider()
  session.tokens = await oidc.refreshTokenGrant(config, session.tokens.refresh_token, {}, proving(config))
  return { claims: session.tokens.claims(), tokens: session.tokens }
}

async function signOut(session) {
  session.state = oidc.randomState()
  return oidc.buildEndSessionUrl(await provider(), {
    id_token_hint: session.tokens.id_token,
    post_logout_redirect_uri: `${HOME}/signed-out`,
    state: session.state,
  })
}

function sessionOf(request, response) {
  const id = new RegExp(`${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1]
  if (sessions.has(id)) return sessions.get(id)
  const fresh = randomUUID()
  sessions.set(fresh, {})
  response.setHeader('Set-Cookie', `${COOKIE}=${fresh}; HttpOnly; SameSite=Lax; Path=/`)
  return sessions.get(fresh)
}

// response_mode=form_post: openid-client reads the answer from a request itself.
async function formPosted(request, url) {
  return new Request(url, { method: 'POST', body: await bodyOf(request) })
}

async function bodyOf(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return new URLSearchParams(Buffer.concat(parts).toString())
}

async function answer(request, response) {
  const url = new URL(request.url, HOME)
  if (request.method === 'POST' && url.pathname === '/backchannel-logout') {
    logoutTokens.push((await bodyOf(request)).get('logout_token'))
    return {}
  }
  const session = sessionOf(request, response)
  switch (url.pathname) {
    case '/sign-in':
      return signIn(session, url)
    case '/callback':
      return callback(session, request.method === 'POST' ? await formPosted(request, url) : url)
    case '/refresh':
      return refresh(session)
    case '/sign-out':
      return signOut(session)
    case '/signed-out':
      return { state_came_back: url.searchParams.get('state') === session.state }
    case '/logout-tokens':
      return { tokens: logoutTokens }
    default:
      response.statusCode = 404
      return {}
  }
}

function problem(error) {
  return { error: error.error ?? error.code ?? error.name, description: error.error_description ?? error.message }
}

const server = createServer(async (request, response) => {
  const result = await answer(request, response).catch(problem)
  if (result instanceof URL) {
    response.writeHead(303, { Location: result.href }).end()
    return
  }
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(result))
})
server.listen({ fd: Number(process.argv[2]) })
process.stdin.resume().on('end', () => process.exit())
