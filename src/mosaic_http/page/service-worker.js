/**
 * Keeps the files of the page, and nothing else: no answer of the server to anybody passes through it. Every
 * version of the page has its own cache, so its files are of one kind.
 */

const VERSION = "{{version}}";
const CACHE = `mosaic-${VERSION}`;
const PAGE = new URL("../app", self.location).href;
const FILES = new URL(`${VERSION}/`, self.location).href;

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers());
});

self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = request.url.split(/[?#]/, 1)[0];
  if (address === PAGE && request.mode === "navigate") event.respondWith(fromCache(PAGE, request));
  else if (address.startsWith(FILES)) event.respondWith(fromCache(address, request));
});

async function keepAll() {
  const cache = await caches.open(CACHE);
  const names = await (await fetch(`${FILES}files.json`)).json();
  await cache.addAll([
    new Request(PAGE, { cache: "no-cache", headers: { Accept: "text/html" } }),
    ...names.map((name) => FILES + name),
  ]);
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("mosaic-") && name !== CACHE).map((name) => caches.delete(name)));
}

async function fromCache(address, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address, { ignoreVary: true })) ?? fetch(request);
}
