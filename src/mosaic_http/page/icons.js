// @ts-check
/** Small drawings, in the colour of the text around them. They say nothing by themselves: a word stands beside. */

import { html } from "./html.js";

/** @type {Record<string, string>} */
const PATHS = {
  today: "M4 5h16v15H4zM4 9h16M8 3v4M16 3v4M8.5 14.5l2.5 2.5 4.5-4.5",
  history: "M4 4h4v4H4zM10 4h4v4h-4zM16 4h4v4h-4zM4 10h4v4H4zM10 10h4v4h-4zM16 10h4v4h-4zM4 16h4v4H4zM10 16h4v4h-4z",
  statistics: "M4 20V10M10 20V4M16 20v-7M21 20H3",
  activities: "M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01",
  pause: "M8 5v14M16 5v14",
  outbox: "M4 13v6h16v-6M12 15V4M7.5 8.5L12 4l4.5 4.5",
  settings: "M4 7h8M20 7h-2M18 7a3 3 0 1 1-6 0 3 3 0 0 1 6 0M20 17h-8M4 17h2M6 17a3 3 0 1 0 6 0 3 3 0 0 0-6 0",
  more: "M4.5 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M11 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M17.5 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M6 6l12 12M18 6L6 18",
  left: "M14.5 5l-7 7 7 7",
  right: "M9.5 5l7 7-7 7",
  minus: "M6 12h12",
  plus: "M6 12h12M12 6v12",
  note: "M5 4h14v16H5zM9 9h6M9 13h4",
  flame: "M12 3c1 4 5 5.5 5 10.5a5 5 0 0 1-10 0C7 11 8.5 10 9 8c1.5 1 2 2 2 3 1-2 1.5-5 1-8z",
  body: "M3 12h4l2.5-6 4 12 2.5-6H21",
  import: "M4 14v5h16v-5M12 4v11M7.5 10.5L12 15l4.5-4.5",
  account: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
  administration: "M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6z",
  offline: "M4 4l16 16M8 16a5.5 5.5 0 0 1 8 0M5 12.5a10 10 0 0 1 4-2.5M19 12.5a10 10 0 0 0-6-3M12 20h.01",
};

/**
 * @param {{name: string}} props
 */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${PATHS[name] ?? ""} />
  </svg>`;
}
