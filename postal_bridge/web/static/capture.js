// Photographs go to the server in parts and go on where they were; what is wrong with a page is said
// while the paper still lies on the table.

import { Refused, forget, hashOf, keep, kept, newId, send, untilDone } from "./keeping.js";

const papers = document.getElementById("giay-to");
const network = document.getElementById("mang");
const root = papers.dataset.hoSo;
let turn = Promise.resolve();

const paperOf = (position) => papers.querySelector(`[data-giay="${position}"]`);

function line(entry) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const bar = document.createElement("progress");
  const said = document.createElement("p");
  name.textContent = entry.file_name;
  said.className = "note";
  said.setAttribute("role", "status");
  bar.max = 1;
  bar.value = 0;
  item.append(name, bar, said);
  (paperOf(entry.position) ?? papers).querySelector(".queue").append(item);
  return { item, bar, said };
}

async function sendFile(entry, shown) {
  const path = `${root}/tep`;
  const { file, code, ...announced } = entry;
  let status = await send("POST", path, announced);
  while (status.missing.length) {
    for (const number of status.missing) {
      const begin = (number - 1) * status.part_bytes;
      const part = file.slice(begin, begin + status.part_bytes);
      const now = await send("PUT", `${path}/${entry.id}/${number}`, part);
      shown.bar.value = now.received / now.parts;
      shown.said.textContent = `Đang gửi ${now.received}/${now.parts} phần`;
    }
    status = await send("POST", path, announced);
  }
  shown.said.textContent = "Đã gửi đủ, đang xử lý trang…";
  return send("POST", `${path}/${entry.id}/xong`);
}

// The server draws the pages; only the paper that changed is put in place.
async function redraw(position) {
  const answer = await fetch(root, { redirect: "error" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const then = fresh.querySelector(`[data-giay="${position}"]`), now = paperOf(position);
  if (!then || !now) return location.reload();
  for (const part of [".note", ".pages"]) now.querySelector(part).replaceWith(then.querySelector(part));
  const made = now.querySelector(".documents"), drawn = then.querySelector(".documents");
  if (made) made.remove();
  if (drawn) now.append(drawn);
}

async function deliver(entry) {
  const shown = line(entry);
  try {
    const { pages } = await untilDone(
      () => sendFile(entry, shown),
      () => { shown.said.textContent = "Mất mạng: tệp được giữ trên máy, sẽ tự gửi tiếp."; },
    );
    await forget("files", entry.id);
    shown.item.remove();
    await redraw(entry.position);
    if (pages?.some((page) => page.flags.some((flag) => flag.again))) navigator.vibrate?.(200);
  } catch (wrong) {
    if (!(wrong instanceof Refused)) throw wrong;
    shown.said.textContent = wrong.message;
    shown.said.className = "wrong";
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "quiet small";
    drop.textContent = "Bỏ tệp này";
    drop.addEventListener("click", async () => { await forget("files", entry.id); shown.item.remove(); });
    shown.item.append(drop);
  }
}

// One after the other: a weak network carries one file faster than three.
function queue(entry) {
  turn = turn.then(() => deliver(entry)).catch((wrong) => { network.textContent = `${wrong}`; });
}

async function take(input) {
  const position = Number(input.closest("[data-giay]").dataset.giay);
  for (const file of input.files) {
    const entry = {
      id: newId(), code: root, position, file_name: file.name || "anh.jpg", size_bytes: file.size,
      sha256: await hashOf(file), find_edges: file.type !== "application/pdf", file,
    };
    await keep("files", entry);
    queue(entry);
  }
  input.value = "";
}

papers.addEventListener("change", (event) => {
  if (event.target.matches("input.file")) take(event.target);
});
const tellNetwork = () => {
  network.textContent = navigator.onLine ? "" : "Không có mạng: cứ chụp tiếp, ảnh được giữ trên máy.";
};
addEventListener("online", tellNetwork);
addEventListener("offline", tellNetwork);
tellNetwork();
for (const entry of await kept("files")) if (entry.code === root) queue(entry);
