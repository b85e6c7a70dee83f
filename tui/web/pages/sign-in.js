"use strict";

// The token comes behind "#" in the link, which no browser sends to a server and no server writes into a log.

const status = document.querySelector("[role=status]");

async function signIn(token) {
  let [answer, text] = [{ ok: false }, "The server does not answer."];
  try {
    answer = await fetch("/sign-in", { method: "POST", body: token });
    text = await answer.text();
  } catch {}
  if (answer.ok) {
    localStorage.setItem("chinwag-key", text);
    location.replace("/");
  } else {
    takeEarly();
    status.textContent = text;
  }
}

async function begin() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  if (token) {
    await signIn(token);
    return;
  }
  // A link in another site's page brings no cookie along; our own page does.
  const key = localStorage.getItem("chinwag-key");
  if (key && (await fetch("/alive", { headers: { "X-Chinwag-Key": key } })).ok) location.replace("/");
}

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn(event.target.token.value.trim());
});
// A link that is opened in this very page changes nothing but what is behind "#".
window.addEventListener("hashchange", begin);
begin();
