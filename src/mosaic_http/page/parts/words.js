// @ts-check
/** What is said in our words and, where they say more, in the server's, which are English. */

import { html } from "../html.js";

/**
 * Show our words, and after them the server's as a sentence of its own.
 * @param {{ours: string, theirs?: string | null}} props
 */
export function Words({ ours, theirs }) {
  return html`${ours}${theirs && html`${" "}<span lang="en" dir="auto">${sentence(theirs)}</span>`}`;
}

/**
 * Return a text of the server with a full stop.
 * @param {string} text
 */
export function sentence(text) {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
