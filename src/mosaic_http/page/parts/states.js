// @ts-check
/** What is shown while there is nothing to show. */

import { NoAnswer, Refusal } from "../api.js";
import { html } from "../html.js";
import { t } from "../texts.js";
import { Words } from "./words.js";

export function Loading() {
  return html`<p class="waiting" role="status">${t("loading")}</p>`;
}

/** Why something was not done. @param {{error: Error}} props */
export function Failure({ error }) {
  const { ours, theirs } = error instanceof Refusal ? error : { ours: error.message, theirs: null };
  return html`<p class="notice failed" role="alert"><${Words} ours=${ours} theirs=${theirs} /></p>`;
}

/**
 * In place of an answer that is not there: why, or that it is on its way.
 * @param {{error: Error | null}} props
 */
export function Missing({ error }) {
  if (!error) return html`<${Loading} />`;
  return html`<${Failure} error=${error instanceof NoAnswer ? new Error(t("offline.unseen")) : error} />`;
}

/** Above an answer from before, while the server cannot be asked. */
export function Old() {
  return html`<p class="notice">${t("offline.old")}</p>`;
}
