// @ts-check
/** What the server told, or why there is nothing to show yet. */

import { html } from "../html.js";
import { Missing, Old } from "./states.js";

/**
 * Show an answer once it is there: `children` makes the elements of it.
 * @param {{of: {data: any, error: Error | null, isOld: boolean}, children?: any}} props
 */
export function Told({ of, children }) {
  const { data, error, isOld } = of;
  if (error !== null || data === undefined) return html`<${Missing} error=${error} />`;
  return html`${isOld && html`<${Old} />`}${children(data)}`;
}
