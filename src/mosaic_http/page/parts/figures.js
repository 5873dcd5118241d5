// @ts-check
/** Figures as cards: a name, the figure, and what it is of. */

import { html } from "../html.js";

/**
 * @param {{figures: [string, string, string?][], inThirds?: boolean}} props
 */
export function Figures({ figures, inThirds = false }) {
  return html`<dl class="figures ${inThirds ? "thirds" : ""}">
    ${figures.map(
      ([name, value, about]) => html`<div key=${name} class="card">
        <dt class="small soft">${name}</dt>
        <dd><span class="figure">${value}</span> <span class="small soft">${about}</span></dd>
      </div>`,
    )}
  </dl>`;
}
