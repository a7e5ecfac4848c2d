// How does the list of doors stay in order, worst first, without moving under anybody's finger? And
// how is a list that moves held still?

const CALM_MS = 3000;
let touched = 0;

for (const kind of ["pointerdown", "pointermove", "keydown", "scroll", "focusin", "touchstart"]) {
  document.addEventListener(kind, () => { touched = performance.now(); }, { passive: true, capture: true });
}

function rank(card) {
  return card.querySelector("[data-rank]")?.dataset.rank ?? "";
}

function order() {
  const list = document.getElementById("doors");
  if (!list || document.querySelector("dialog[open]")) return;
  // A card that holds the focus, or that somebody is about to press, stays where it is.
  if (list.contains(document.activeElement) || performance.now() - touched < CALM_MS) return;
  const cards = [...list.children];
  const sorted = [...cards].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  if (sorted.some((card, place) => card !== cards[place])) list.append(...sorted);
}

setInterval(order, 1000);

// While somebody types, the list narrows at once; the form itself works without this.
document.addEventListener("input", (event) => {
  const list = document.getElementById("doors");
  if (!list || event.target.id !== "field-text") return;
  const parts = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const card of list.children) {
    card.hidden = parts.length > 0 && !parts.some((part) => card.dataset.door.includes(part));
  }
});

// What moves by itself can be held: a copy of the list stands still, the list goes on behind it.
function hold(button) {
  const held = button.getAttribute("aria-pressed") === "true";
  const list = document.getElementById("happened");
  document.getElementById("held")?.remove();
  button.setAttribute("aria-pressed", String(!held));
  if (!list || held) return;
  const copy = list.cloneNode(true);
  copy.id = "held";
  for (const part of copy.querySelectorAll("[id]")) part.removeAttribute("id");
  list.before(copy);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#hold");
  if (button) hold(button);
});

const button = document.getElementById("hold");
if (button) button.hidden = false;
