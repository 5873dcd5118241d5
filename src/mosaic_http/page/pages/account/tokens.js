// @ts-check
/** Personal access tokens: those there are, and a new one, whose text is shown once. */

import { html } from "../../html.js";
import { Delete, change } from "../../parts/changes.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { Options, Ticks, saidIn, tickedIn } from "../../parts/forms.js";
import { moment } from "../../parts/times.js";
import { Failure } from "../../parts/states.js";
import { currentUser } from "../../session.js";
import { t } from "../../texts.js";
import { Secrets } from "./secrets.js";

const LIVES_DAYS = [30, 90, 365];
const DAY_MS = 86_400_000;

export function Tokens() {
  return html`<${Secrets} kind="tokens" Row=${Token} Form=${NewToken} />`;
}

/**
 * @param {{one: any}} props
 */
function Token({ one: token }) {
  return html`<li class="item">
    <div class="what">
      <strong dir="auto">${token.name}</strong>
      <p class="soft small">${token.scopes.map((/** @type {string} */ one) => t(scopeText(one))).join(" · ")}</p>
      <p class="soft small">${usedText(token)} · ${endText(token)}</p>
    </div>
    <${Delete} path="tokens/${token.id}" name=${token.name} question=${t("tokens.sure", { name: token.name })} />
  </li>`;
}

/**
 * @param {{onMade: (secret: string) => void}} props
 */
function NewToken({ onMade }) {
  const { isBusy, error, run } = useAction();
  const scopes = currentUser().is_admin ? ["read", "write", "ingest", "admin"] : ["read", "write", "ingest"];
  /** @param {Event} event */
  async function make(event) {
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const scopes = tickedIn(event, "scope");
    const { name, days } = saidIn(event);
    const expires_at = days ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null;
    const went = await run(async () => onMade((await change("POST", "tokens", { name, scopes, expires_at })).token));
    if (went) form.reset();
  }
  return html`<form onSubmit=${make}>
    <${Field} label=${t("tokens.name")} hint=${t("tokens.name.hint")} name="name" required maxlength="80" />
    <${Ticks} label=${t("tokens.scopes")} name="scope" ticked=${["read"]} choices=${scopes.map((one) => [one, t(scopeText(one))])} />
    <${Field} label=${t("tokens.life")} name="days" control="select">
      <${Options} choices=${[["", t("tokens.life.endless")], ...LIVES_DAYS.map((n) => [String(n), t("tokens.life.days", { n })])]} />
    <//>
    ${error && html`<${Failure} error=${error} />`}
    <div class="row"><button class="primary" disabled=${isBusy}>${t("tokens.make")}</button></div>
  </form>`;
}

/**
 * @param {string} scope
 */
function scopeText(scope) {
  return /** @type {import("../../texts.js").Key} */ (`tokens.scope.${scope}`);
}

/**
 * @param {any} token
 */
function usedText({ last_used_at }) {
  return last_used_at === null ? t("tokens.unused") : t("tokens.used", { when: moment(last_used_at) });
}

/**
 * @param {any} token
 */
function endText({ expires_at }) {
  if (expires_at === null) return t("tokens.endless");
  return t(Date.parse(expires_at) < Date.now() ? "tokens.ended" : "tokens.ends", { when: moment(expires_at) });
}
