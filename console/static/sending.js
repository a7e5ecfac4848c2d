// How is a form sent without losing what somebody typed? By fetch: when the console cannot be
// reached, is signed out, or its brain is away, the page stays as it is and says so, with "Try again".
// The hidden `transaction` has the brain carry it out once, however often it is sent.

import { forget, restore } from "./drafts.js";
import { button, notice, say, saying } from "./saying.js";

const SLOW_MS = 500;

function body(form, submitter) {
  const data = new FormData(form, submitter);
  return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
}

function busy(form, submitter) {
  form.dataset.sending = "";
  const shown = submitter ?? form.querySelector("button:not([type=button])");
  shown?.setAttribute("aria-disabled", "true");
  const slow = setTimeout(() => {
    shown?.setAttribute("data-busy", "");
    say(saying("working"));
  }, SLOW_MS);
  return () => {
    clearTimeout(slow);
    delete form.dataset.sending;
    shown?.removeAttribute("aria-disabled");
    shown?.removeAttribute("data-busy");
  };
}

/** Not done, and nothing is lost: say why, and offer to send it once more. */
function unsent(form, submitter, text, ...more) {
  const again = button(saying("again"), async () => {
    await renew(form);
    box.remove();
    send(form, submitter);
  });
  const line = document.createElement("div");
  line.className = "row";
  line.append(again, ...more);
  const box = notice(form, "unsent", "warn", text, line);
  box.setAttribute("role", "alert");
  again.focus();
}

/** Whoever signed in anew has a new token; the form on the page has the old one. */
async function renew(form) {
  if (!form.dataset.stale) return;
  delete form.dataset.stale;
  try {
    const fresh = parse(await (await fetch(location.href)).text());
    const token = fresh.querySelector("input[name=csrf]");
    if (token) form.elements.csrf.value = token.value;
  } catch {
    // Sending it will say what is wrong.
  }
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

/** What a page that says "no" says, in a sentence. */
function told(page) {
  const problem = page.querySelector("[data-problem] .notice-title") ?? page.querySelector("main h1");
  return problem?.textContent.trim();
}

function toSignIn() {
  const link = document.createElement("a");
  link.href = "/sign-in";
  link.target = "_blank";
  link.textContent = saying("signIn");
  return link;
}

async function save(answer) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = /filename="?([^";]+)/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Styles and scripts that another page has and this one lacks. */
export async function dress(page) {
  for (const link of page.querySelectorAll("head link[rel=stylesheet]")) {
    const href = link.getAttribute("href");
    if (!document.querySelector(`link[href="${href}"]`)) document.head.append(document.importNode(link));
  }
  for (const script of page.querySelectorAll("head script[type=module]")) {
    const src = script.getAttribute("src");
    if (!document.querySelector(`script[src="${src}"]`)) await import(src);
  }
}

/** Show another <main> in the place of this one, and put the focus where reading goes on. */
async function swap(form, page) {
  const dialog = form.closest("dialog");
  const here = dialog?.querySelector(".dialog-body") ?? document.getElementById("main");
  const files = new Map(
    [...form.querySelectorAll("input[type=file]")].map((one) => [one.name, one.files]),
  );
  const main = page.getElementById("main");
  if (dialog) for (const part of main.querySelectorAll("#away, #link")) part.remove();
  here.replaceChildren(...document.importNode(main, true).childNodes);
  await dress(page);
  for (const one of here.querySelectorAll("input[type=file]")) {
    const chosen = files.get(one.name);
    if (chosen?.length) one.files = chosen;
  }
  if (!dialog) document.title = page.title;
  restore(here);
  const first = here.querySelector("[data-problem]") ?? here.querySelector("[autofocus], h1");
  first?.setAttribute("tabindex", "-1");
  first?.focus();
}

async function send(form, submitter) {
  if ("sending" in form.dataset) return;
  const idle = busy(form, submitter);
  let answer;
  let page;
  try {
    answer = await fetch(submitter?.getAttribute("formaction") ?? form.getAttribute("action"), {
      method: "POST",
      body: body(form, submitter),
      headers: { Accept: "text/html" },
    });
    if (answer.ok && !(answer.headers.get("content-type") ?? "").startsWith("text/html")) {
      await save(answer);
      idle();
      return;
    }
    page = parse(await answer.text());
  } catch {
    idle();
    unsent(form, submitter, saying("unsent"));
    return;
  }
  if (answer.redirected && answer.ok) {
    forget(form);
    const target = new URL(answer.url);
    // An address that differs by nothing but its #part would not be loaded anew.
    const same = target.pathname + target.search === location.pathname + location.search;
    if (same && target.hash) {
      location.hash = target.hash;
      location.reload();
    } else if (target.pathname === location.pathname) location.replace(target);
    else location.assign(target);
    return; // stays busy until the next page is there
  }
  idle();
  if (answer.status === 401 || answer.status === 403) {
    form.dataset.stale = "yes";
    const text = answer.status === 401 ? saying("signedOut") : told(page) || saying("failed");
    unsent(form, submitter, text, ...(answer.status === 401 ? [toSignIn()] : []));
  } else if (answer.status >= 500) {
    unsent(form, submitter, (answer.status === 503 && told(page)) || saying("failed"));
  } else if (answer.ok || page.querySelector("main form")) {
    await swap(form, page);
  } else {
    unsent(form, submitter, told(page) || saying("failed"));
  }
}

export function sendForms() {
  // Attributes, not properties: a field named "action" or "method" hides those.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const plain = "plain" in form.dataset || (event.submitter && "plain" in event.submitter.dataset);
    if (event.defaultPrevented || plain || form.getAttribute("method") !== "post") return;
    event.preventDefault();
    form.parentElement.querySelector(':scope > [data-notice="unsent"]')?.remove();
    send(form, event.submitter);
  });
  // The back button may show a page as it was left: sending.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
    for (const one of document.querySelectorAll("[data-busy]")) {
      one.removeAttribute("data-busy");
      one.removeAttribute("aria-disabled");
    }
  });
}
