// @ts-check
/** The charts of the body: bars and lines over hours, days or months, and samples over a day; each a table too. */

import { html } from "../../html.js";
import { PLAIN, Plot, axisLook, colour } from "../../parts/plot.js";
import { AsTable } from "../../parts/table.js";
import { clockTime } from "../../parts/times.js";
import { currentUser } from "../../session.js";
import { number, t } from "../../texts.js";
import { hoursOf } from "./measured.js";

/**
 * `named` says what the names are ("Day"), `write` writes a value; one grid line stands for `step` of them, or a
 * multiple, and `scale` writes it.
 * @typedef {{label: string, named: string, names: string[], values: (number | null)[],
 *   write: (value: number) => string, scale?: (value: number) => string, step?: number}} Shown
 */

const MULTIPLES = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];
const LETTER_WIDTH = 8;
const NAMES_HEIGHT = 30;

/** @param {Shown} props */
export function Bars(props) {
  return html`<${Chart} ...${props} least=${0} kind="bars" />`;
}

/** @param {Shown} props */
export function Line(props) {
  return html`<${Chart} ...${props} kind="line" />`;
}

/** @param {Shown & {kind: "bars" | "line", least?: number}} props */
function Chart({ label, named, names, values, write, scale = number, step = 1, kind, least }) {
  /** @param {import("../../parts/plot.js").UPlot} UPlot */
  function optionsOf(UPlot) {
    const look = { stroke: colour("accent"), fill: kind === "bars" ? colour("accent") : undefined };
    const paths = kind === "bars" ? { width: 0, paths: UPlot.paths.bars({ size: [0.7, 48] }), points: { show: false } } : {};
    return {
      ...PLAIN,
      scales: { x: { time: false, range: () => [-0.5, names.length - 0.5] }, y: { range: rangeFrom(least) } },
      axes: [
        { ...axisLook(), size: NAMES_HEIGHT, space: (Math.max(...names.map((one) => one.length)) + 1) * LETTER_WIDTH, incrs: MULTIPLES, values: namesAt(names) },
        { ...axisLook(), size: 60, incrs: MULTIPLES.map((one) => one * step), values: scaledBy(scale) },
      ],
      series: [{}, { label, width: 2, spanGaps: true, points: { size: 6 }, ...look, ...paths }],
    };
  }
  const written = values.map((value) => (value === null ? "–" : write(value)));
  return html`<figure class="chart">
    <${Plot}
      label=${label}
      data=${[names.map((_, at) => at), values]}
      optionsOf=${optionsOf}
      told=${(/** @type {number} */ at) => `${names[at]}: ${written[at]}`}
    />
    <${AsTable} label=${label} columns=${[named, t("chart.value")]} rowsOf=${() => names.map((name, at) => [name, written[at]])} />
  </figure>`;
}

/**
 * Samples of heart rate over a day.
 * @param {{label: string, samples: [number[], number[]]}} props
 */
export function Samples({ label, samples }) {
  const [times, rates] = samples;
  const zone = currentUser().timezone;
  /** @param {import("../../parts/plot.js").UPlot} UPlot */
  const optionsOf = (UPlot) => ({
    ...PLAIN,
    tzDate: (/** @type {number} */ at) => UPlot.tzDate(new Date(at * 1000), zone),
    scales: { y: { range: rangeFrom() } },
    axes: [
      { ...axisLook(), size: NAMES_HEIGHT, space: 70, values: (/** @type {unknown} */ _, /** @type {number[]} */ at) => at.map((one) => clockTime(one * 1000)) },
      { ...axisLook(), size: 44, values: scaledBy(number) },
    ],
    series: [{}, { label, stroke: colour("bad"), width: 1.5, points: { show: times.length < 2 } }],
  });
  const rowsOf = () => hoursOf(samples, zone).map(({ hour, least, average, most }) => [hour, number(least), number(Math.round(average)), number(most)]);
  return html`<figure class="chart">
    <${Plot}
      label=${label}
      data=${samples}
      optionsOf=${optionsOf}
      told=${(/** @type {number} */ at) => `${clockTime(times[at] * 1000)}: ${t("body.beats", { n: rates[at] })}`}
    />
    <${AsTable}
      label=${label}
      columns=${[t("body.hour"), t("body.heart.least"), t("body.heart.average"), t("body.heart.most")]}
      rowsOf=${rowsOf}
    />
  </figure>`;
}

const MARGIN = 0.08;
/** So that what hardly changes looks so. */
const SMALLEST_SPAN = 10;

/** @param {string[]} names */
function namesAt(names) {
  return (/** @type {unknown} */ _, /** @type {number[]} */ at) => at.map((one) => names[one] ?? "");
}

/** @param {(value: number) => string} scale */
function scaledBy(scale) {
  return (/** @type {unknown} */ _, /** @type {number[]} */ at) => at.map((one) => scale(one));
}

/**
 * Return what makes the range of a scale: from `least`, else a little below the lowest value.
 * @param {number} [least]
 */
function rangeFrom(least) {
  return (/** @type {unknown} */ _, /** @type {number} */ low, /** @type {number} */ high) => {
    const room = (high - (least ?? low)) * MARGIN || 1;
    if (least !== undefined) return [least, high + room];
    const lacking = Math.max(0, SMALLEST_SPAN - (high - low)) / 2;
    return [low - room - lacking, high + room + lacking];
  };
}
