// @ts-check
/** Where one is logged in. */

import { useAnswer } from "../../answers.js";
import { html } from "../../html.js";
import { Sure, change } from "../../parts/changes.js";
import { moment } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { t } from "../../texts.js";

export function Sessions() {
  return html`<section class="card" aria-labelledby="sessions">
    <h2 id="sessions">${t("sessions.title")}</h2>
    <${Told} of=${useAnswer("sessions")}>
      ${(/** @type {any[]} */ sessions) =>
        html`<ul class="items">
          ${sessions.map((one) => html`<${Session} key=${one.id} session=${one} />`)}
        </ul>`}
    <//>
  </section>`;
}

/**
 * @param {{session: any}} props
 */
function Session({ session }) {
  const name = programOf(session.user_agent);
  return html`<li class="item">
    <div class="what">
      <p class="row">
        <strong dir="auto">${name}</strong>
        ${session.current && html`<span class="badge">${t("sessions.current")}</span>`}
      </p>
      <p class="soft small">
        ${t("sessions.times", { used: moment(session.last_used_at), since: moment(session.created_at) })}
      </p>
    </div>
    ${!session.current &&
    html`<${Sure}
      text=${t("sessions.end")}
      name=${t("sessions.end.named", { name })}
      question=${t("sessions.sure", { name, when: moment(session.created_at) })}
      onSure=${() => change("DELETE", `sessions/${session.id}`)}
    />`}
  </li>`;
}

/** Names that stand in what programs say of themselves; of several the first one counts. */
const BROWSERS = /** @type {const} */ ([
  ["Edg/", "Edge"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
]);
const SYSTEMS = /** @type {const} */ ([
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS", "macOS"],
  ["Linux", "Linux"],
]);

/**
 * Return the name of the program that logged in: a browser and its system, else what it calls itself.
 * @param {string} agent
 */
function programOf(agent) {
  const browser = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  const system = SYSTEMS.find(([mark]) => agent.includes(mark))?.[1];
  if (browser && system) return `${browser}, ${system}`;
  return agent.trim().slice(0, 60) || t("sessions.unknown");
}
