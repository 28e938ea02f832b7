// What is on its way to the server is kept on the telephone until the server has it: a page may be
// closed, a battery run out, a network be away for hours.

const DATABASE = "pb", FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 30000;

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => {
      for (const store of ["files", "proofs"]) asked.result.createObjectStore(store, { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function inStore(store, mode, work) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode);
      const asked = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const keep = (store, entry) => inStore(store, "readwrite", (s) => s.put(entry));
export const kept = (store) => inStore(store, "readonly", (s) => s.getAll());
export const forget = (store, id) => inStore(store, "readwrite", (s) => s.delete(id));

// A UUID of version 7: the time first, so that ids sort by it (RFC 9562, 5.7).
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now();
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

export async function hashOf(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The server said no: sending the same again would not help. Only what it `judged` and refused need
// not be kept any longer; whoever is no longer signed in signs in, and sends it then.
export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.judged = status === 422;
  }
}

// Gives what the server says. Throws Refused with its sentence, or whatever else went wrong on the
// way: that is worth trying again.
export async function send(method, path, body) {
  const json = body !== undefined && !(body instanceof Blob);
  const answer = await fetch(path, {
    method,
    body: json ? JSON.stringify(body) : body,
    headers: json ? { "Content-Type": "application/json" } : {},
    redirect: "error",
  });
  if (answer.status >= 500) throw new Error(`${answer.status}`);
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.wrong ?? "Máy chủ không nhận. Hãy tải lại trang.", answer.status);
  return told;
}

// Runs a piece of work until it is done or refused, with longer and longer pauses; at once when the
// network comes back.
export async function untilDone(work, tellPause) {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (wrong) {
      if (wrong instanceof Refused) throw wrong;
      tellPause();
      await new Promise((resolve) => {
        const wake = () => { clearTimeout(timer); removeEventListener("online", wake); resolve(); };
        const timer = setTimeout(wake, pause);
        addEventListener("online", wake);
      });
    }
  }
}
