// @ts-check
/** The door: log in, or make an account. The very first visitor is asked to make theirs. */

import { ApiError, ask, credentials } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { outbox } from "../outbox.js";
import { useAction } from "../parts/dialog.js";
import { Field } from "../parts/field.js";
import { Failure, Loading } from "../parts/states.js";
import { go } from "../router.js";
import { logIn, makeAccount, session } from "../session.js";
import { useSignal } from "../signals.js";
import { t } from "../texts.js";

/**
 * `user` is who was here last, if there was somebody.
 * @param {{user: import("../session.js").User | null}} props
 */
export function Login({ user }) {
  const { greeting, error } = useGreeting();
  const [isNew, setNew] = useState(false);
  const isFirst = greeting?.first_account === true && greeting.registration_open;
  useEffect(() => {
    document.title = "Mosaic";
  }, []);
  if (greeting === null && error === null && user === null) {
    return html`<main class="door"><${Loading} /></main>`;
  }
  return html`<main class="door">
    <p class="brand"><span class="logo" aria-hidden="true"></span>Mosaic</p>
    ${isFirst || isNew ? html`<${Newcomer} isFirst=${isFirst} />` : html`<${Returning} user=${user} greeting=${greeting} />`}
    ${error && html`<${Failure} error=${error} />`}
    ${!isFirst &&
    greeting?.registration_open &&
    html`<button class="plain" onClick=${() => setNew(!isNew)}>${t(isNew ? "login.known" : "login.new")}</button>`}
  </main>`;
}

function useGreeting() {
  const [greeting, setGreeting] = useState(/** @type {{first_account: boolean, registration_open: boolean} | null} */ (null));
  const [error, setError] = useState(/** @type {Error | null} */ (null));
  useEffect(() => {
    ask("GET", "app/greeting").then(setGreeting, setError);
  }, []);
  return { greeting, error };
}

/**
 * @param {{isFirst: boolean}} props
 */
function Newcomer({ isFirst }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const { isBusy, error, run } = useAction();
  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    await run(() => makeAccount({ username, password }));
    if (session.get().status === "in") go("start");
  }
  const isTaken = error instanceof ApiError && error.code === "conflict";
  return html`<h1>${t(isFirst ? "welcome.title" : "login.new")}</h1>
    <p class="soft">${t(isFirst ? "welcome.text" : "welcome.text.more")}</p>
    <form onSubmit=${submit}>
      <${Name} value=${username} onInput=${setUsername} hint=${t("login.name.hint")} wrong=${isTaken ? t("login.taken") : null} />
      <${Password} value=${password} onInput=${setPassword} kind="new-password" hint=${t("login.password.hint")} />
      ${error && !isTaken && html`<${Failure} error=${error} />`}
      <button class="primary" disabled=${isBusy}>${t("welcome.make")}</button>
    </form>`;
}

/**
 * @param {{user: import("../session.js").User | null, greeting: any}} props
 */
function Returning({ user, greeting }) {
  return html`<h1>${t("login.title")}</h1>
    ${greeting?.first_account && html`<p class="notice">${t("login.closed")}</p>`}
    <${LoginForm} user=${user} />`;
}

/**
 * `user` is whose session has ended, if there was one.
 * @param {{user: import("../session.js").User | null}} props
 */
export function LoginForm({ user }) {
  const [username, setUsername] = useState(user?.username ?? "");
  const [password, setPassword] = useState("");
  const [apiKey, setApiKey] = useState("");
  const waiting = useSignal(outbox).length;
  const { isBusy, error, run } = useAction();
  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    credentials.apiKey = apiKey || null;
    await run(() => logIn(username, password));
  }
  const isKeyWanted = error instanceof ApiError && error.code === "unauthorized";
  return html`${user && html`<p class="notice">${t(waiting > 0 ? "login.ended.waiting" : "login.ended", { n: waiting })}</p>`}
    <form onSubmit=${submit}>
      <${Name} value=${username} onInput=${setUsername} />
      <${Password} value=${password} onInput=${setPassword} kind="current-password" />
      ${(isKeyWanted || apiKey) &&
      html`<${Field}
        label=${t("login.key")}
        hint=${t("login.key.hint")}
        type="password"
        autocomplete="off"
        value=${apiKey}
        onInput=${(/** @type {any} */ event) => setApiKey(event.target.value)}
      />`}
      ${error && html`<${Failure} error=${error} />`}
      <button class="primary" disabled=${isBusy}>${t("login.do")}</button>
    </form>`;
}

/**
 * @param {{value: string, onInput: (value: string) => void, hint?: string, wrong?: string | null}} props
 */
function Name({ value, onInput, hint, wrong }) {
  return html`<${Field}
    label=${t("login.name")}
    hint=${hint}
    wrong=${wrong}
    name="username"
    autocomplete="username"
    autocapitalize="none"
    spellcheck="false"
    required
    maxlength="80"
    value=${value}
    onInput=${(/** @type {any} */ event) => onInput(event.target.value)}
  />`;
}

/**
 * @param {{value: string, onInput: (value: string) => void, kind: string, hint?: string}} props
 */
function Password({ value, onInput, kind, hint }) {
  return html`<${Field}
    label=${t("login.password")}
    hint=${hint}
    name="password"
    type="password"
    autocomplete=${kind}
    required
    minlength=${kind === "new-password" ? "8" : undefined}
    maxlength="1024"
    value=${value}
    onInput=${(/** @type {any} */ event) => onInput(event.target.value)}
  />`;
}
