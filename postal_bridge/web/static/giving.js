// Who took it: a signature drawn with a finger, a photograph, the place; sent when there is a network.

import { Refused, forget, hashOf, keep, kept, newId, send, untilDone } from "./keeping.js";

const form = document.getElementById("giao");
const field = form.querySelector("canvas");
const told = document.getElementById("ket-qua");
const path = form.dataset.buuGui;
const pen = field.getContext("2d");
const LONGEST_PX = 1600;
const strokes = [];
let began = 0;

function resize() {
  field.width = field.clientWidth;
  field.height = field.clientHeight;
  pen.lineWidth = 2.5;
  pen.lineCap = pen.lineJoin = "round";
  strokes.length = 0;
}

function pointOf(event) {
  const box = field.getBoundingClientRect();
  const inside = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
  if (!strokes.length) began = event.timeStamp;
  const x = inside(event.clientX - box.left, field.width);
  return [x, inside(event.clientY - box.top, field.height), Math.round(event.timeStamp - began)];
}

function draw(stroke) {
  const [x, y] = stroke.at(-1), [fromX, fromY] = stroke.at(-2) ?? stroke.at(-1);
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(x, y);
  pen.stroke();
}

field.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  field.setPointerCapture(event.pointerId);
  const point = pointOf(event);
  strokes.push([point]);
  draw(strokes.at(-1));
});
field.addEventListener("pointermove", (event) => {
  if (!field.hasPointerCapture(event.pointerId)) return;
  strokes.at(-1).push(pointOf(event));
  draw(strokes.at(-1));
});
form.querySelector("#xoa").addEventListener("click", resize);

// A position is worth a few seconds, never a delivery that cannot be written.
function whereabouts() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({});
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude }),
      () => resolve({}),
      { enableHighAccuracy: true, timeout: 5000, maximumAge: 60000 },
    );
  });
}

// A picture of the door needs no twelve megapixels, and the network is weak. What cannot be made
// smaller is sent as it is: the server says what it takes.
async function smaller(photo) {
  try {
    const picture = await createImageBitmap(photo);
    const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
    const sheet = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
    return await sheet.convertToBlob({ type: "image/jpeg", quality: 0.8 });
  } catch {
    return photo;
  }
}

function tell(sentence, kind) {
  told.textContent = sentence;
  told.className = kind;
}

async function deliver({ id, photo, path: to, ...proof }) {
  await untilDone(async () => {
    const { event } = await send("POST", to, proof);
    if (photo) await send("PUT", `${to}?su-kien=${event}`, photo);
  }, () => tell("Mất mạng: đã giữ trên máy, sẽ tự gửi.", "note"));
  await forget("proofs", id);
}

async function sendAll() {
  for (const entry of await kept("proofs")) {
    try {
      await deliver(entry);
      if (entry.path === path) {
        form.hidden = true;
        tell("Đã ghi: bưu gửi đã giao, có bằng chứng.", "empty good");
      }
    } catch (wrong) {
      if (!(wrong instanceof Refused)) throw wrong;
      if (entry.path === path) {
        if (wrong.judged) await forget("proofs", entry.id);
        tell(wrong.message, "wrong");
      }
    }
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const typed = new FormData(form), photo = typed.get("anh");
  const there = photo && photo.size ? await smaller(photo) : null;
  if (!strokes.length && !there) return tell("Cần chữ ký của người nhận hoặc ảnh lúc giao.", "wrong");
  const at = new Date().toISOString();
  form.querySelector("button.main").disabled = true;
  tell("Đang ghi…", "note");
  const id = newId();
  await keep("proofs", {
    id, path, scan_id: id, at, photo: there,
    receiver: typed.get("nguoi_nhan"), relation: typed.get("quan_he"), relation_note: typed.get("ghi_chu"),
    signature: strokes.length ? { width: field.width, height: field.height, strokes } : null,
    photo_sha256: there ? await hashOf(there) : null,
    ...(await whereabouts()),
  });
  try {
    await sendAll();
  } finally {
    form.querySelector("button.main").disabled = false;
  }
});
resize();
sendAll();
