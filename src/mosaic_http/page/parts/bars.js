// @ts-check
/** Shares as bars, one below the other: the label, the bar, the figure. */

import { html } from "../html.js";

/**
 * `share` is from 0 to 1, `text` what it amounts to in words.
 * @param {{rows: {label: string, share: number, text: string, color?: string}[], label: string}} props
 */
export function Bars({ rows, label }) {
  return html`<dl class="bars" aria-label=${label}>
    ${rows.map(
      (row) => html`<div key=${row.label} class="bar-row">
        <dt dir="auto">${row.label}</dt>
        <dd>
          <span class="bar-track" aria-hidden="true">
            <span class="bar-fill" style=${{ width: `${Math.min(1, Math.max(0, row.share)) * 100}%`, background: `var(--${row.color ?? "accent"})` }}></span>
          </span>
          <span class="bar-text">${row.text}</span>
        </dd>
      </div>`,
    )}
  </dl>`;
}
