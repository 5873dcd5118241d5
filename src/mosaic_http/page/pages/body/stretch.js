// @ts-check
/** A week, a month or a year: steps, sleep and heart rate of its days; of a year, those of its months. */

import { useAnswer } from "../../answers.js";
import { dayText } from "../../dates.js";
import { html } from "../../html.js";
import { duration } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { number, t } from "../../texts.js";
import { Bars, Line } from "./charts.js";
import { averageOf, byMonth, isRecorded } from "./measured.js";
import { NightBars } from "./nights.js";

/** @typedef {import("./measured.js").DayValue} DayValue */
/** @typedef {{period: "week" | "month" | "year", from: string, to: string, today: string}} Shown */

/**
 * @param {Shown} props
 */
export function Stretch(props) {
  return html`<${Metric} ...${props} metric="steps" title=${t("body.steps")} write=${count} Chart=${Bars} />
    <${Metric} ...${props} metric="sleep" title=${t("body.sleep")} write=${duration} Chart=${Bars} />
    <${Metric} ...${props} metric="hr" title=${t("body.heart")} write=${beats} Chart=${Line} />`;
}

/**
 * @param {Shown & {metric: "steps" | "sleep" | "hr", title: string, write: (value: number) => string, Chart: any}} props
 */
function Metric({ period, from, to, today, metric, title, write, Chart }) {
  const told = useAnswer(`wearable/trends?metric=${metric}&from=${from}&to=${to}`);
  return html`<section class="card" aria-labelledby=${metric}>
    <h2 id=${metric}>${title}</h2>
    <${Told} of=${told}>
      ${(/** @type {{values: DayValue[]}} */ { values }) => {
        const days = values.filter((one) => one.date <= today);
        const average = averageOf(days);
        if (average === null) return html`<p class="soft">${t("body.none.then")}</p>`;
        const shown = period === "year" ? byMonth(values) : values;
        return html`<div class="row"><p class="figure">${write(average)}</p><p class="soft small">${t(metric === "hr" ? "body.average.hr" : "body.average")}</p></div>
          <${Chart}
            label=${period === "year" ? t("body.months", { what: title }) : title}
            named=${t(period === "year" ? "body.month" : "body.date")}
            names=${shown.map((one) => nameOf(one.date, period))}
            values=${shown.map((one) => (isRecorded(one) ? one.value : null))}
            write=${write}
            scale=${metric === "sleep" ? hours : undefined}
            step=${metric === "sleep" ? 60 : 1}
          />
          ${period === "week" && metric === "sleep" && html`<${NightBars} days=${days.map((one) => one.date)} />`}`;
      }}
    <//>
  </section>`;
}

/**
 * @param {string} day
 * @param {Shown["period"]} period
 */
function nameOf(day, period) {
  if (period === "year") return dayText(day, { month: "short" });
  if (period === "week") return dayText(day, { weekday: "short", day: "numeric" });
  return dayText(day, { day: "numeric" });
}

/** @param {number} value */
function count(value) {
  return number(Math.round(value));
}

/** @param {number} minutes */
function hours(minutes) {
  return `${number(minutes / 60)} h`;
}

/** @param {number} value */
function beats(value) {
  return t("body.beats", { n: Math.round(value) });
}
