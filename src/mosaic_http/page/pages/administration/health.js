// @ts-check
/** Whether the server is well, and what it has answered since it started. */

import { refresh, useAnswer } from "../../answers.js";
import { ApiError } from "../../api.js";
import { html, useEffect } from "../../html.js";
import { Table } from "../../parts/table.js";
import { duration } from "../../parts/times.js";
import { Told } from "../../parts/told.js";
import { number, percent, t } from "../../texts.js";

const AGAIN_MS = 10_000;

export function Health() {
  const health = useAnswer("healthz");
  const isIll = health.error instanceof ApiError && health.error.status === 503;
  useEffect(() => {
    const timer = setInterval(() => void refresh(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return html`${isIll
      ? html`<p class="notice failed" role="alert">${t("health.ill")}</p>`
      : html`<${Told} of=${health}>${(/** @type {any} */ told) => html`<${State} told=${told} />`}<//>`}
    <${Told} of=${useAnswer("metrics?format=json")}>
      ${(/** @type {any} */ told) => html`<${Requests} told=${told} />`}
    <//>`;
}

/**
 * @param {{told: any}} props
 */
function State({ told }) {
  return html`<dl class="card figures">
    <div><dt>${t("health.database")}</dt><dd>${t(told.db_ok ? "health.works" : "health.broken")}</dd></div>
    <div><dt>${t("health.cache")}</dt><dd>${t(told.cache_ok ? "health.works" : "health.broken")}</dd></div>
    <div><dt>${t("health.uptime")}</dt><dd>${duration(told.uptime_s / 60)}</dd></div>
    <div><dt>${t("health.minute")}</dt><dd>${number(told.req_per_min)}</dd></div>
    <div><dt>${t("health.errors")}</dt><dd>${percent(told.error_rate)}</dd></div>
  </dl>`;
}

/**
 * @param {{told: any}} props
 */
function Requests({ told }) {
  const busiest = [...told.endpoints].sort((one, other) => other.count - one.count);
  return html`<div class="card">
    <h3>${t("metrics.title")}</h3>
    <dl class="figures">
      <div><dt>${t("metrics.total")}</dt><dd>${number(told.requests_total)}</dd></div>
      <div><dt>${t("metrics.average")}</dt><dd>${milliseconds(told.avg_latency_ms)}</dd></div>
      <div><dt>${t("metrics.refused")}</dt><dd>${number(told.errors_total["4xx"])}</dd></div>
      <div><dt>${t("metrics.failed")}</dt><dd>${number(told.errors_total["5xx"])}</dd></div>
    </dl>
    <${Table}
      label=${t("metrics.title")}
      columns=${[t("metrics.call"), t("metrics.count"), t("metrics.average"), "4xx", "5xx"]}
      numbers=${[1, 2, 3, 4]}
      rows=${busiest.map((one) => [
        `${one.method} ${one.endpoint}`,
        number(one.count),
        milliseconds(one.avg_latency_ms),
        number(one.errors_4xx),
        number(one.errors_5xx),
      ])}
    />
  </div>`;
}

/** @param {number} value */
function milliseconds(value) {
  return t("metrics.ms", { ms: number(value, { maximumFractionDigits: 1 }) });
}
