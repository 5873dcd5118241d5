// @ts-check
/** A place in which uPlot draws. It is loaded when the first one is shown, and draws anew for other colours. */

import { html, useEffect, useRef, useState } from "../html.js";

/** @typedef {typeof import("../vendor/uplot.js").default} UPlot */

/**
 * `optionsOf` makes uPlot's options but for the size; `told` says in words what the pointer is at.
 * @param {{label: string, data: (number | null)[][], optionsOf: (UPlot: UPlot) => object,
 *   told: (index: number) => string, height?: number}} props
 */
export function Plot({ label, data, optionsOf, told, height = 180 }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [said, setSaid] = useState("");
  useEffect(() => {
    /** @type {import("../vendor/uplot.js").default | null} */
    let plot = null;
    let isGone = false;
    /** @param {{cursor: {idx?: number | null}}} at */
    const tell = ({ cursor }) => setSaid(typeof cursor.idx === "number" ? told(cursor.idx) : "");
    async function draw() {
      const { default: UPlot } = await import("../vendor/uplot.js");
      if (isGone || place.current === null) return;
      plot?.destroy();
      const size = { width: place.current.clientWidth, height };
      plot = new UPlot({ ...optionsOf(UPlot), ...size, hooks: { setCursor: [tell] } }, data, place.current);
    }
    loadStyle();
    void draw();
    const watched = new ResizeObserver(([{ contentRect }]) => plot?.setSize({ width: contentRect.width, height }));
    if (place.current !== null) watched.observe(place.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    addEventListener("mosaic-theme", draw);
    return () => {
      isGone = true;
      watched.disconnect();
      dark.removeEventListener("change", draw);
      removeEventListener("mosaic-theme", draw);
      plot?.destroy();
    };
  }, [JSON.stringify(data), height]);
  return html`<div ref=${place} class="chart-place" role="img" aria-label=${label} style=${{ height: `${height}px` }}></div>
    <p class="small soft chart-told" aria-hidden="true">${said || "\u00a0"}</p>`;
}

/** What all plots do without. */
export const PLAIN = { legend: { show: false }, cursor: { y: false, drag: { x: false, y: false } } };

/** Return how all axes look. */
export function axisLook() {
  return { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
}

/**
 * Return the colour that a custom property stands for now.
 * @param {string} name
 */
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function loadStyle() {
  if (document.querySelector("link[data-uplot]") !== null) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("../vendor/uplot.css", import.meta.url).href;
  link.dataset.uplot = "";
  document.head.append(link);
}
