// @ts-check
/** Long lists, drawn a part at a time, so that a slow phone answers in between. */

import { useEffect, useState } from "../html.js";

const PART = 12;

/**
 * Return how many of so many rows are drawn now: a part at first, and one more after each.
 * @param {number} count
 */
export function useGrowing(count) {
  const [drawn, setDrawn] = useState(PART);
  useEffect(() => {
    if (drawn < count) setDrawn(drawn + PART);
  }, [drawn, count]);
  return drawn;
}
