// @ts-check
/** What waits to be sent, and what was stopped: nothing goes away by itself. */

import { dayText } from "../dates.js";
import { html } from "../html.js";
import { giveUp, insist, outbox } from "../outbox.js";
import { Words } from "../parts/words.js";
import { useSignal } from "../signals.js";
import { number, t } from "../texts.js";
import { sayFailed } from "../toasts.js";

/** @typedef {import("../outbox.js").Waiting} Waiting */

export function Page() {
  const waiting = useSignal(outbox);
  return html`<h1>${t("outbox.title")}</h1>
    <p class="soft">${t(waiting.length === 0 ? "outbox.empty" : "outbox.text")}</p>
    ${waiting.length > 0 && html`<ul class="list">${waiting.map((one) => html`<${Row} key=${one.key} one=${one} />`)}</ul>`}`;
}

/** @param {{one: Waiting}} props */
function Row({ one }) {
  return html`<li class="stack">
    <div>
      <strong dir="auto">${one.kind === "request" ? one.about : one.activity}</strong>
      ${one.kind !== "request" && html`<p class="soft" dir="auto">${wantedText(one)}</p>`}
    </div>
    ${one.stopped && html`<${Stopped} one=${one} />`}
  </li>`;
}

/** @param {{one: Waiting}} props */
function Stopped({ one }) {
  const stopped = /** @type {import("../outbox.js").Stop} */ (one.stopped);
  const isChanged = stopped.why === "changed";
  const theirs = stopped.why === "refused" ? stopped.theirs : null;
  return html`<p class="notice failed" dir="auto"><${Words} ours=${stoppedText(stopped)} theirs=${theirs} /></p>
    <div class="row">
      <button onClick=${() => insist(one).catch(sayFailed)}>${t(isChanged ? "outbox.insist" : "outbox.again")}</button>
      <button class="danger" onClick=${() => giveUp(one).catch(sayFailed)}>
        ${t(isChanged ? "outbox.leave" : "outbox.giveup")}
      </button>
    </div>`;
}

/** @param {import("../outbox.js").Stop} stopped */
function stoppedText(stopped) {
  if (stopped.why === "changed") return t("outbox.changed", { there: markText(stopped.there) });
  return stopped.why === "gone" ? t("outbox.gone") : `${t("outbox.refused")} ${stopped.message}`.trim();
}

/** @param {Exclude<Waiting, {kind: "request"}>} one */
function wantedText(one) {
  const day = dayText(one.date, { dateStyle: "medium" });
  if (one.kind === "no-entry") return t("outbox.no-entry", { day });
  return t("outbox.entry", { day, value: markText(one) });
}

/** @param {import("../outbox.js").Mark | null} mark */
function markText(mark) {
  if (mark === null) return t("outbox.nothing");
  return mark.note === "" ? number(mark.value) : `${number(mark.value)} (${mark.note})`;
}
