// A department's own OpenID provider, run by npm oidc-provider as its documentation says; ours are the accounts.
// Environment: ISSUER, RETURN (Lanyard's redirect URI), LOGOUT and SIGNED_OUT (where it hears of sign-outs, and people
// come back from one), LANYARD_KEYS (its jwks_uri), ACR (what it says of a sign-in).
// Argument: the descriptor of a socket that listens.
import http from "node:http";
import * as oidc from "oidc-provider";

const { ISSUER, RETURN, LOGOUT, SIGNED_OUT, LANYARD_KEYS, ACR } = process.env;

const provider = new oidc.Provider(ISSUER, {
  clients: [
    {
      client_id: "lanyard",
      redirect_uris: [RETURN],
      post_logout_redirect_uris: [SIGNED_OUT],
      backchannel_logout_uri: LOGOUT,
      backchannel_logout_session_required: true,
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "RS256",
      jwks_uri: LANYARD_KEYS,
    },
  ],
  acrValues: [ACR],
  claims: { openid: ["sub"], acr: null, auth_time: null, iss: null, sid: null },
  // Its own guard against addresses of the machine itself, where this Lanyard is.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, registration: { enabled: true } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(context) {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid");
    await grant.save();
    return grant;
  },
});

provider.on("grant.error", (_context, error) => console.error(error));
provider.on("backchannel.error", (_context, error) => console.error(error));
provider.on("server_error", (_context, error) => console.error(error));

function body(request) {
  return new Promise((resolve) => {
    let text = "";
    request.on("data", (piece) => (text += piece));
    request.on("end", () => resolve(new URLSearchParams(text)));
  });
}

async function interaction(request, response) {
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end(`<h1>Department sign-in</h1><form method="post">
      <label>Account <input id="account" name="account"></label>
      <button id="enter" name="enter" value="1">Sign in</button>
      <button id="cancel" name="cancel" value="1">Cancel</button></form>`);
    return;
  }
  const form = await body(request);
  const result = form.has("cancel")
    ? { error: "access_denied", error_description: "the person cancelled" }
    : { login: { accountId: form.get("account"), acr: ACR, amr: ["pwd", "otp"] } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
http
  .createServer((request, response) => {
    const handle = request.url.startsWith("/interaction/") ? interaction : answer;
    Promise.resolve(handle(request, response)).catch((error) => {
      console.error(error);
      response.statusCode = 500;
      response.end();
    });
  })
  .listen({ fd: Number(process.argv[2]) });
