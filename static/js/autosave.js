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

  function showSaved(at) {
    if (outbox.isEmpty) show("saved", words.saved.replace("[time]", at));
    else show("unsaved", words.unsaved);
  }

  /** Put in what was saved, but for what was given in this page since. */
  const put = (result) => update(form, result, outbox.pending(url));

  /** Show what became of an answer; whether nothing of it needs to be kept. `isOld`: a newer one is under way. */
  function settle(item, kind, result, isOld) {
    if (kind !== "saved") {
      showRefusal(kind, result);
      return false;
    }
    const isHere = item.url === url;
    if (isHere) {
      put(result);
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
    else showSaved(result.at);
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

  const offer = ({ name, value }) => form.querySelector(`button[name="${name}"][value="${CSS.escape(value)}"]:not([hidden])`);

  /** Take over what stands beside a question, as its button says, without loading the page anew. */
  async function takeOver({ name, value }) {
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
    outbox.follow(section, result.versions);
    const isElsewhere = ![document.body, offer({ name, value })].includes(document.activeElement);
    put(result);
    markErrors(value, result.errors);
    // "Mine" is what the button gives, not what now stands in the fields.
    const again = (choice) => (choice === "mine" ? outbox.alone(() => takeOver({ name, value })) : choose(choice, value));
    for (const conflict of result.conflicts) showConflict(conflict, again);
    const box = boxOf(value); // the button is gone: the question was drawn anew
    if (!isElsewhere) (box?.querySelector(":checked") ?? box?.querySelector(FIELDS))?.focus();
    if (result.conflicts.length || Object.keys(result.errors).length) show("failed", words.problem);
    else showSaved(result.at);
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
      // Not twice, and not when what was being saved took it away.
      return outbox.alone(() => offer(submitter) && takeOver(submitter));
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
  document.addEventListener("signing-out", ({ detail }) => detail.push(outbox.idle()));
  outbox.replay((item) => {
    if (item.url === url) fill(item.answer, item.body);
  });

  const table = form.querySelector("table.roster");
  if (table) {
    const save = { alone: (act) => outbox.alone(act), request, show, showRefusal, showSaved, update: put, words };
    import("./roster.js").then(({ startRoster }) => startRoster(form, table, save));
  }
}
