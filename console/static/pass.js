// How does a pass leave this phone? As a picture, by whatever the phone sends pictures with; or on paper.

const share = document.getElementById("share");
const print = document.getElementById("print");

if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

const fileOf = async () => {
  const answer = await fetch(share.dataset.src, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  return new File([await answer.blob()], share.dataset.name, { type: "image/png" });
};

const empty = () => new File([], "pass.png", { type: "image/png" });

if (share && navigator.canShare?.({ files: [empty()] })) {
  share.hidden = false;
  // Fetched before it is pressed: a phone shares only right after a finger.
  let file = fileOf().catch(() => null);
  share.addEventListener("click", async () => {
    const picture = (await file) ?? (await (file = fileOf().catch(() => null)));
    if (!picture) return;
    try {
      await navigator.share({ files: [picture], title: share.dataset.title });
    } catch {
      // Somebody thought better of it.
    }
  });
}
