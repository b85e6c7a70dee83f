"use strict";

// Our half of a tab, around textual-serve's: which process it shows, what a terminal cannot do, and the end.

const key = localStorage.getItem("chinwag-key") || "";
const [ENDED, TAKEN_OVER, TOO_MANY] = [4000, 4001, 4002];
const find = (selector) => document.querySelector(selector);

// A reload finds the same process again; another tab has one of its own.
const tab = sessionStorage.getItem("chinwag-tab") || newName();
sessionStorage.setItem("chinwag-tab", tab);

let socket = null;
let lastWords = "";

function newName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function say(...message) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

// textual-serve's script makes the socket; this is what it gets.

class TabSocket extends WebSocket {
  constructor(url) {
    super(url, ["chinwag", key]);
    socket = this;
    this.addEventListener("open", () => {
      focusTerminal();
      tellBackground();
      const words = takeEarly();
      if (words) say("stdin", `\x1b[200~${words}\x1b[201~`);
      say(document.hasFocus() ? "focus" : "blur");
    });
    this.addEventListener("message", ({ data }) => {
      if (typeof data === "string") take(...JSON.parse(data));
    });
    this.addEventListener("close", ({ code }) => end(code));
  }
}

function take(kind, value) {
  if (kind === "title") document.title = value;
  else if (kind === "link") follow(value);
  else if (kind === "download") download(value);
  else if (kind === "upload") whenAllowed("Choose files to attach", "choose", () => find("#files").click());
  else if (kind === "ended") lastWords = value;
}

// Whether the person has it dark or light, as a terminal answers that is asked for its background (OSC 11).

const light = matchMedia("(prefers-color-scheme: light)");

function tellBackground() {
  const level = light.matches ? "ffff" : "0000";
  say("stdin", `\x1b]11;rgb:${level}/${level}/${level}\x1b\\`);
}

light.addEventListener("change", tellBackground);

// What a browser does only soon after a key or a click is offered as a button otherwise.

function whenAllowed(text, label, act) {
  if (!navigator.userActivation || navigator.userActivation.isActive) act();
  else offer(text, label, act);
}

function follow(url) {
  whenAllowed(url, "open", () => window.open(url, "_blank", "noopener,noreferrer"));
}

function download({ key: name, name: file }) {
  const link = document.createElement("a");
  link.href = `/tab/${tab}/download/${name}`;
  link.download = file;
  link.click();
}

let hiding = 0;

function offer(text, label, act) {
  const bar = find("#bar");
  const button = bar.querySelector("button");
  clearTimeout(hiding);
  bar.querySelector("span").textContent = text;
  button.textContent = label;
  button.hidden = !label;
  button.onclick = () => {
    bar.hidden = true;
    act();
    focusTerminal();
  };
  bar.hidden = false;
  hiding = setTimeout(() => (bar.hidden = true), label ? 30000 : 8000);
}

// Files of this machine.

