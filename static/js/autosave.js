// Saves each answer as soon as it is given. What the server has not acknowledged stays in this browser, per user and
// questionnaire, and is sent again: after a reload, when the network is back, after a new log-in. The form works
// without this script; the rules are the server's alone.

const form = document.querySelector("form[data-autosave]");
if (form) start(form);

function start(form) {
  const prefix = `monitor:${form.dataset.user}:${form.dataset.entry}:`;
  const status = document.getElementById("bewaarstatus");
  const words = status.dataset;
  const queue = new Map(); // key -> the newest thing to send for it
  let busy = false;
  let wait = 1000;
  let timer = null;

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
    const { school, question, version } = box.dataset;
    if (school) body.set(`r.${school}`, `${question}:${version}`);
    else body.set("seen", `${question}:${version}`);
    return body;
  }

  function remember(answer) {
    const item = { url: form.dataset.autosave, answer, body: bodyOf(answer).toString() };
    const key = `${prefix}${form.dataset.section}:${answer}`;
    try {
      localStorage.setItem(key, JSON.stringify(item));
    } catch {
      // Private mode or a full disk: the answer is still sent, only not kept in the browser.
    }
    queue.set(key, item);
    show("unsaved", words.unsaved);
    send();
  }

  function forget(key, item) {
    if (queue.get(key) !== item) return; // something newer was typed meanwhile
    queue.delete(key);
    localStorage.removeItem(key);
  }

  // ---- Sending, one at a time ---------------------------------------------------------------------------------------

  async function send() {
    if (busy || queue.size === 0) return;
    busy = true;
    clearTimeout(timer);
    const [key, item] = queue.entries().next().value;
    try {
      show("saving", words.saving);
      const answer = await post(item);
      wait = 1000;
      await settle(key, item, answer);
    } catch (failure) {
      show("failed", words.offline);
      timer = setTimeout(send, wait);
      wait = Math.min(wait * 2, 30000);
      busy = false;
      return;
    }
    busy = false;
    if (queue.size) send();
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
    forget(key, item);
    if (here) update(item, result);
    if (problems) show("failed", words.problem);
    else if (queue.size === 0) show("saved", words.saved.replace("[time]", result.at));
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

  function replay() {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(prefix)) continue;
      const item = JSON.parse(localStorage.getItem(key));
      if (item.url === form.dataset.autosave) fill(item);
      queue.set(key, item);
    }
    if (queue.size) {
      show("unsaved", words.replay);
      send();
    }
  }

  const pauses = new Map();
  form.addEventListener("input", (event) => {
    const input = event.target;
    if (!["text", "textarea"].includes(input.type)) return;
    const answer = answerOf(input);
    if (!answer) return;
    show("unsaved", words.unsaved);
    clearTimeout(pauses.get(answer));
    pauses.set(answer, setTimeout(() => remember(answer), 1500));
  });
  form.addEventListener("change", (event) => {
    const answer = answerOf(event.target);
    if (!answer) return;
    clearTimeout(pauses.get(answer));
    remember(answer);
  });
  form.addEventListener("submit", () => {
    // The form sends everything itself; what it sent need not be sent again unless that fails.
    pauses.forEach(clearTimeout);
  });
  window.addEventListener("online", send);
  window.addEventListener("pagehide", () => {
    pauses.forEach((pause, answer) => {
      clearTimeout(pause);
      if (holder(answer)) {
        const item = { url: form.dataset.autosave, answer, body: bodyOf(answer).toString() };
        localStorage.setItem(`${prefix}${form.dataset.section}:${answer}`, JSON.stringify(item));
      }
    });
  });
  replay();
}
