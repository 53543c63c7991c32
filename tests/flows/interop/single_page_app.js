// A single-page app: everything of the protocol is done by oidc-client-ts, in the browser. Our own part only
// leads the browser, by the path that it is opened at, and shows what came of it, as JSON.

async function manager() {
  const { issuer, client_id, proves } = await (await fetch('/configuration.json')).json()
  return new oidc.UserManager({
    authority: issuer,
    client_id,
    redirect_uri: `${location.origin}/callback`,
    post_logout_redirect_uri: `${location.origin}/signed-out`,
    scope: 'openid profile email entitlements offline_access',
    // oidc-client-ts asks for userinfo without a proof.
    loadUserInfo: !proves,
    ...(proves && { dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } }),
  })
}

function shown(user) {
  const { access_token, refresh_token, token_type } = user
  return { profile: user.profile, tokens: { access_token, refresh_token, token_type } }
}

// Userinfo with a proof of the app's key, once more with the nonce that the answer asks for (RFC 9449 §8.2).
async function proven(users, user, nonce) {
  const address = await users.metadataService.getUserInfoEndpoint()
  const DPoP = await users.dpopProof(address, user, 'GET', nonce)
  const answer = await fetch(address, { headers: { Authorization: `DPoP ${user.access_token}`, DPoP } })
  const asked = answer.headers.get('DPoP-Nonce')
  return answer.status === 401 && asked && !nonce ? proven(users, user, asked) : answer.json()
}

const steps = {
  // What stands in the query (prompt …) is added to the authorization request.
  '/sign-in': async (users, asked) => {
    await users.signinRedirect(Object.fromEntries(asked))
  },
  '/callback': async (users) => shown(await users.signinRedirectCallback()),
  '/renewed': async (users) => shown(await users.signinSilent()),
  '/renewed-with': async (users, asked) => {
    const user = await users.getUser()
    user.refresh_token = asked.get('refresh_token')
    await users.storeUser(user)
    return shown(await users.signinSilent())
  },
  '/proven': async (users) => proven(users, await users.getUser()),
  '/given-back': async (users) => {
    await users.revokeTokens(['refresh_token'])
    return { revoked: true }
  },
  '/sign-out': async (users) => {
    await users.signoutRedirect({ state: 'where I was' })
  },
  '/signed-out': async (users) => ({ state: (await users.signoutRedirectCallback()).userState }),
}

addEventListener('DOMContentLoaded', async () => {
  const step = steps[location.pathname]
  if (!step) return
  const result = await step(await manager(), new URLSearchParams(location.search)).catch((error) => ({
    error: error.error ?? error.name,
    description: error.error_description ?? error.message,
  }))
  if (result) document.getElementById('shown').textContent = JSON.stringify(result)
})
