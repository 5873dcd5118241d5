// @ts-check
/** Records as they came: the samples of a day, and its nights. */

import { lastRound, useAnswer } from "../../answers.js";
import { ask, isPassing } from "../../api.js";
import { addDays } from "../../dates.js";
import { useEffect, useState } from "../../html.js";
import { currentUser, session } from "../../session.js";
import { useSignal } from "../../signals.js";
import { nightsOf } from "./measured.js";

/** @typedef {import("./measured.js").RawRecord} RawRecord */
/** @typedef {{data: RawRecord[] | undefined, error: Error | null, isOld: boolean}} Records */

const PAGE = 500;
const MOST_PAGES = 20;

/** So many of a day's records are drawn: a sample every nine seconds. */
export const MOST_RECORDS = PAGE * MOST_PAGES;

/**
 * Return the records of a type that start on a day, the latest first; of very many only the latest.
 * @param {string} type
 * @param {string} day
 * @returns {Records}
 */
export function useRecords(type, day) {
  const [found, setFound] = useState(/** @type {Records} */ ({ data: undefined, error: null, isOld: false }));
  const round = useSignal(lastRound);
  useEffect(() => {
    const leaving = new AbortController();
    const userId = currentUser().id;
    collected(type, day, leaving.signal).then(
      (data) => isStillHere(userId) && setFound({ data, error: null, isOld: false }),
      (error) => leaving.signal.aborted || setFound((before) => afterFailure(before, error)),
    );
    return () => leaving.abort();
  }, [type, day, round]);
  return found;
}

/**
 * Return whether an answer is the user's: while another tab logs somebody in, it may be another person's.
 * @param {number} userId
 */
function isStillHere(userId) {
  const { status, user } = session.get();
  return status === "in" && user?.id === userId;
}

/**
 * @param {Records} before
 * @param {Error} error
 * @returns {Records}
 */
function afterFailure(before, error) {
  const isKept = isPassing(error) && before.data !== undefined;
  return isKept ? { ...before, isOld: true } : { data: undefined, error, isOld: false };
}

/**
 * Return the nights that end on a day; undefined until they are known. A night begins on the day or on the one
 * before, and its stages come in it or by themselves.
 * @param {string} day
 * @returns {import("./measured.js").Night[] | undefined}
 */
export function useNights(day) {
  const before = addDays(day, -1);
  const sessions = joined(useAnswer(path("sleep_session", before, 0)), useAnswer(path("sleep_session", day, 0)));
  const isLacking = sessions?.some((one) => !one.payload.fields?.stages?.length) ?? false;
  const stages = joined(
    useAnswer(isLacking ? path("sleep_stage", before, 0) : null),
    useAnswer(isLacking ? path("sleep_stage", day, 0) : null),
  );
  if (sessions === undefined || (isLacking && stages === undefined)) return undefined;
  return nightsOf(sessions, stages ?? [], day, currentUser().timezone);
}

/**
 * @param {{data: RawRecord[] | undefined}[]} answers
 */
function joined(...answers) {
  if (answers.some((one) => one.data === undefined)) return undefined;
  return answers.flatMap((one) => one.data ?? []).filter((one) => one.status !== "skipped");
}

/**
 * @param {string} type
 * @param {string} day
 * @param {AbortSignal} signal
 */
async function collected(type, day, signal) {
  /** @type {RawRecord[]} */
  const all = [];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const some = await ask("GET", path(type, day, all.length), { signal });
    all.push(...some);
    if (some.length < PAGE) break;
  }
  return all.filter((one) => one.status !== "skipped");
}

/**
 * @param {string} type
 * @param {string} day
 * @param {number} offset
 */
function path(type, day, offset) {
  return `wearable/raw?type=${type}&date=${day}&limit=${PAGE}&offset=${offset}`;
}
