// @ts-check
/** Light or dark: as the system has it, unless the person chose. */

/** @typedef {"system" | "light" | "dark"} Theme */

const CHOICE = "mosaic.theme";

/** Return what was chosen in this browser. @returns {Theme} */
export function theme() {
  const chosen = localStorage.getItem(CHOICE);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

/** Show the page in the chosen colours. */
export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

/**
 * Choose.
 * @param {Theme} wanted
 */
export function chooseTheme(wanted) {
  localStorage.setItem(CHOICE, wanted);
  applyTheme();
  dispatchEvent(new Event("mosaic-theme"));
}
