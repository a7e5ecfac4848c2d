// How is a question asked on the page it belongs to? A link with `data-dialog` leads to a page that
// asks; with this script its <main> opens in a <dialog>, and its forms are sent from there.

import { restore } from "./drafts.js";
import { saying } from "./saying.js";
import { dress } from "./sending.js";

function frame() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "dialog-close";
  close.setAttribute("aria-label", saying("close"));
  const sheet = document.querySelector(".brand-mark use").getAttribute("href").split("#")[0];
  close.innerHTML =
    `<svg class="icon" aria-hidden="true" focusable="false"><use href="${sheet}#close"></use></svg>`;
  close.addEventListener("click", () => dialog.close());
  const body = document.createElement("div");
  body.className = "dialog-body";
  dialog.append(body, close);
  dialog.addEventListener("close", () => dialog.remove());
  // A press beside the dialog closes it, unless it began inside: somebody may have marked a text.
  let outside = false;
  dialog.addEventListener("pointerdown", (event) => { outside = event.target === dialog; });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog && outside && !typedInto(dialog)) dialog.close();
    // "Cancel" is a link to a page where no script runs.
    const link = event.target.closest("a");
    if (link?.matches(".actions .button-quiet, .actions .button-plain") && !("dialog" in link.dataset)
        && !link.hasAttribute("download")) {
      event.preventDefault();
      dialog.close();
    }
  });
  return dialog;
}

function typedInto(dialog) {
  return [...dialog.querySelectorAll("input, textarea")].some(
    (one) => one.type !== "hidden" && one.value !== one.defaultValue,
  );
}

async function open(link) {
  let page;
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    location.assign(link.href);
    return;
  }
  const main = page.getElementById("main");
  if (!main?.querySelector("form")) {
    location.assign(link.href);
    return;
  }
  const before = link.closest("dialog");
  for (const part of main.querySelectorAll("#away, #link, [data-done]")) part.remove();
  const dialog = frame();
  const body = dialog.querySelector(".dialog-body");
  body.append(...document.importNode(main, true).childNodes);
  const title = body.querySelector("h1");
  if (title) {
    title.id = "dialog-title";
    title.tabIndex = -1;
    dialog.setAttribute("aria-labelledby", title.id);
  }
  before?.close();
  document.body.append(dialog);
  await dress(page);
  restore(body);
  dialog.showModal();
  (body.querySelector("[autofocus]") ?? title ?? body).focus();
}

export function openDialogs() {
  if (!("HTMLDialogElement" in window)) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-dialog]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button;
    if (!link || elsewhere || event.defaultPrevented) return;
    event.preventDefault();
    open(link);
  });
}
