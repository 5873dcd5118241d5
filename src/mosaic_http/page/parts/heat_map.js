// @ts-check
/** Days as small squares, a column for each week: the darker, the more was done. */

import { dayText, daysBetween, monthEnd, weekday } from "../dates.js";
import { isOver, shareOf } from "../habits.js";
import { html, useMemo } from "../html.js";
import { t } from "../texts.js";

/** @typedef {import("../overlay.js").Day} Day */

const CELL = 12;
const SIZE = 10;
const TOP = 16;

/**
 * All squares of one shade are one drawing, so that many maps cost little. Whoever clicks on a day picks it; the
 * calendar does the same by keyboard.
 * @param {{days: Day[], habit: any, label: string, onPick?: (date: string) => void}} props
 */
export function HeatMap({ days, habit, label, onPick }) {
  const drawn = useMemo(() => drawing(days, habit), [days, habit]);
  if (days.length === 0) return null;
  const first = weekday(days[0].date);
  /** @param {any} event */
  function pick(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const scale = drawn.width / box.width;
    const column = Math.floor(((event.clientX - box.left) * scale) / CELL);
    const row = Math.floor(((event.clientY - box.top) * scale - TOP) / CELL);
    const day = days[column * 7 + row - first];
    if (row >= 0 && row < 7 && day !== undefined) onPick?.(day.date);
  }
  return html`<svg
    class="heat ${onPick ? "can-pick" : ""}"
    viewBox="0 0 ${drawn.width} ${TOP + 7 * CELL}"
    role="img"
    aria-label=${label}
    onClick=${onPick && pick}
  >
    ${drawn.months.map(({ x, text }) => html`<text key=${x} x=${x} y="10">${text}</text>`)}
    ${Object.entries(drawn.paths).map(([shade, path]) => html`<path key=${shade} class="heat-${shade}" d=${path} />`)}
  </svg>`;
}

/** What the shades mean. */
export function HeatLegend() {
  return html`<p class="small soft heat-legend">
    <span>${t("heat.less")}</span>
    ${[0, 1, 2, 3, 4].map((level) => html`<span key=${level} class="heat-square back-${level}"></span>`)}
    <span>${t("heat.more")}</span>
    <span class="heat-word"><span class="heat-square back-missed"></span>${t("state.missed")}</span>
    <span class="heat-word"><span class="heat-square back-paused"></span>${t("state.paused")}</span>
    <span class="heat-word"><span class="heat-square back-over"></span>${t("state.over")}</span>
  </p>`;
}

/**
 * @param {Day[]} days
 * @param {any} habit
 */
function drawing(days, habit) {
  /** @type {Record<string, string>} */
  const paths = {};
  const months = [];
  const first = days.length === 0 ? 0 : weekday(days[0].date);
  for (const [index, day] of days.entries()) {
    const place = first + index;
    const x = Math.floor(place / 7) * CELL;
    const shade = shadeOf(habit, day);
    const y = TOP + (place % 7) * CELL;
    paths[shade] = `${paths[shade] ?? ""}M${x} ${y}h${SIZE}v${SIZE}h-${SIZE}z`;
    if (shade === "over") paths.cross = `${paths.cross ?? ""}M${x + 2} ${y + 2}l6 6m0 -6l-6 6`;
    if (day.date.endsWith("-01") || (index === 0 && daysBetween(day.date, monthEnd(day.date)) > 14)) {
      months.push({ x, text: dayText(day.date, { month: "short" }) });
    }
  }
  return { paths, months, width: Math.ceil((first + days.length) / 7) * CELL };
}

/**
 * @param {any} habit
 * @param {Day} day
 */
export function shadeOf(habit, day) {
  if (isOver(habit, day.value)) return "over";
  const level = Math.ceil(shareOf(habit, day) * 4);
  if (level === 0 && (day.state === "missed" || day.state === "paused")) return day.state;
  return String(level);
}
