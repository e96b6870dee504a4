// Answers that a section's page kept and could not send before it was left: sent from here, so that none is left out of
// what is submitted. What went wrong with one is shown on the page of its section.

import { Outbox, request, storedOf } from "./outbox.js";

const note = document.getElementById("nog-te-bewaren");
if (note) start(note);

function start(note) {
  const { user, entry, ...words } = note.dataset;
  const troubled = new Set(); // addresses of sections
  let isChanged = false;
  let isSavingTexts = false; // what is typed on this page itself: explanations

  function show(text, ...links) {
    note.textContent = text;
    for (const link of links) note.append(" ", link);
    note.hidden = false;
  }

  function linkTo(href, text) {
    return Object.assign(document.createElement("a"), { href, textContent: text });
  }

  const titleOf = (href) => document.querySelector(`.section-list a[href="${href}"]`)?.firstChild.textContent.trim() ?? href;

  const outbox = new Outbox(`monitor:${user}:${entry}:`, {
    post: (url, body) => request(url, body),
    settle(url, sent, kind, result) {
      if (kind !== "saved") {
        show(kind === "closed" ? result.message : words.failed);
        return [];
      }
      const done = storedOf(sent, result);
      isChanged ||= done.length > 0;
      if (done.length < sent.length) troubled.add(url.replace(/bewaren\/$/, ""));
      queueMicrotask(finish);
      return done;
    },
    state: (kind) => show(kind === "failed" ? words.failed : words.saving),
  });

  const texts = document.querySelectorAll("main input[type=text]");
  const isTyping = () => [...texts].some((field) => field.value !== field.defaultValue);

  /** Once everything is sent. */
  async function finish() {
    if (!(await outbox.idle())) return;
    if (troubled.size) show(words.trouble, ...[...troubled].map((href) => linkTo(href, titleOf(href))));
    else if (isTyping()) show(words.saved, linkTo(location.pathname, words.again));
    else if (isChanged) location.reload(); // the lists on this page are about what was saved just now
  }

  window.addEventListener("beforeunload", (event) => isTyping() && !isSavingTexts && event.preventDefault());
  outbox.replay(() => {});
  for (const form of document.querySelectorAll("main form")) {
    form.addEventListener("submit", async (event) => {
      if (outbox.isIdle) {
        isSavingTexts = form.querySelector("input[type=text]") !== null;
        return;
      }
      event.preventDefault();
      if (await outbox.idle()) form.requestSubmit(event.submitter);
    });
  }
}
