// How does an open page stay up to date? By the stream of `<body data-stream>`: server-sent events
// `fragments`, JSON objects of new HTML by the id of the element that it replaces. While the link is
// lost the page says so and keeps trying; while nobody looks at the page it hears nothing.

import { morph } from "./morph.js";
import { say, saying } from "./saying.js";

const LOST_MS = 4000; // until it is said that the link is lost
const SILENT_MS = 40_000; // the stream beats every 15 s
const AGAIN_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];

let source = null;
let tries = 0;
let heard = performance.now();
let lost = false;
let ended = false;
let lostTimer = 0;
let againTimer = 0;

function replace(fragments) {
  for (const [id, html] of Object.entries(fragments)) {
    const old = document.getElementById(id);
    if (!old) continue;
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.firstElementChild;
    if (fresh) morph(old, fresh);
  }
  // A page that could show nothing shows it now.
  if ("away" in fragments && !document.querySelector("#away .banner") && document.querySelector("[data-when-back]")) {
    location.reload();
  }
  document.dispatchEvent(new CustomEvent("doorward:fragments", { detail: Object.keys(fragments) }));
}

function banner(text, link) {
  const box = document.getElementById("link");
  if (!box) return;
  box.hidden = !text;
  box.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.append(text);
  if (link) line.append(" ", link);
  box.append(line);
}

function alive() {
  heard = performance.now();
  tries = 0;
  clearTimeout(lostTimer);
  lostTimer = 0;
  if (!lost) return;
  lost = false;
  banner("");
  say(saying("back"));
}

function missing() {
  if (lostTimer || lost || ended) return;
  lostTimer = setTimeout(() => {
    lost = true;
    banner(saying("lost"));
  }, LOST_MS);
}

function close() {
  source?.close();
  source = null;
  clearTimeout(againTimer);
}

function again() {
  close();
  const wait = AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)];
  againTimer = setTimeout(open, wait * (0.75 + Math.random() / 2));
}

/** An EventSource does not tell why it was turned away: ask once more, and look. */
async function why() {
  const enough = new AbortController();
  try {
    const answer = await fetch(document.body.dataset.stream, {
      headers: { Accept: "text/event-stream" },
      signal: enough.signal,
      redirect: "manual",
    });
    ended = answer.status === 401 || answer.type === "opaqueredirect";
  } catch {
    ended = false;
  } finally {
    enough.abort();
  }
  if (!ended) {
    again();
    return;
  }
  clearTimeout(lostTimer);
  const link = document.createElement("a");
  link.href = `/sign-in?${new URLSearchParams({ next: location.pathname })}`;
  link.textContent = saying("signIn");
  banner(saying("ended"), link);
}

function open() {
  if (source || document.hidden || ended) return;
  const mine = (source = new EventSource(document.body.dataset.stream));
  mine.addEventListener("open", alive);
  mine.addEventListener("beat", alive);
  mine.addEventListener("fragments", (event) => {
    alive();
    replace(JSON.parse(event.data));
  });
  mine.addEventListener("error", () => {
    if (mine !== source) return;
    missing();
    if (mine.readyState !== EventSource.CLOSED) return; // it tries again by itself
    close();
    why();
  });
}

export function followSite() {
  if (!document.body.dataset.stream) return;
  open();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  setInterval(() => {
    if (!source || performance.now() - heard < SILENT_MS) return;
    missing();
    again();
  }, 5000);
}
