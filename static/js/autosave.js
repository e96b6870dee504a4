// Saves each answer by itself: at once when it decides what else is asked here, otherwise a moment later with what is given
// meanwhile. What the server has not acknowledged stays in this browser, per user and questionnaire (outbox.js). The form
// works without this script; the rules are the server's alone.

import { Outbox, request } from "./outbox.js";
import {
  addShown, answerOf, bodyOf, boxOf, FIELDS, fill, focusAnswer, hasUnstored, isChanged, isMoot, markErrors, showConflict,
  update,
} from "./page.js";

const form = document.querySelector("form[data-autosave]");
if (form) start(form);

/** What could not be read of an answer, by the name of the field. */
const errorsOf = (answer, { errors }) =>
  Object.entries(errors).filter(([name]) => name === answer || name.startsWith(`${answer}.`));

function start(form) {
  const { autosave: url, section, user, entry } = form.dataset;
  const gather = Number(form.dataset.gather);
  const leads = new Set(form.dataset.leads.split(","));
  let { next } = form.dataset; // where to go on
  let refusal = null; // why something given here is not stored, until the page is loaded anew
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
    refusal = { kind, result };
    if (kind === "closed") show("failed", result.message);
    else show("failed", kind === "out" ? words.expired : words.refused);
    if (kind !== "out") return;
    const login = document.createElement("a");
    login.href = location.pathname;
    login.textContent = words.login;
    status.append(" ", login);
  }

  function post(to, body, items) {
    if (to === url) addShown(body, items.map(({ answer }) => answer));
    return request(to, body);
  }

  /** "Saved" is said of everything on the page, so only when nothing else is to be said. */
  function showSaved(at, isAmiss = false) {
    if (!outbox.isEmpty) show("unsaved", words.unsaved);
    else if (refusal) showRefusal(refusal.kind, refusal.result);
    else if (isAmiss || hasUnstored(form)) show("failed", words.problem);
    else show("saved", words.saved.replace("[time]", at));
  }

  /** Put in what was saved, but for what was given in this page since. */
  function put(result) {
    update(form, result, outbox.pending(url));
    next = result.next ?? next;
  }

  /** Show what became of answers; which of them need not be kept any more. */
  function settle(to, sent, kind, result) {
    if (kind !== "saved") {
      showRefusal(kind, result);
      return [];
    }
    const isHere = to === url;
    const now = sent.filter(({ isOld }) => !isOld).map(({ answer }) => answer); // the others are followed by a newer one
    const conflicts = result.conflicts.filter(({ name }) => now.includes(name));
    const disputed = conflicts.map(({ name }) => name);
    const unread = now.filter((answer) => errorsOf(answer, result).length);
    if (isHere) {
      put(result);
      for (const answer of now) markErrors(answer, Object.fromEntries(errorsOf(answer, result)));
      for (const conflict of conflicts) showConflict(conflict, (choice) => choose(choice, conflict.name));
    }
    const isAmiss = disputed.length + unread.length > 0; // also of a question that is no longer on the page
    if (isAmiss && !isHere) show("failed", words.elsewhere);
    else showSaved(result.at, isAmiss);
    // A conflict is to be settled yet; what could not be read is sent again where its field is shown.
    return now.filter((answer) => !disputed.includes(answer) && (isHere || !unread.includes(answer)));
  }

  function choose(choice, answer) {
    if (choice === "mine") {
      remember(answer);
    } else {
      outbox.forget(section, answer);
      show("saved", words.taken);
    }
  }

  function remember(answer, when = {}) {
    outbox.put({ url, section, answer, body: bodyOf(answer) }, when);
  }

  /** Whether everything on the page is as it is stored. */
  const isFine = () => !refusal && !("unstored" in form.dataset) && !hasUnstored(form);

  /** What is asked on the page, as ids. */
  const asked = () => [...form.querySelectorAll("#vragen > [data-answer], td[data-version]")].map(({ id }) => id);

  /** Somebody wants to go on, and what they gave last made a question come up here. */
  function showNew(id) {
    show("saved", words.more);
    document.getElementById(id).querySelector(FIELDS)?.focus();
  }

  const offer = ({ name, value }) => form.querySelector(`button[name="${name}"][value="${CSS.escape(value)}"]:not([hidden])`);

  /** Take over what stands beside a question, as its button says, without loading the page anew. */
  async function takeOver({ name, value }) {
    const body = new URLSearchParams(bodyOf(value));
    body.set(name, value);
    addShown(body, [value]);
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
    if (!isElsewhere) focusAnswer(value); // the button is gone: the question was drawn anew
    showSaved(result.at);
  }

  form.addEventListener("input", (event) => {
    const answer = ["text", "textarea"].includes(event.target.type) && answerOf(event.target);
    if (answer) remember(answer, { pause: 1500 });
  });
  form.addEventListener("change", (event) => {
    const answer = answerOf(event.target);
    if (answer) remember(answer, leads.has(answer.slice(answer.lastIndexOf(".") + 1)) ? {} : { gather });
  });
  form.addEventListener("submit", async (event) => {
    const { submitter } = event;
    const takes = ["same", "confirm"].includes(submitter?.name);
    if (takes && boxOf(submitter.value)?.matches("#vragen > *")) {
      event.preventDefault();
      // Not twice, and not when what was being saved took it away.
      return outbox.alone(() => offer(submitter) && takeOver(submitter));
    }
    const goesOn = !submitter?.name;
    if (outbox.isIdle && !(goesOn && isFine())) return; // the form sends everything, and the page says what is wrong
    event.preventDefault();
    const before = new Set(asked());
    do if (!(await outbox.idle())) return;
    while (!outbox.isIdle); // something was given meanwhile
    if (goesOn && isFine()) {
      const came = asked().find((id) => !before.has(id));
      return came ? showNew(came) : location.assign(next); // nothing is left to send
    }
    // What was saved may have drawn the button anew.
    const same = `button[name="${submitter?.name}"][value="${CSS.escape(submitter?.value ?? "")}"]`;
    const button = !submitter || submitter.isConnected ? submitter : form.querySelector(same);
    if (button || !submitter) form.requestSubmit(button);
  });
  form.addEventListener("formdata", ({ formData }) => {
    for (const field of form.querySelectorAll(".question-detail input")) if (isMoot(field)) formData.delete(field.name);
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
  document.addEventListener("visibilitychange", () => document.hidden && outbox.leave());
  document.addEventListener("signing-out", ({ detail }) => detail.push(outbox.idle()));
  outbox.replay((item) => {
    if (item.url === url) fill(item.answer, item.body);
  });

  const table = form.querySelector("table.roster:not(.matrix)");
  if (table) {
    const save = { alone: (act) => outbox.alone(act), request, show, showRefusal, showSaved, update: put, words };
    import("./roster.js").then(({ startRoster }) => startRoster(form, table, save));
  }
  const bar = document.getElementById("geen-getal");
  if (bar && matchMedia("(pointer: coarse)").matches) {
    import("./no_number.js").then(({ startNoNumber }) => startNoNumber(form, bar));
  }
}
