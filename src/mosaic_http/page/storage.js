// @ts-check
/**
 * What the browser keeps for when there is no network, in IndexedDB: answers by whose they are, changes that
 * wait to be sent, and who was here last. Never a token: the session is a cookie that scripts cannot read.
 */

import { t } from "./texts.js";

const NAME = "mosaic";
const VERSION = 1;

/** @typedef {"answers" | "outbox" | "facts"} Room */

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @returns {Promise<IDBDatabase>} */
function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("answers");
      request.result.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
      request.result.createObjectStore("facts");
    };
    request.onsuccess = () => {
      request.result.onclose = () => (opening = null);
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      resolve(request.result);
    };
    request.onerror = () => {
      opening = null;
      reject(request.error);
    };
  });
  return opening;
}

/**
 * Run one transaction in a room, and return what `work` returned once it is on disk. Throws an error that says so
 * in words if it did not get there.
 * @template T
 * @param {Room} room
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore, wait: <R>(request: IDBRequest<R>) => Promise<R>) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function transact(room, mode, work) {
  try {
    return await committed(room, mode, work);
  } catch (error) {
    throw new Error(t("error.unkept"), { cause: error });
  }
}

/**
 * @template T
 * @param {Room} room
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore, wait: <R>(request: IDBRequest<R>) => Promise<R>) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function committed(room, mode, work) {
  const database = await open();
  const transaction = database.transaction(room, mode, { durability: "strict" });
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error ?? new Error("The browser took the change back"));
  });
  ended.catch(() => {});
  try {
    const result = await work(transaction.objectStore(room), answered);
    await ended;
    return result;
  } catch (error) {
    try {
      transaction.abort();
    } catch {
      // it had ended by itself
    }
    throw error;
  }
}

/**
 * @template R
 * @param {IDBRequest<R>} request
 * @returns {Promise<R>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Return what is kept under the key; undefined if there is nothing, or no room to keep anything.
 * @param {Room} room
 * @param {IDBValidKey} key
 * @returns {Promise<any>}
 */
export async function kept(room, key) {
  try {
    return await transact(room, "readonly", (store, wait) => wait(store.get(key)));
  } catch {
    return undefined;
  }
}

/**
 * Keep a value that can be done without; a browser that keeps nothing is no error.
 * @param {Room} room
 * @param {IDBValidKey} key
 * @param {unknown} value
 */
export async function keep(room, key, value) {
  try {
    await transact(room, "readwrite", (store, wait) => wait(store.put(value, key)));
  } catch {
    // the page works without it
  }
}

/**
 * Forget the keys in a range, or one.
 * @param {Room} room
 * @param {IDBValidKey | IDBKeyRange} keys
 */
export async function forget(room, keys) {
  try {
    await transact(room, "readwrite", (store, wait) => wait(store.delete(keys)));
  } catch {
    // there was nothing to forget
  }
}
