// @ts-check
/** Nights and their stages: one as it went, several beside each other. */

import { dayText } from "../../dates.js";
import { html } from "../../html.js";
import { duration } from "../../parts/times.js";
import { percent, t } from "../../texts.js";
import { STAGES, minutesOf } from "./measured.js";
import { useNights } from "./records.js";

/** @typedef {import("./measured.js").Night} Night */
/** @typedef {import("./measured.js").Stage} Stage */

const WIDTH = 1000;
const LANE = 20;

/**
 * A night from left to right, each stage in a lane of its own.
 * @param {{night: Night}} props
 */
export function NightChart({ night }) {
  const lanes = STAGES.filter((stage) => night.spans.some((span) => span.stage === stage));
  const scale = WIDTH / (night.end - night.start);
  return html`<div class="night">
    <ul class="lanes" aria-hidden="true">
      ${lanes.map((stage) => html`<li key=${stage}>${stageText(stage)}</li>`)}
    </ul>
    <svg viewBox="0 0 ${WIDTH} ${LANE * lanes.length}" preserveAspectRatio="none" role="img" aria-label=${t("body.stages")}>
      ${night.spans.map(
        ({ stage, start, end }, at) => html`<rect
          key=${at}
          class="stage ${stage}"
          x=${(start - night.start) * scale}
          y=${lanes.indexOf(stage) * LANE + 2}
          width=${(end - start) * scale}
          height=${LANE - 4}
        />`,
      )}
    </svg>
  </div>`;
}

/**
 * How long each stage took.
 * @param {{nights: Night[]}} props
 */
export function StageList({ nights }) {
  const minutes = minutesOf(nights);
  const all = Object.values(minutes).reduce((sum, one) => sum + one, 0);
  return html`<dl class="figures">
    ${STAGES.filter((stage) => minutes[stage]).map((stage) => {
      const taken = minutes[stage] ?? 0;
      return html`<div key=${stage}>
        <dt><span class="swatch ${stage}" aria-hidden="true"></span>${stageText(stage)}</dt>
        <dd>${duration(taken)} <span class="soft small">${percent(taken / all)}</span></dd>
      </div>`;
    })}
  </dl>`;
}

/**
 * The nights of some days, a bar each.
 * @param {{days: string[]}} props
 */
export function NightBars({ days }) {
  return html`<div class="stack">
    <h3>${t("body.stages")}</h3>
    <ul class="nights">${days.map((day) => html`<${NightBar} key=${day} day=${day} />`)}</ul>
    <ul class="row legend" aria-hidden="true">
      ${STAGES.slice(0, 5).map(
        (stage) => html`<li key=${stage}><span class="swatch ${stage}"></span>${stageText(stage)}</li>`,
      )}
    </ul>
  </div>`;
}

/**
 * @param {{day: string}} props
 */
function NightBar({ day }) {
  const minutes = minutesOf(useNights(day) ?? []);
  const stages = STAGES.filter((stage) => minutes[stage]);
  const said = stages.map((stage) => `${stageText(stage)} ${duration(minutes[stage] ?? 0)}`).join(", ");
  let x = 0;
  return html`<li>
    <span class="small">${dayText(day, { weekday: "short", day: "numeric" })}</span>
    ${stages.length === 0
      ? html`<span class="soft small">–</span>`
      : html`<svg viewBox="0 0 ${LONGEST_MIN} 10" preserveAspectRatio="none" role="img" aria-label=${said}>
          ${stages.map((stage) => {
            const width = minutes[stage] ?? 0;
            x += width;
            return html`<rect key=${stage} class="stage ${stage}" x=${x - width} y="0" width=${width} height="10" />`;
          })}
        </svg>`}
  </li>`;
}

/** Twelve hours: what the bars of nights have room for. */
const LONGEST_MIN = 720;

/** @param {Stage} stage */
function stageText(stage) {
  return t(`body.stage.${stage}`);
}
