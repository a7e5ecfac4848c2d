// How does "5 minutes ago" stay true on a page that stays open?

const EVERY_MS = 15_000;
const STEPS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const TURN = 1.2; // of a unit: 80 minutes are one hour, as the server has it

// The console's clock counts, not that of the phone.
const ahead = Date.now() / 1000 - Number(document.body.dataset.now || Date.now() / 1000);
const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });

/** A moment, seconds since 1970, as how long ago it is. */
export function ago(at) {
  const seconds = at - (Date.now() / 1000 - ahead);
  const [unit, length] = STEPS.find(([, span]) => Math.abs(seconds) >= span * TURN) ?? STEPS.at(-1);
  const many = Math.round(seconds / length);
  // "in 0 seconds" of what was just now
  return words.format(many === 0 ? -0 : many, unit);
}

export function keepTimesTrue() {
  setInterval(() => {
    if (document.hidden) return;
    for (const one of document.querySelectorAll("time[data-ago]")) {
      const said = ago(Number(one.dataset.ago));
      if (one.textContent !== said) one.textContent = said;
    }
  }, EVERY_MS);
}
