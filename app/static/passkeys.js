// Asks the browser for a passkey and sends its answer with the form that holds the button (Web Authentication Level 3).
// A form with data-passkey ("get" or "create") has data-options, the options as JSON, and a hidden field "answer".

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const descriptors = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function publicKey(kind, json) {
  const options = { ...json, challenge: bytes(json.challenge) };
  if (kind === "create") {
    options.user = { ...json.user, id: bytes(json.user.id) };
    options.excludeCredentials = descriptors(json.excludeCredentials);
  } else {
    options.allowCredentials = descriptors(json.allowCredentials);
  }
  return options;
}

function answerOf(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    answer.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: answer });
}

function prepare(form) {
  const kind = form.dataset.passkey;
  const options = publicKey(kind, JSON.parse(form.dataset.options));
  const button = form.querySelector("[data-passkey-button]");
  const problem = form.querySelector("[data-passkey-problem]");
  let waiting;

  async function ask(more = {}) {
    waiting?.abort();
    waiting = new AbortController();
    const credential = await navigator.credentials[kind]({ publicKey: options, signal: waiting.signal, ...more });
    form.elements.answer.value = answerOf(credential);
    form.submit();
  }

  button.addEventListener("click", async () => {
    problem.hidden = true;
    try {
      await ask();
    } catch (error) {
      problem.hidden = false;
      button.focus();
    }
  });
  button.hidden = false;
  form.querySelector("[data-passkey-unsupported]").hidden = true;

  if ("autofill" in form.dataset) {
    PublicKeyCredential.isConditionalMediationAvailable?.().then((available) => {
      // Ends when the button is pressed, or when somebody dismisses it: no reason to complain.
      if (available) ask({ mediation: "conditional" }).catch(() => {});
    });
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) prepare(form);
}
