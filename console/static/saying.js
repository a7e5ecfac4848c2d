// How is something said, also to somebody who does not see it? In the reader's language, as
// templates/base.html has it.

/** A text of base.html, such as `working`. */
export function saying(name) {
  return document.getElementById("sayings")?.dataset[name] ?? "";
}

/** Have a screen reader say a text, without moving the focus. */
export function say(text) {
  const region = document.getElementById("said");
  if (!region) return;
  region.textContent = "";
  // A region that is filled in the same moment in which it is emptied is not read again.
  setTimeout(() => { region.textContent = text; }, 150);
}

/** Say what was done on the page before, once: not again when the page is loaded anew. */
export function sayDone() {
  const done = document.querySelector("[data-done]");
  if (!done) return;
  say(done.textContent.trim());
  const here = new URL(location.href);
  here.searchParams.delete("done");
  history.replaceState(history.state, "", here);
}

/**
 * A notice in the place of the one before with the same mark.
 *
 * @param {Element} before what it stands before.
 * @param {string} mark by which it is replaced: one notice of a kind.
 * @param {string} tone good, warn, bad or info.
 * @param {string} text what it says.
 * @param {...Element} more what stands after the text.
 */
export function notice(before, mark, tone, text, ...more) {
  before.parentElement.querySelector(`:scope > [data-notice="${mark}"]`)?.remove();
  const box = document.createElement("div");
  box.className = `notice notice-${tone}`;
  box.dataset.notice = mark;
  const inside = document.createElement("div");
  inside.className = "stack";
  const line = document.createElement("p");
  line.textContent = text;
  inside.append(line, ...more);
  box.append(inside);
  before.before(box);
  return box;
}

/** A button that looks like those of components.html. */
export function button(label, pressed, kind = "plain") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button button-${kind}`;
  made.textContent = label;
  made.addEventListener("click", pressed);
  return made;
}
