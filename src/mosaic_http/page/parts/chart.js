// @ts-check
/** A line over days, drawn by uPlot; and the same as a table. */

import { dayText } from "../dates.js";
import { html, useMemo } from "../html.js";
import { t } from "../texts.js";
import { PLAIN, Plot, axisLook, colour } from "./plot.js";
import { AsTable } from "./table.js";

/**
 * `dates` are days in order, `named` says what the values are, `format` writes one, and `range` bounds the scale.
 * @param {{label: string, named: string, dates: string[], values: number[], format: (value: number) => string,
 *   range: [number, number]}} props
 */
export function Chart({ label, named, dates, values, format, range }) {
  const days = useMemo(() => dates.map((date) => Date.parse(`${date}T00:00:00Z`) / 1000), [dates]);
  /** @param {number} at */
  const day = (at) => dayText(dates[at], { dateStyle: "medium" });
  return html`<figure class="chart">
    <${Plot}
      label=${label}
      data=${[days, values]}
      height=${200}
      optionsOf=${() => options(named, format, range)}
      told=${(/** @type {number} */ at) => `${day(at)}: ${named} ${format(values[at])}`}
    />
    <${AsTable} label=${label} columns=${[t("chart.day"), named]} rowsOf=${() => values.map((value, at) => [day(at), format(value)])} />
  </figure>`;
}

/**
 * @param {string} label
 * @param {(value: number) => string} format
 * @param {[number, number]} range
 */
function options(label, format, range) {
  return {
    ...PLAIN,
    scales: { x: { time: true }, y: { range: () => range } },
    axes: [
      { ...axisLook(), space: 70, size: 30, values: (/** @type {unknown} */ _, /** @type {number[]} */ at) => at.map(axisDay) },
      { ...axisLook(), size: 56, values: (/** @type {unknown} */ _, /** @type {number[]} */ at) => at.map(format) },
    ],
    series: [{}, { label, stroke: colour("accent"), width: 2, points: { show: false }, spanGaps: true }],
  };
}

/** @param {number} seconds */
function axisDay(seconds) {
  return dayText(new Date(seconds * 1000).toISOString().slice(0, 10), { day: "numeric", month: "numeric", year: "2-digit" });
}
