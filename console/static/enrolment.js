// How do pictures get from this device to the console? From its camera, or from files, one at a time.

const section = document.getElementById("camera");
const form = document.getElementById("photos-form");
const CSRF = "X-CSRF-Token";
const TAKES = 2; // pictures at each step
const STEP_MS = 1600; // for somebody to read and to turn
const GAP_MS = 400;
const LONG_SIDE = 1600;

/** Send one picture; whether the console took it. What became of it comes by the page's stream. */
async function send(blob, name) {
  const body = new FormData();
  body.append("photos", blob, name);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { [CSRF]: form.elements.csrf.value },
      redirect: "manual",
      credentials: "same-origin",
    });
    return answer.type === "opaqueredirect" || answer.ok;
  } catch {
    return false;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// --- files: each in a request of its own, so that one that is too large spoils no other --------------

function sendsFiles() {
  const field = form.querySelector("input[type=file]");
  const says = document.getElementById("photos-says");
  const press = form.querySelector("button");
  field.required = false;
  press.hidden = true;
  const sendThem = async () => {
    const files = [...field.files];
    if (!files.length) return;
    let lost = 0;
    field.disabled = true;
    for (const [index, file] of files.entries()) {
      says.textContent = form.dataset.sending
        .replace("{done}", index + 1)
        .replace("{all}", files.length);
      if (!(await send(file, file.name))) lost += 1;
    }
    field.disabled = false;
    field.value = "";
    says.textContent = lost ? form.dataset.unsent : "";
  };
  field.addEventListener("change", sendThem);
  // Over a slow line somebody chooses before this script is there; then nothing else sends them.
  sendThem();
}

// --- the camera ------------------------------------------------------------------------------------------

function hasCamera() {
  const part = (name) => document.getElementById(`camera-${name}`);
  const [says, stage, view, step, tray] = ["says", "stage", "view", "step", "tray"].map(part);
  const buttons = Object.fromEntries(
    ["start", "take", "send", "turn", "stop"].map((name) => [name, part(name)]),
  );
  const steps = [...part("steps").children].map((one) => one.textContent);
  let stream = null;
  let facing = "user";
  let taken = [];
  let taking = false;

  const show = (...names) => {
    for (const [name, button] of Object.entries(buttons)) button.hidden = !names.includes(name);
  };
  const tell = (text) => {
    says.textContent = text;
  };

  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
    tell(section.dataset.insecure);
    return;
  }
  tell("");
  show("start");

  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    view.srcObject = null;
    stage.hidden = true;
    show("start");
  };

  const start = async () => {
    stop();
    tell("");
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 960 } },
      });
    } catch (error) {
      tell(error.name === "NotAllowedError" ? section.dataset.denied : section.dataset.missing);
      return;
    }
    view.srcObject = stream;
    await view.play();
    stage.classList.toggle("mirrored", facing === "user");
    stage.hidden = false;
    show("take", "turn", "stop");
    buttons.take.focus();
  };

  const shot = () =>
    new Promise((done) => {
      const scale = Math.min(1, LONG_SIDE / Math.max(view.videoWidth, view.videoHeight));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(view.videoWidth * scale);
      canvas.height = Math.round(view.videoHeight * scale);
      canvas.getContext("2d").drawImage(view, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(done, "image/jpeg", 0.92);
    });

  const draw = () => {
    tray.replaceChildren(
      ...taken.map((picture, index) => {
        const item = document.createElement("li");
        const image = document.createElement("img");
        const drop = document.createElement("button");
        const name = section.dataset.keep.replace("{n}", index + 1);
        image.src = picture.url;
        image.alt = name;
        drop.type = "button";
        drop.className = "button button-quiet";
        drop.textContent = section.dataset.takeOut;
        drop.setAttribute("aria-label", `${section.dataset.takeOut}: ${name}`);
        drop.addEventListener("click", () => {
          taken = taken.filter((one) => one !== picture);
          URL.revokeObjectURL(picture.url);
          draw();
        });
        item.append(image, drop);
        return item;
      }),
    );
    tray.hidden = taken.length === 0;
    buttons.take.classList.toggle("button-primary", taken.length === 0);
    buttons.take.classList.toggle("button-plain", taken.length > 0);
    if (stream && !taking) show(...(taken.length ? ["send"] : []), "take", "turn", "stop");
    else if (!taking) show(taken.length ? "send" : "start");
  };

  const take = async () => {
    taking = true;
    show("stop");
    for (const words of steps) {
      step.textContent = words;
      await pause(STEP_MS);
      for (let count = 0; count < TAKES && stream; count += 1) {
        const blob = await shot();
        if (blob) taken.push({ blob, url: URL.createObjectURL(blob) });
        await pause(GAP_MS);
      }
      if (!stream) break;
    }
    step.textContent = "";
    taking = false;
    draw();
    buttons.send.focus();
  };

  const sendAll = async () => {
    stop();
    show();
    tell(section.dataset.sending);
    const left = [];
    for (const [index, picture] of taken.entries()) {
      if (await send(picture.blob, `camera-${index + 1}.jpg`)) URL.revokeObjectURL(picture.url);
      else left.push(picture);
    }
    taken = left;
    tell(left.length ? section.dataset.unsent : section.dataset.sent);
    draw();
  };

  buttons.start.addEventListener("click", start);
  buttons.take.addEventListener("click", take);
  buttons.send.addEventListener("click", sendAll);
  buttons.stop.addEventListener("click", stop);
  buttons.turn.addEventListener("click", () => {
    facing = facing === "user" ? "environment" : "user";
    start();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && !taking) stop();
  });
  if (section.dataset.open !== undefined) section.scrollIntoView({ block: "nearest" });
}

if (form) sendsFiles();
if (section && form) hasCamera();
