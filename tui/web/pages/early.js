"use strict";

// What is typed before the terminal is there, from the first moment of a page: this comes before all that a page waits for.
// It goes in as a paste, which is text wherever it comes to: of a tab that was there before nobody could see what its keys
// would have done. A page that signs in by its link hands it on to the next one; one that asks for the token keeps nothing.

let isEarly = !("byLink" in document.currentScript.dataset) || location.hash.startsWith("#token=");
let early = sessionStorage.getItem("chinwag-early") || "";
sessionStorage.removeItem("chinwag-early");

function keepEarly(event) {
  const { key: typed } = event;
  const isText = typed.length === 1 && !event.metaKey && (event.getModifierState("AltGraph") || !(event.ctrlKey || event.altKey));
  if (!isEarly || event.isComposing || !(isText || typed === "Enter" || typed === "Backspace")) return;
  early = typed === "Backspace" ? Array.from(early).slice(0, -1).join("") : early + (isText ? typed : "\n");
  event.preventDefault();
  event.stopImmediatePropagation();
}

function takeEarly() {
  const words = isEarly ? early.replace(/\n+$/, "") : "";
  isEarly = false;
  return words;
}

document.addEventListener("keydown", keepEarly, true);
window.addEventListener("pagehide", () => {
  if (isEarly && early) sessionStorage.setItem("chinwag-early", early);
});
