// @ts-check
/** The pages: one line each. Today comes with the start, others when they are first opened. */

import * as today from "./pages/today.js";

/** @typedef {{Page: (props: {parts: string[]}) => any}} PageModule */
/**
 * `main` ways stand in the bar at the bottom of a phone, `other` ones under "More", `none` ones nowhere.
 * `adminOnly` pages are administrators' alone.
 * @typedef {{name: string, title: import("./texts.js").Key, icon: string, way: "main" | "other" | "none",
 *   load: () => PageModule | Promise<PageModule>, adminOnly?: boolean}} Route
 */

/** @type {Route[]} */
export const ROUTES = [
  { name: "today", title: "today.title", icon: "today", way: "main", load: () => today },
  { name: "history", title: "history.title", icon: "history", way: "main", load: () => import("./pages/history.js") },
  { name: "statistics", title: "statistics.title", icon: "statistics", way: "main", load: () => import("./pages/statistics.js") },
  { name: "activities", title: "activities.title", icon: "activities", way: "main", load: () => import("./pages/activities.js") },
  { name: "pauses", title: "pauses.title", icon: "pause", way: "other", load: () => import("./pages/pauses.js") },
  { name: "start", title: "start.title", icon: "plus", way: "none", load: () => import("./pages/start.js") },
  { name: "body", title: "body.title", icon: "body", way: "other", load: () => import("./pages/body.js") },
  { name: "import", title: "import.title", icon: "import", way: "other", load: () => import("./pages/import.js") },
  { name: "account", title: "account.title", icon: "account", way: "other", load: () => import("./pages/account.js") },
  {
    name: "administration",
    title: "admin.title",
    icon: "administration",
    way: "other",
    load: () => import("./pages/administration.js"),
    adminOnly: true,
  },
  { name: "outbox", title: "outbox.title", icon: "outbox", way: "other", load: () => import("./pages/outbox.js") },
  { name: "settings", title: "settings.title", icon: "settings", way: "other", load: () => import("./pages/settings.js") },
];
