// Saves each answer as soon as it is given. What the server has not acknowledged stays in this browser, per user and
// questionnaire (outbox.js). The form works without this script; the rules are the server's alone.

import { Outbox } from "./outbox.js";
import { addShown, answerOf, bodyOf, boxOf, FIELDS, fill, isChanged, markErrors, showConflict, update } from "./page.js";

const form = document.querySelector("form[data-autosave]");
if (form) start(form);

function start(form) {
  const { autosave: url, section, user, entry } = form.dataset;
  const status = document.getElementById("bewaarstatus");
  const words = status.dataset;
  const outbox = new Outbox(`monitor:${user}:${entry}:`, { post, settle, state });

  function show(kind, text) {
    status.className = `save-status ${kind}`;
    if (status.textContent !== text) status.textContent = text;
  }

  function state(kind) {
    if (kind === "failed") show("failed", words.offline);
    else if (kind === "replay") show("unsaved", words.replay);
    else show(kind, words[kind]);
  }

  /** Say why nothing was stored. Logged out or a stale page: the answer stays here, and is sent after logging in. */
  function showRefusal(kind, result) {
    if (kind === "closed") show("failed", result.message);
    else show("failed", kind === "out" ? words.expired : words.refused);
    if (kind !== "out") return;
    const login = document.createElement("a");
    login.href = location.pathname;
    login.textContent = words.login;
    status.append(" ", login);
  }

  /** What became of a request; throws when nobody knows. */
  async function request(url, body) {
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const response = await fetch(url, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
    if (response.status >= 500) throw new Error(`status ${response.status}`);
    if (response.type === "opaqueredirect" || response.status === 403) return { kind: "out" };
    if (response.status === 409) return { kind: "closed", result: await response.json() };
    return response.ok ? { kind: "saved", result: await response.json() } : { kind: "refused" };
  }

  function post(item, text) {
    const body = new URLSearchParams(text);
    if (item.url === url) addShown(body, item.answer);
    return request(item.url, body);
  }

  /** Show what became of an answer; whether nothing of it needs to be kept. `isOld`: a newer one is under way. */
  function settle(item, kind, result, isOld) {
    if (kind !== "saved") {
      showRefusal(kind, result);
      return false;
    }
    const isHere = item.url === url;
    if (isHere) {
      update(form, result);
      if (!isOld) markErrors(item.answer, result.errors);
    }
    if (isOld) return false;
    const problems = Object.keys(result.errors).length + result.conflicts.length;
    if (!isHere && problems) {
      show("failed", words.elsewhere); // shown when that section is opened, where it is sent again
      return false;
    }
    for (const conflict of result.conflicts) showConflict(conflict, (choice) => choose(choice, conflict.name));
    if (problems) show("failed", words.problem);
    else if (outbox.isEmpty) show("saved", words.saved.replace("[time]", result.at));
    else show("unsaved", words.unsaved);
    return result.conflicts.length === 0;
  }

  function choose(choice, answer) {
    if (choice === "mine") {
      remember(answer);
    } else {
      outbox.forget(section, answer);
      show("saved", words.taken);
    }
  }

  function remember(answer, pause = 0) {
    outbox.put({ url, section, answer, body: bodyOf(answer) }, pause);
  }

  /** Take over what stands beside a question, as its button says, without loading the page anew. */
  async function takeOver({ name, value }) {
    if (!(await outbox.idle())) return;
    const body = new URLSearchParams(bodyOf(value));
    body.set(name, value);
    addShown(body, value);
    state("saving");
    let kind, result;
    try {
      ({ kind, result } = await request(url, body));
    } catch {
      return show("failed", words.refused); // the button is still there to press again
    }
    if (kind !== "saved") return showRefusal(kind, result);
    // The question is drawn anew, and its button goes; who moved on meanwhile is left alone.
    const isThere = boxOf(value)?.contains(document.activeElement);
    if (isThere) document.activeElement.blur();
    update(form, result);
    markErrors(value, result.errors);
    for (const conflict of result.conflicts) showConflict(conflict, (choice) => choose(choice, conflict.name));
    if (isThere) boxOf(value)?.querySelector(FIELDS)?.focus();
    if (result.conflicts.length) show("failed", words.problem);
    else if (outbox.isEmpty) show("saved", words.saved.replace("[time]", result.at));
    else show("unsaved", words.unsaved);
  }

  form.addEventListener("input", (event) => {
    const answer = ["text", "textarea"].includes(event.target.type) && answerOf(event.target);
    if (answer) remember(answer, 1500);
  });
  form.addEventListener("change", (event) => {
    const answer = answerOf(event.target);
    if (answer) remember(answer);
  });
  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    const takes = ["same", "confirm"].includes(submitter?.name);
    if (takes && boxOf(submitter.value)?.matches("#vragen > *")) {
      event.preventDefault();
      return takeOver(submitter);
    }
    // What is taken over takes the place of what was typed just before, so that is saved first, and not sent again.
    const waits = takes ? !outbox.isEmpty : outbox.isUnsure;
    // Otherwise the form sends everything itself; what it sent need not be sent again unless that fails.
    if (!waits) return outbox.hold();
    event.preventDefault();
    if (!(await outbox.idle())) return;
    // What was saved may have drawn the button anew.
    const same = `button[name="${submitter?.name}"][value="${CSS.escape(submitter?.value ?? "")}"]`;
    const button = !submitter || submitter.isConnected ? submitter : form.querySelector(same);
    if (button || !submitter) form.requestSubmit(button);
  });
  // Everything is saved by itself, so a button that saves and stays would only sow doubt.
  form.querySelector(".save-bar [name=stay]")?.remove();
  if (!status.textContent) show("idle", words.idle);
  // Where an address jumps to belongs to this page alone; the browser would give it to the next ones too.
  window.addEventListener("load", () => location.hash && history.replaceState(null, "", location.pathname + location.search));
  // Answers that were given before this script had come.
  for (const field of form.querySelectorAll(FIELDS)) {
    const answer = field.type !== "hidden" && isChanged(field) && answerOf(field);
    if (answer) remember(answer);
  }
  window.addEventListener("online", () => outbox.send());
  outbox.replay((item) => {
    if (item.url === url) fill(item.answer, item.body);
  });

  const table = form.querySelector("table.roster");
  if (table) {
    const save = { idle: () => outbox.idle(), request, show, showRefusal, update: (result) => update(form, result), words };
    import("./roster.js").then(({ startRoster }) => startRoster(form, table, save));
  }
}
