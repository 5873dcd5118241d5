// @ts-check
/** The client of the HTTP interface: every request of the page goes through here. */

import { signal } from "./signals.js";
import { isKey, soon, t, wants } from "./texts.js";

/** Where Mosaic is: the page may lie below any path. */
export const BASE = new URL("../../", import.meta.url);

const TIMEOUT_MS = 30_000;

/** Why something was not done: in our words and, where they say more, in the server's, which are English. */
export class Refusal extends Error {
  /**
   * @param {string} ours
   * @param {string | null} [theirs]
   */
  constructor(ours, theirs = null) {
    super([ours, theirs].filter(Boolean).join(" "));
    this.ours = ours;
    this.theirs = theirs;
  }
}

/** A refusal by the server. */
export class ApiError extends Refusal {
  /**
   * @param {string} place the first part of the path that was asked
   * @param {number} status
   * @param {{code?: string, message?: string, details?: Record<string, any>}} said
   * @param {number | null} retryAfter seconds
   */
  constructor(place, status, { code = "internal_error", message = "", details = {} }, retryAfter) {
    const key = textOf(code, place, retryAfter);
    super(t(key, { ...details, message: "", when: soon(retryAfter) }).trim(), wants(key, "message") ? message : null);
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfter = retryAfter;
  }
}

/**
 * Return which text tells of a refusal best. It asks for the `{message}` where the server's words say more.
 * @param {string} code
 * @param {string} place
 * @param {number | null} retryAfter
 * @returns {import("./texts.js").Key}
 */
function textOf(code, place, retryAfter) {
  if (code === "service_unavailable" && retryAfter === null) return "error.unavailable";
  return [`error.${code}.${place}`, `error.${code}`].find(isKey) ?? "error.other";
}

/** There was no answer: no network, no server, or a connection cut in between. */
export class NoAnswer extends Error {
  constructor() {
    super(t("error.unreached"));
  }
}

const PASSING = new Set([408, 425, 429, 502, 503, 504, 507]);

/**
 * Return whether the server was not reached, or is only unable to answer now.
 * @param {unknown} error
 */
export function isPassing(error) {
  return error instanceof NoAnswer || (error instanceof ApiError && PASSING.has(error.status));
}

/** Whether the last request was answered. */
export const isOnline = signal(true);

/**
 * What the session tells this module, and is told by it.
 * @type {{csrf: string | null, apiKey: string | null, refresh: () => Promise<void>, ended: () => void}}
 */
export const credentials = { csrf: null, apiKey: null, refresh: async () => {}, ended: () => {} };

/**
 * @typedef {object} Asked
 * @property {unknown} [body] sent as JSON
 * @property {FormData} [form] sent as it is, instead
 * @property {string} [key] the idempotency key
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal] gives the request up
 * @property {number} [timeout] milliseconds
 */

/**
 * Ask the server; return its JSON, or a Blob of a picture.
 *
 * Paths are relative to Mosaic's own, without a leading slash: `ask("GET", "agenda?date=2026-01-02")`.
 * Throws ApiError for a refusal, NoAnswer if there was none.
 * @param {string} method
 * @param {string} path
 * @param {Asked} [asked]
 * @returns {Promise<any>}
 */
export async function ask(method, path, asked = {}) {
  try {
    return await once(method, path, asked);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "invalid_csrf") {
      await credentials.refresh();
      return await once(method, path, asked);
    }
    if (error.code === "unauthorized" || error.code === "token_expired") credentials.ended();
    throw error;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Asked} asked
 */
async function once(method, path, asked) {
  const response = await responseTo(method, path, asked);
  const told = await contentOf(response);
  if (response.ok) return told;
  const [place] = path.split(/[/?]/);
  throw new ApiError(place, response.status, told?.error ?? {}, Number(response.headers.get("Retry-After")) || null);
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function contentOf(response) {
  try {
    return await (isPicture(response) ? response.blob() : response.json());
  } catch {
    throw new NoAnswer();
  }
}

/**
 * Return whether Mosaic itself answers. The login page of a network, or a page of a proxy, says no less that all
 * is well, but has not Mosaic's sign or is not of its kind.
 * @param {Response} response
 */
function isMosaics(response) {
  const type = response.headers.get("Content-Type") ?? "";
  return response.headers.has("X-Request-ID") && (type.startsWith("application/json") || isPicture(response));
}

/** @param {Response} response */
function isPicture(response) {
  return (response.headers.get("Content-Type") ?? "").startsWith("image/");
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Asked} asked
 * @returns {Promise<Response>}
 */
async function responseTo(method, path, asked) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", ...asked.headers };
  if (credentials.apiKey) headers["X-API-Key"] = credentials.apiKey;
  if (method !== "GET" && credentials.csrf) headers["X-CSRF-Token"] = credentials.csrf;
  if (asked.key) headers["Idempotency-Key"] = asked.key;
  if (asked.body !== undefined) headers["Content-Type"] = "application/json";
  const givenUp = AbortSignal.timeout(asked.timeout ?? TIMEOUT_MS);
  try {
    const response = await fetch(new URL(path, BASE), {
      method,
      headers,
      body: asked.form ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body)),
      credentials: "same-origin",
      cache: "no-store",
      signal: asked.signal ? AbortSignal.any([asked.signal, givenUp]) : givenUp,
    });
    if (!isMosaics(response)) throw new NoAnswer();
    isOnline.set(true);
    return response;
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    isOnline.set(false);
    throw new NoAnswer();
  }
}

/**
 * Return a new idempotency key: 128 random bits. `crypto.randomUUID` is there over HTTPS alone.
 * @returns {string}
 */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