async function upload(files) {
  for (const file of files) {
    offer(`${file.name}: on its way…`, "");
    let problem;
    try {
      const address = `/tab/${tab}/upload?name=${encodeURIComponent(file.name)}`;
      const answer = await fetch(address, { method: "POST", headers: { "X-Chinwag-Key": key }, body: file });
      const ours = (answer.headers.get("Content-Type") ?? "").startsWith("text/plain");
      problem = answer.ok ? "" : ours ? await answer.text() : `a proxy on the way refuses it (${answer.status}).`;
    } catch {
      problem = "it could not be read or sent. A folder cannot be uploaded.";
    }
    if (problem) offer(`${file.name}: ${problem}`, "");
    else find("#bar").hidden = true;
  }
  focusTerminal();
}

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  upload([...event.dataTransfer.files]);
});
document.addEventListener(
  "paste",
  (event) => {
    if (!event.clipboardData.files.length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    upload([...event.clipboardData.files]);
  },
  true,
);
find("#files").addEventListener("change", ({ target }) => {
  upload([...target.files]);
  target.value = "";
});

// Keys. xterm.js would make enter of shift+enter, and keep ctrl+v from the browser, which pastes by it. Of escape it makes
// what may as well be alt with the key behind it, so that the app would wait for that.

const SPELLED = { Enter: 13, Escape: 27 };

document.addEventListener(
  "keydown",
  (event) => {
    const pastes = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "v";
    const modifiers = 1 + event.shiftKey + 2 * event.altKey + 4 * event.ctrlKey;
    if (pastes) {
      event.stopImmediatePropagation();
    } else if (event.key in SPELLED && (event.key === "Escape" || modifiers > 1) && inTerminal(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      say("stdin", `\x1b[${SPELLED[event.key]};${modifiers}u`);
    }
  },
  true,
);

function inTerminal({ target, isComposing }) {
  return !isComposing && find("#terminal").contains(target);
}

function focusTerminal() {
  find(".xterm-helper-textarea")?.focus();
}

window.addEventListener("focus", () => {
  focusTerminal();
  say("focus");
});
window.addEventListener("blur", () => say("blur"));

// The clipboard: without TLS, a browser has the old way only.

function copyByCommand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focusTerminal();
  return copied ? Promise.resolve() : Promise.reject(new Error("not allowed"));
}

const clipboard = navigator.clipboard || {};
const write = clipboard.writeText ? clipboard.writeText.bind(clipboard) : copyByCommand;
clipboard.writeText = (text) => write(text).catch(() => offer("The browser wants a click first.", "copy", () => write(text)));
clipboard.readText = () => Promise.resolve("");
if (!navigator.clipboard) Object.defineProperty(navigator, "clipboard", { value: clipboard });

// The end, and coming again.

function end(code) {
  document.title = "Chinwag";
  takeEarly();
  if (code === ENDED) cover("Chinwag has ended.", "Start it again", startAnew, lastWords);
  else if (code === TAKEN_OVER) cover("This is shown in another tab now.", "Show it here", () => location.reload());
  else if (code === TOO_MANY) cover("There are as many tabs as there may be. Close one.", "Try again", () => location.reload());
  else {
    cover("The connection is lost; it is tried again…", "Try now", comeAgain);
    setInterval(comeAgain, 2000);
  }
}

function startAnew() {
  sessionStorage.removeItem("chinwag-tab");
  location.reload();
}

async function comeAgain() {
  let status = 0;
  try {
    status = (await fetch("/alive", { headers: { "X-Chinwag-Key": key } })).status;
  } catch {
    return;
  }
  if (status === 204) location.reload();
  else if (status === 401) location.replace("/sign-in");
}

function cover(text, label, act, words) {
  const box = find("#cover");
  const [button, more] = [box.querySelector("button"), box.querySelector("pre")];
  box.querySelector("p").textContent = text;
  more.textContent = words || "";
  more.hidden = !words;
  button.textContent = label;
  button.onclick = act;
  box.hidden = false;
  button.focus();
}

// The link of who is let in already: its token is not to stay in the address, and gets a key where that was lost.

function signInByLink() {
  const isLink = location.hash.startsWith("#token=");
  if (isLink) location.replace(`/sign-in${location.hash}`);
  return isLink;
}

window.addEventListener("hashchange", signInByLink);

// A terminal measures its font when it is made.

async function begin() {
  if (signInByLink()) return;
  if (!(await fetch("/alive", { headers: { "X-Chinwag-Key": key } })).ok) {
    location.replace("/sign-in");
    return;
  }
  window.WebSocket = TabSocket;
  find("#terminal").dataset.sessionWebsocketUrl = `${location.origin.replace("http", "ws")}/tab/${tab}`;
  await Promise.all(["16px", "bold 16px", "italic 16px"].map((style) => document.fonts.load(`${style} "Roboto Mono"`)));
  const script = document.createElement("script");
  script.src = "/static/textual.js";
  script.onload = () => window.onload();
  document.head.append(script);
}

window.addEventListener("load", begin, { once: true });
