// @ts-check
/** One day: its steps by hour, the night that ended on it, and the heart rate from minute to minute. */

import { useAnswer } from "../../answers.js";
import { html } from "../../html.js";
import { clockTime, duration } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { currentUser } from "../../session.js";
import { number, t } from "../../texts.js";
import { Bars, Samples } from "./charts.js";
import { samplesOf, stepsByHour } from "./measured.js";
import { NightChart, StageList } from "./nights.js";
import { MOST_RECORDS, useNights, useRecords } from "./records.js";

/** @typedef {{steps: number, sleep: {total_min: number, efficiency: number | null, sessions: number},
 *   hr: {rest: number | null, avg: number | null, min: number | null, max: number | null}}} Picture */

/**
 * @param {{day: string}} props
 */
export function Day({ day }) {
  return html`<${Told} of=${useAnswer(`wearable/day?date=${day}`)}>
    ${(/** @type {Picture} */ picture) =>
      html`<${Steps} day=${day} total=${picture.steps} />
        <${Sleep} day=${day} sleep=${picture.sleep} />
        <${Heart} day=${day} heart=${picture.hr} />`}
  <//>`;
}

/**
 * @param {{day: string, total: number}} props
 */
function Steps({ day, total }) {
  return html`<section class="card" aria-labelledby="steps">
    <h2 id="steps">${t("body.steps")}</h2>
    ${total === 0
      ? html`<p class="soft">${t("body.none")}</p>`
      : html`<p class="figure">${number(total)}</p>
          <${Hours} day=${day} total=${total} />`}
  </section>`;
}

/**
 * @param {{day: string, total: number}} props
 */
function Hours({ day, total }) {
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour));
  return html`<${Told} of=${useRecords("steps", day)}>
    ${(/** @type {any[]} */ steps) =>
      html`<${Bars}
        label=${t("body.steps.hours")}
        named=${t("body.hour")}
        names=${hours}
        values=${stepsByHour(steps, day, currentUser().timezone, total)}
        write=${(/** @type {number} */ value) => number(Math.round(value))}
      />`}
  <//>`;
}

/**
 * @param {{day: string, sleep: Picture["sleep"]}} props
 */
function Sleep({ day, sleep }) {
  const nights = useNights(day) ?? [];
  return html`<section class="card" aria-labelledby="sleep">
    <h2 id="sleep">${t("body.sleep")}</h2>
    ${sleep.sessions === 0
      ? html`<p class="soft">${t("body.none")}</p>`
      : html`<div class="row">
            <p class="figure">${duration(sleep.total_min)}</p>
            ${sleep.efficiency !== null && html`<p class="soft">${t("body.efficiency", { n: Math.round(sleep.efficiency) })}</p>`}
          </div>
          ${nights.map(
            (night) => html`<div key=${night.start} class="stack">
              <p class="soft">${clockTime(night.start)} – ${clockTime(night.end)}</p>
              ${night.spans.length === 0
                ? html`<p class="soft">${t("body.stages.none")}</p>`
                : html`<${NightChart} night=${night} /><${StageList} nights=${[night]} />`}
            </div>`,
          )}`}
  </section>`;
}

/**
 * @param {{day: string, heart: Picture["hr"]}} props
 */
function Heart({ day, heart }) {
  return html`<section class="card" aria-labelledby="heart">
    <h2 id="heart">${t("body.heart")}</h2>
    ${heart.avg === null
      ? html`<p class="soft">${t("body.none")}</p>`
      : html`<dl class="figures">
            <div><dt>${t("body.heart.rest")}</dt><dd>${beats(heart.rest)}</dd></div>
            <div><dt>${t("body.heart.average")}</dt><dd>${beats(heart.avg)}</dd></div>
            <div><dt>${t("body.heart.least")}</dt><dd>${beats(heart.min)}</dd></div>
            <div><dt>${t("body.heart.most")}</dt><dd>${beats(heart.max)}</dd></div>
          </dl>
          <${Rates} day=${day} />`}
  </section>`;
}

/**
 * @param {{day: string}} props
 */
function Rates({ day }) {
  return html`<${Told} of=${useRecords("heart_rate", day)}>
    ${(/** @type {any[]} */ samples) =>
      html`<${Samples} label=${t("body.heart")} samples=${samplesOf(samples)} />
        ${samples.length >= MOST_RECORDS && html`<p class="soft small">${t("body.cut", { n: MOST_RECORDS })}</p>`}`}
  <//>`;
}

/** @param {number | null} rate */
function beats(rate) {
  return rate === null ? "–" : t("body.beats", { n: Math.round(rate) });
}
