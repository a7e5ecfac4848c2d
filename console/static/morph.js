// How does an element become like a newer one without disturbing whoever is at it? What has the
// focus, is open, was typed or is being looked at stays the same element.

const OWN = new Set(["open", "aria-disabled", "data-busy", "data-sending"]); // of the browser's user

function attributes(old, fresh) {
  for (const { name, value } of [...fresh.attributes]) {
    if (!(OWN.has(name) && old.matches("details, dialog")) && old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !OWN.has(name)) old.removeAttribute(name);
  }
}

const alike = (old, fresh) =>
  old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && (old.id ?? "") === (fresh.id ?? "");

function children(old, fresh) {
  let next = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let match = null;
    if (wanted.id) {
      match = [...old.children].find((one) => one.id === wanted.id && alike(one, wanted)) ?? null;
    } else if (next && alike(next, wanted)) {
      match = next;
    }
    if (match === null) {
      old.insertBefore(document.importNode(wanted, true), next);
      continue;
    }
    if (match === next) next = next.nextSibling;
    else old.insertBefore(match, next);
    morph(match, wanted);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

/**
 * Make an element like a newer one.
 *
 * @param {Node} old on the page.
 * @param {Node} fresh what it should be like; is not changed.
 */
export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  // A form belongs to whoever fills it in, and so does what they left marked so.
  if (old.matches("form, [data-still]") && old.contains(document.activeElement)) return;
  attributes(old, fresh);
  if (old.matches("textarea, select") || (old.matches("input") && old.type !== "hidden")) return;
  children(old, fresh);
}
