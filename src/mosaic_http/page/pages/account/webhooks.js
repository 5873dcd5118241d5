// @ts-check
/** Webhooks: addresses that are told what happens, and a new one, whose secret is shown once. */

import { Refusal } from "../../api.js";
import { html } from "../../html.js";
import { Delete, Switch, change } from "../../parts/changes.js";
import { useAction } from "../../parts/dialog.js";
import { Field } from "../../parts/field.js";
import { Ticks, saidIn, tickedIn } from "../../parts/forms.js";
import { moment } from "../../parts/times.js";
import { Failure } from "../../parts/states.js";
import { Words } from "../../parts/words.js";
import { currentUser } from "../../session.js";
import { t } from "../../texts.js";
import { say } from "../../toasts.js";
import { Secrets } from "./secrets.js";

const EVENTS = ["entry.added", "day.finalized", "streak.reached"];
const ADMIN_EVENTS = [...EVENTS, "backup.failed"];

export function Webhooks() {
  return html`<${Secrets} kind="webhooks" Row=${Webhook} Form=${NewWebhook} />`;
}

/**
 * @param {{one: any}} props
 */
function Webhook({ one: webhook }) {
  const { id, url, events, enabled, last_error } = webhook;
  const { isBusy, error, run } = useAction();
  async function test() {
    const told = await change("POST", `webhooks/${id}/test`);
    if (!told.delivered) throw new Refusal(t("webhooks.refused"), told.error);
    say(t("webhooks.delivered"));
  }
  return html`<li class="item">
    <div class="what">
      <strong dir="auto">${url}</strong>
      <p class="soft small">${events.map((/** @type {string} */ one) => t(eventText(one))).join(" · ")}</p>
      <p class="soft small">${deliveredText(webhook)}</p>
      ${last_error !== null && html`<p class="bad small"><${Words} ours=${t("webhooks.error")} theirs=${last_error} /></p>`}
      ${error && html`<${Failure} error=${error} />`}
      <${Switch} path="webhooks/${id}" isOn=${enabled} text=${t("webhooks.enabled")} />
    </div>
    <button type="button" class="plain" aria-label=${t("webhooks.test.named", { url })} disabled=${isBusy} onClick=${() => run(test)}>
      ${t("webhooks.test")}
    </button>
    <${Delete} path="webhooks/${id}" name=${url} question=${t("webhooks.sure")} />
  </li>`;
}

/**
 * @param {{onMade: (secret: string) => void}} props
 */
function NewWebhook({ onMade }) {
  const { isBusy, error, run } = useAction();
  const events = currentUser().is_admin ? ADMIN_EVENTS : EVENTS;
  /** @param {Event} event */
  async function make(event) {
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const events = tickedIn(event, "event");
    const { url } = saidIn(event);
    const went = await run(async () => onMade((await change("POST", "webhooks", { url, events })).secret));
    if (went) form.reset();
  }
  return html`<form onSubmit=${make}>
    <${Field} label=${t("webhooks.url")} name="url" type="url" required maxlength="2000" placeholder="https://" spellcheck="false" />
    <${Ticks} label=${t("webhooks.events")} name="event" ticked=${["entry.added"]} choices=${events.map((one) => [one, t(eventText(one))])} />
    ${error && html`<${Failure} error=${error} />`}
    <div class="row"><button class="primary" disabled=${isBusy}>${t("webhooks.make")}</button></div>
  </form>`;
}

/**
 * @param {string} event
 */
function eventText(event) {
  return /** @type {import("../../texts.js").Key} */ (`webhooks.event.${event}`);
}

/**
 * @param {any} webhook
 */
function deliveredText({ last_delivered_at, given_up }) {
  const last = last_delivered_at === null ? t("webhooks.undelivered") : t("webhooks.last", { when: moment(last_delivered_at) });
  return given_up === 0 ? last : `${last} · ${t("webhooks.lost", { n: given_up })}`;
}
