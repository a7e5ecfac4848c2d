// How does somebody find again what they typed, after a page was lost or left? A form with
// `data-draft="name"` is kept in this tab's storage, under the account. Never kept: passwords, PINs
// (`data-secret`), files and hidden fields.

import { button, notice, saying } from "./saying.js";

const PREFIX = "draft:";
const NEVER = new Set(["password", "file", "hidden", "submit", "button", "reset"]);

const account = () => document.body.dataset.account ?? "";
const key = (form) => `${PREFIX}${account()}:${form.dataset.draft}`;

function fields(form) {
  return [...form.elements].filter(
    (one) => one.name && one.type && !NEVER.has(one.type) && !("secret" in one.dataset),
  );
}

function typed(form) {
  const kept = {};
  for (const one of fields(form)) {
    const ticked = one.type === "checkbox" || one.type === "radio";
    if (ticked ? one.checked !== one.defaultChecked : one.value !== one.defaultValue) {
      kept[`${one.name}\n${ticked ? one.value : ""}`] = ticked ? one.checked : one.value;
    }
  }
  return kept;
}

/** Forget what was typed into a form: it was sent. */
export function forget(form) {
  if (form.dataset.draft) sessionStorage.removeItem(key(form));
}

/** Put back what was typed into the forms below an element. */
export function restore(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) {
    // What the server shows again after a mistake is newer.
    if (form.querySelector("[data-problem]")) continue;
    let kept;
    try {
      kept = JSON.parse(sessionStorage.getItem(key(form)) ?? "null");
    } catch {
      kept = null;
    }
    if (!kept || !Object.keys(kept).length) continue;
    let changed = false;
    for (const one of fields(form)) {
      const ticked = one.type === "checkbox" || one.type === "radio";
      const value = kept[`${one.name}\n${ticked ? one.value : ""}`];
      if (value === undefined) continue;
      if (ticked) one.checked = value;
      else one.value = value;
      changed = true;
    }
    if (!changed) continue;
    const box = notice(form, "draft", "info", saying("kept"), button(saying("discard"), () => {
      forget(form);
      form.reset();
      box.remove();
      fields(form)[0]?.focus();
    }));
  }
}

function keep(form) {
  const kept = typed(form);
  try {
    if (Object.keys(kept).length) sessionStorage.setItem(key(form), JSON.stringify(kept));
    else sessionStorage.removeItem(key(form));
  } catch {
    // A full or forbidden storage keeps nothing; the page itself still does.
  }
}

export function keepDrafts() {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX) && !name.startsWith(`${PREFIX}${account()}:`)) {
      sessionStorage.removeItem(name);
    }
  }
  restore(document);
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.dataset.draft) keep(form);
  });
}
