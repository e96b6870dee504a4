// Saves each answer as soon as it is given. What the server has not acknowledged stays in this browser, per user and
// questionnaire, and is sent again: after a reload, when the network is back, after a new log-in. The form works
// without this script; the rules are the server's alone.

import { drop, keep, keptItems } from "./kept.js";

const form = document.querySelector("form[data-autosave]");
if (form) start(form);

function start(form) {
  const prefix = `monitor:${form.dataset.user}:${form.dataset.entry}:`;
  const status = document.getElementById("bewaarstatus");
  const words = status.dataset;
  const queue = new Map(); // key -> the newest thing to send for it
  const pauses = new Map(); // key -> timer, while somebody is typing in it
  let busy = false;
  let wait = 1000;
  let timer = null;
  let pressed = null; // a button that waits until all is saved

  // ---- What is to be sent -------------------------------------------------------------------------------------------

  /** The name of the answer that an input belongs to: a question, or a cell of the roster. */
  function answerOf(input) {
    return input.closest("[data-answer]")?.dataset.answer;
  }

  function holder(answer) {
    return form.querySelector(`[data-answer="${CSS.escape(answer)}"]`);
  }

  /** The fields of one answer as a form would send them, with the version that the page shows. */
  function bodyOf(answer) {
    const box = holder(answer);
    const body = new URLSearchParams();
    for (const input of box.querySelectorAll("input, select, textarea")) {
      if (!input.name || input.disabled) continue;
      if ((input.type === "checkbox" || input.type === "radio") && !input.checked) continue;
      body.append(input.name, input.value);
    }
    setSeen(body, box);
    return body;
  }

  function setSeen(body, box) {
    const { school, question, version } = box.dataset;
    body.set(school ? `r.${school}` : "seen", `${question}:${version}`);
  }

  /** Keep an answer from its first keystroke on; it is sent when its pause, if any, is over. */
  function remember(answer, pause = 0) {
    const key = `${prefix}${form.dataset.section}:${answer}`;
    const item = { key, url: form.dataset.autosave, answer, body: bodyOf(answer).toString() };
    queue.set(key, item);
    keep(item);
    clearTimeout(pauses.get(key));
    pauses.delete(key);
    if (pause) pauses.set(key, setTimeout(typed, pause, key));
    show("unsaved", words.unsaved);
    if (!pause) send();
  }

  function typed(key) {
    pauses.delete(key);
    send();
  }

  function forget(key, item) {
    const newest = queue.get(key);
    if (newest === item) {
      queue.delete(key);
      drop(key);
    } else if (newest && holder(item.answer)) {
      // Typed meanwhile: it follows on the version that was just acknowledged.
      const body = new URLSearchParams(newest.body);
      setSeen(body, holder(item.answer));
      newest.body = body.toString();
      keep(newest);
    }
  }

  // ---- Sending, one at a time ---------------------------------------------------------------------------------------

  async function send() {
    const next = [...queue].find(([key]) => !pauses.has(key));
    if (busy || !next) return;
    busy = true;
    clearTimeout(timer);
    const [key, item] = next;
    try {
      show("saving", words.saving);
      const answer = await post(item);
      wait = 1000;
      await settle(key, item, answer);
    } catch (failure) {
      show("failed", words.offline);
      pressed = null;
      timer = setTimeout(send, wait);
      wait = Math.min(wait * 2, 30000);
      busy = false;
      return;
    }
    busy = false;
    if (queue.size) send();
    else if (pressed) form.requestSubmit(pressed);
  }

  async function post(item) {
    const body = new URLSearchParams(item.body);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    if (item.url === form.dataset.autosave) addShown(body, item.answer);
    const response = await fetch(item.url, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    return response;
  }

  /** Tell the server what is on the page, so that it sends what came up. */
  function addShown(body, answer) {
    const library = [...form.querySelectorAll("[data-answer]:not([data-school])")];
    body.set("shown", library.map((box) => box.dataset.question).join(","));
    const school = holder(answer)?.dataset.school;
    if (school) {
      const asked = [...form.querySelectorAll(`[data-school="${CSS.escape(school)}"]`)];
      body.set(`shown.${school}`, asked.map((box) => box.dataset.question).join(","));
    }
  }

  async function settle(key, item, response) {
    if (response.type === "opaqueredirect" || response.status === 403) {
      // Logged out or a stale page. The answer stays in the browser; after logging in this page sends it again.
      queue.clear();
      show("failed", words.expired);
      status.append(" ", link(location.pathname, words.login));
      return;
    }
    if (response.status === 409) {
      queue.clear();
      show("failed", (await response.json()).message);
      return;
    }
    if (!response.ok) {
      queue.delete(key);
      show("failed", words.refused);
      return;
    }
    const result = await response.json();
    const here = item.url === form.dataset.autosave;
    const problems = Object.keys(result.errors).length + result.conflicts.length;
    if (!here && problems) {
      queue.delete(key); // shown when that section is opened, where it is sent again
      show("failed", words.elsewhere);
      return;
    }
    if (here) update(item, result);
    if (result.conflicts.length === 0) forget(key, item);
    else if (queue.get(key) === item) queue.delete(key); // kept on disk until one of both is chosen
    if (problems) show("failed", words.problem);
    else if (queue.size === 0) show("saved", words.saved.replace("[time]", result.at));
    else show("unsaved", words.unsaved);
  }

  function show(kind, text) {
    status.className = `save-status ${kind}`;
    if (status.textContent !== text) status.textContent = text;
  }

  function link(href, text) {
    const anchor = document.createElement("a");
    anchor.href = href;
    anchor.textContent = text;
    return anchor;
  }

  // ---- What changed on the page -------------------------------------------------------------------------------------

  function update(item, result) {
    for (const [answer, version] of Object.entries(result.versions)) {
      const box = holder(answer);
      if (box) box.dataset.version = version;
      document.getElementById(`conflict-${answer}`)?.remove();
    }
    markErrors(item.answer, result.errors);
    place(result);
    for (const [name, text] of Object.entries(result.checks)) {
      const note = document.getElementById(`controle_id_${name}`);
      if (note && note.textContent.trim() !== text) {
        note.firstElementChild.textContent = text;
        note.hidden = !text;
      }
    }
    for (const conflict of result.conflicts) showConflict(conflict);
    writeSeen();
  }

  /** Put pieces in: those with an id that is on the page replace it, new questions take their place in the order. */
  function place(result) {
    const pieces = document.createElement("template");
    pieces.innerHTML = result.html;
    const focus = document.activeElement?.id;
    for (const piece of [...pieces.content.querySelectorAll("[data-piece]")]) {
      const old = document.getElementById(piece.id);
      if (old && old.contains(document.activeElement) && old.matches("[data-answer]")) continue;
      if (old) old.replaceWith(piece);
      else document.getElementById("vragen")?.append(piece);
    }
    const list = document.getElementById("vragen");
    const boxes = list ? [...list.querySelectorAll(":scope > [data-answer]")] : [];
    for (const box of boxes) {
      if (!result.order.includes(box.dataset.question)) box.remove();
    }
    result.order.forEach((code, at) => {
      const box = document.getElementById(`vraag-${code}`);
      const there = list?.querySelectorAll(":scope > [data-answer]")[at];
      if (box && there && there !== box) there.before(box);
    });
    if (focus && document.activeElement === document.body) document.getElementById(focus)?.focus();
  }

  function markErrors(answer, errors) {
    const box = holder(answer);
    if (!box) return;
    box.querySelectorAll("[data-error]").forEach((old) => old.remove());
    box.querySelectorAll("[aria-invalid]").forEach((old) => old.removeAttribute("aria-invalid"));
    for (const [name, text] of Object.entries(errors)) {
      const input = box.querySelector(`[name="${CSS.escape(name)}"]`) ?? box.querySelector("input, select, textarea");
      const note = document.createElement("p");
      note.className = "invalid-feedback d-block";
      note.dataset.error = "";
      note.id = `fout_${name}`;
      note.setAttribute("role", "alert");
      note.textContent = text;
      input?.setAttribute("aria-invalid", "true");
      input?.setAttribute("aria-describedby", note.id);
      box.append(note);
    }
  }

  function showConflict(conflict) {
    const box = holder(conflict.name);
    if (!box) return;
    document.getElementById(`conflict-${conflict.name}`)?.remove();
    const piece = document.createElement("template");
    piece.innerHTML = conflict.html;
    const alert = piece.content.firstElementChild;
    box.append(alert);
    alert.addEventListener("click", (event) => {
      const choice = event.target.closest("button")?.dataset.choose;
      if (choice === "mine") {
        box.dataset.version = conflict.version;
        alert.remove();
        remember(conflict.name);
      } else if (choice === "theirs") {
        const theirs = alert.querySelector("template").content.firstElementChild.cloneNode(true);
        alert.remove();
        drop(`${prefix}${form.dataset.section}:${conflict.name}`);
        box.replaceWith(theirs);
        theirs.querySelector("input, select, textarea")?.focus();
        writeSeen();
        show("saved", words.taken);
      }
    });
  }

  /** Keep the hidden fields true, so that the button under the form sends the versions of this moment. */
  function writeSeen() {
    const versions = { seen: [] };
    for (const box of form.querySelectorAll("[data-answer]")) {
      const field = box.dataset.school ? `r.${box.dataset.school}` : "seen";
      (versions[field] ??= []).push(`${box.dataset.question}:${box.dataset.version}`);
    }
    for (const [field, seen] of Object.entries(versions)) {
      const input = form.elements[field];
      if (input) input.value = seen.join(",");
    }
  }

  // ---- Beginning and end --------------------------------------------------------------------------------------------

  /** Give the fields of an answer what was typed before a reload. */
  function fill(item) {
    const box = holder(item.answer);
    if (!box) return false;
    const body = new URLSearchParams(item.body);
    for (const input of box.querySelectorAll("input, select, textarea")) {
      if (!input.name) continue;
      if (input.type === "checkbox" || input.type === "radio") input.checked = body.getAll(input.name).includes(input.value);
      else input.value = body.get(input.name) ?? "";
    }
    return true;
  }

  async function replay() {
    for (const item of await keptItems(prefix)) {
      if (queue.has(item.key)) continue; // it was answered again before we had read this
      if (item.url === form.dataset.autosave) fill(item);
      queue.set(item.key, item);
    }
    if (queue.size) {
      show("unsaved", words.replay);
      send();
    }
  }

  form.addEventListener("input", (event) => {
    const input = event.target;
    if (!["text", "textarea"].includes(input.type)) return;
    const answer = answerOf(input);
    if (!answer) return;
    remember(answer, 1500);
  });
  form.addEventListener("change", (event) => {
    const answer = answerOf(event.target);
    if (!answer) return;
    remember(answer);
  });
  form.addEventListener("submit", (event) => {
    const { submitter } = event;
    if (submitter?.name === "same") {
      // Last year's answer takes the place of what was typed just before, so that is saved first, and not sent again.
      if (busy || queue.size) {
        event.preventDefault();
        pressed = submitter;
        send();
        return;
      }
    }
    // The form sends everything itself; what it sent need not be sent again unless that fails.
    pauses.forEach(clearTimeout);
  });
  window.addEventListener("online", send);
  replay();
}
