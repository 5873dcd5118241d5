// @ts-check
/** A table. One that is wider than a phone scrolls by itself, by keyboard too. */

import { html, useState } from "../html.js";
import { t } from "../texts.js";

/**
 * `numbers` tells which columns have numbers, by index. The first cell of a row names it.
 * @param {{label: string, columns: string[], rows: any[][], numbers?: number[]}} props
 */
export function Table({ label, columns, rows, numbers = [] }) {
  /** @param {number} at */
  const look = (at) => (numbers.includes(at) ? "number" : undefined);
  return html`<div class="scroll" role="region" aria-label=${label} tabindex="0">
    <table class="table">
      <thead>
        <tr>
          ${columns.map((one, at) => html`<th key=${at} scope="col" class=${look(at)}>${one}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row, index) => html`<${Row} key=${index} cells=${row} look=${look} />`)}
      </tbody>
    </table>
  </div>`;
}

/**
 * @param {{cells: any[], look: (at: number) => string | undefined}} props
 */
function Row({ cells, look }) {
  const [name, ...rest] = cells;
  return html`<tr>
    <th scope="row" dir="auto" class=${look(0)}>${name}</th>
    ${rest.map((cell, at) => html`<td key=${at} dir="auto" class=${look(at + 1)}>${cell}</td>`)}
  </tr>`;
}

/**
 * What a chart shows as a table, made when somebody opens it; all columns but the first have numbers.
 * @param {{label: string, columns: string[], rowsOf: () => any[][]}} props
 */
export function AsTable({ label, columns, rowsOf }) {
  const [isOpen, setOpen] = useState(false);
  return html`<details class="small" onToggle=${(/** @type {any} */ event) => setOpen(event.target.open)}>
    <summary>${t("chart.table")}</summary>
    ${isOpen && html`<${Table} label="${label}: ${t("chart.table")}" columns=${columns} rows=${rowsOf()} numbers=${columns.map((_, at) => at).slice(1)} />`}
  </details>`;
}
