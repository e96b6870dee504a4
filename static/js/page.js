// A section's page: where the answers are, what their fields hold, and putting in what the server sends back.
// A library question is an element #vraag-<code> with data-answer; a roster's cell is #cel-<school>-<code>. Both have
// the version of the answer in data-version. Looking them up does not depend on how many there are.

import { withVersion } from "./outbox.js";

export const FIELDS = "input, select, textarea";

/** The element that holds the fields of an answer. */
export function boxOf(answer) {
  const at = answer.lastIndexOf(".");
  const id = at < 0 ? `vraag-${answer}` : `cel-${answer.slice(answer.indexOf(".") + 1, at)}-${answer.slice(at + 1)}`;
  return document.getElementById(id);
}

/** The name of the answer that a field belongs to. */
export function answerOf(field) {
  const cell = field.closest("td[data-version]");
  return cell ? cell.querySelector("[name]").name : field.closest("[data-answer]")?.dataset.answer;
}

/** The field for what "other" is keeps its text when another answer is chosen, out of sight: then it is no answer. */
export const isMoot = (field) => field.closest(".question-detail")?.getClientRects().length === 0;

/** The fields of one answer as a form would send them, with the version that the page shows. */
export function bodyOf(answer) {
  const box = boxOf(answer);
  const body = new URLSearchParams();
  for (const field of box.querySelectorAll(FIELDS)) {
    if (!field.name || field.disabled || isMoot(field)) continue;
    if ((field.type === "checkbox" || field.type === "radio") && !field.checked) continue;
    body.append(field.name, field.value);
  }
  return withVersion(body, answer, box.dataset.version);
}

/** Give the fields of an answer what was typed before a reload. */
export function fill(answer, text) {
  const body = new URLSearchParams(text);
  for (const field of boxOf(answer)?.querySelectorAll(FIELDS) ?? []) {
    if (!field.name) continue;
    const typed = body.getAll(field.name);
    if (field.type === "checkbox" || field.type === "radio") field.checked = typed.includes(field.value);
    else if (typed.length && field.value !== typed[0]) field.value = typed[0]; // a field that came up since is in no body
  }
}

/** Whether a field holds something else than the page came with. */
export function isChanged(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const first = [...field.options].findIndex((option) => option.defaultSelected);
  return field.selectedIndex !== Math.max(first, 0);
}

/** Tell the server what is on the page, so that it sends what came up. */
export function addShown(body, answers) {
  const codes = (boxes, of) => [...boxes].map(of).join(",");
  body.set("shown", codes(document.querySelectorAll("#vragen > [data-answer]"), (box) => box.dataset.question));
  for (const row of new Set(answers.map((answer) => boxOf(answer)?.closest("tr[id^=rij-]")))) {
    if (row) body.set(`shown.${row.id.slice(4)}`, codes(cellsOf(row), (cell) => columnOf(cell)));
  }
}

/** The cells of a row that are asked. */
const cellsOf = (row) => row.querySelectorAll(":scope > td[data-version]");

/** The code of the question that a cell is about. No code holds a hyphen. */
export const columnOf = (cell) => cell.id.slice(cell.id.lastIndexOf("-") + 1);

/** Keep the hidden field of a row true, so that the buttons of the form send the versions of this moment. */
export function writeRowSeen(row) {
  const seen = [...cellsOf(row)].map((cell) => `${columnOf(cell)}:${cell.dataset.version}`);
  row.querySelector(`:scope > th input[type=hidden]`).value = seen.join(",");
}

function writeSeen(form) {
  const boxes = document.querySelectorAll("#vragen > [data-answer]");
  form.elements.seen.value = [...boxes].map((box) => `${box.dataset.question}:${box.dataset.version}`).join(",");
}

const UNREAD = "[data-error], .cell-error[role=alert]";

/** Whether something stands on the page that is not stored: it could not be read, or a colleague was ahead. */
export const hasUnstored = (form) => form.querySelector(`${UNREAD}, [id^=conflict-]`) !== null;

/** The library's answers that stand on the page and nowhere else, as bodies: a piece that is drawn anew has not got them. */
function unstored({ versions = {}, errors = {}, conflicts = [] }) {
  const names = new Set([...Object.keys(errors).map((name) => name.split(".")[0]), ...conflicts.map(({ name }) => name)]);
  const boxes = [...document.querySelectorAll("#vragen > [data-answer]")];
  const codes = boxes.filter((box) => names.has(box.dataset.answer) || hasUnstored(box)).map((box) => box.dataset.answer);
  return codes.filter((code) => !(code in versions)).map((code) => [code, bodyOf(code)]);
}

/** Put in what a save changed: versions, pieces, what checks say, and what is still on offer.
 *
 * `pending` are bodies by answer that are still to be sent: they stay as they were typed, on the version they had. So does
 * what is not stored. */
export function update(form, result, pending = new Map()) {
  pending = new Map([...unstored(result), ...pending]);
  const rows = new Set();
  for (const [answer, version] of Object.entries(result.versions ?? {})) {
    const box = boxOf(answer);
    if (box) box.dataset.version = version;
    if (box?.matches("td")) rows.add(box.parentElement);
    document.getElementById(`conflict-${answer}`)?.remove();
  }
  keepingFocus(() => {
    placeCells(result.cells ?? "", rows, pending);
    placePieces(result.html, result.order, pending);
  });
  for (const [code, text] of Object.entries(result.checks ?? {})) {
    const note = document.getElementById(`controle_id_${code}`);
    if (note && note.textContent !== text) {
      note.firstElementChild.textContent = text;
      note.closest(".question").classList.toggle("has-warning", Boolean(text));
    }
  }
  for (const [answer, text] of Object.entries(result.remarks ?? {})) {
    // What could not be read stays marked until it is replaced.
    const isUnread = !(answer in (result.versions ?? {})) && boxOf(answer)?.querySelector(UNREAD);
    if (!isUnread && !(answer in (result.errors ?? {}))) markError(answer, text, false);
  }
  for (const [code, names] of Object.entries(result.offers ?? {})) {
    for (const button of boxOf(code)?.querySelectorAll("button[name=same], button[name=confirm]") ?? []) {
      button.hidden = !names.includes(button.name);
    }
  }
  rows.forEach(writeRowSeen);
  writeSeen(form);
  countOffers(form);
}

/** The buttons that take over what is known for the whole roster say for how many rows that is. */
function countOffers(form) {
  for (const button of form.querySelectorAll('button[value="r"][data-words]')) {
    const n = form.querySelectorAll(`.row-state > button[name="${button.name}"]`).length;
    button.textContent = button.dataset.words.replace("[n]", n);
    button.hidden = n === 0;
  }
}

/** Elements parsed from HTML. Cells are parsed apart: between other elements a parser would drop them. */
function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

function placeCells(html, rows, pending) {
  for (const cell of parsed(html)) {
    const old = document.getElementById(cell.id);
    if (!old) continue;
    rows.add(old.parentElement);
    place(old, cell, answerOf(old.firstElementChild ?? old), pending);
  }
}

/** Pieces that are on the page replace what is there; new questions take their place in the order. */
function placePieces(html, order, pending) {
  const list = document.getElementById("vragen");
  for (const piece of parsed(html)) {
    const old = document.getElementById(piece.id);
    if (old?.dataset.answer) place(old, piece, old.dataset.answer, pending);
    else if (old) liken(old, piece);
    else if (piece.dataset.answer) list?.append(piece);
  }
  if (!order || !list) return;
  const boxes = new Map([...list.querySelectorAll(":scope > [data-answer]")].map((box) => [box.dataset.question, box]));
  for (const [code, box] of boxes) {
    if (!order.includes(code)) box.remove();
  }
  let before = null;
  for (const box of order.map((code) => boxes.get(code)).filter(Boolean)) {
    const place = before ? before.nextElementSibling : list.querySelector(":scope > [data-answer]");
    if (place !== box) list.insertBefore(box, place);
    before = box;
  }
}

function place(old, piece, answer, pending) {
  old.replaceWith(piece);
  if (!pending.has(answer) || !piece.dataset.version) return;
  piece.dataset.version = old.dataset.version;
  fill(answer, pending.get(answer));
  const named = ({ id }) => (id.startsWith("fout_") ? id.slice("fout_".length) : id.slice("id_".length, -"_error".length));
  const notes = [...old.querySelectorAll("[data-error]")].map((note) => [named(note), note.textContent]);
  if (notes.length) markErrors(answer, Object.fromEntries(notes));
  piece.append(...old.querySelectorAll(":scope > [id^=conflict-]"));
}

/** Make an element like another, in place: a link in it can have the focus, or be pressed at this moment. */
function liken(old, piece) {
  const [nodes, others] = [[...old.childNodes], [...piece.childNodes]];
  if (old.nodeName !== piece.nodeName || nodes.length !== others.length) return old.replaceWith(piece);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== piece.data) old.data = piece.data;
    return;
  }
  for (const name of old.getAttributeNames()) if (!piece.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of piece.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  nodes.forEach((node, at) => liken(node, others[at]));
}

/** Change the page, and give the focus back to the field that had it when that was replaced. */
function keepingFocus(change) {
  const { name, value, type, id, selectionStart, selectionEnd } = document.activeElement ?? {};
  change();
  if (document.activeElement !== document.body || !(name || id)) return;
  const own = ["checkbox", "radio", "submit"].includes(type) ? `[value="${CSS.escape(value)}"]` : "";
  const field = name ? document.querySelector(`[name="${CSS.escape(name)}"]${own}`) : document.getElementById(id);
  field?.focus();
  if (field && typeof selectionStart === "number") field.setSelectionRange(selectionStart, selectionEnd);
}

/** Go to the fields of an answer, to what is chosen there first. */
export function focusAnswer(answer) {
  const box = boxOf(answer);
  (box?.querySelector(":checked") ?? box?.querySelector(FIELDS))?.focus();
}

/** Say at an answer what could not be read or what a check says; an empty text takes it away. */
export function markErrors(answer, errors) {
  const box = boxOf(answer);
  if (!box) return;
  if (box.matches("td")) {
    if (answer in errors) markError(answer, errors[answer], true); // otherwise a remark, or nothing, stands there
    return;
  }
  box.querySelectorAll("[data-error]").forEach((old) => old.remove());
  box.querySelectorAll("[aria-invalid]").forEach((old) => old.removeAttribute("aria-invalid"));
  // As the page came with them.
  box.querySelectorAll(".has-error, .is-invalid").forEach((old) => old.classList.remove("has-error", "is-invalid"));
  for (const [name, text] of Object.entries(errors)) {
    const field = box.querySelector(`[name="${CSS.escape(name)}"]`) ?? box.querySelector(FIELDS);
    const note = document.createElement("p");
    note.className = "invalid-feedback d-block";
    note.dataset.error = "";
    describe(field, note, name, text);
    box.append(note);
  }
}

function markError(answer, text, isAlert) {
  const cell = boxOf(answer);
  const old = cell?.querySelector(".cell-error");
  if (!cell || (old?.textContent ?? "") === text) return;
  old?.remove();
  const field = cell.querySelector("fieldset") ?? cell.querySelector(FIELDS);
  field?.removeAttribute("aria-invalid");
  field?.removeAttribute("aria-describedby");
  if (!text) return;
  const note = document.createElement("span");
  note.className = "cell-error";
  describe(field, note, answer, text);
  if (!isAlert) note.removeAttribute("role");
  field.after(note);
}

function describe(field, note, name, text) {
  note.id = `fout_${name}`;
  note.setAttribute("role", "alert");
  note.textContent = text;
  const others = field?.getAttribute("aria-describedby")?.split(" ") ?? []; // its help stays; one that is gone says nothing
  field?.setAttribute("aria-describedby", [...new Set([...others, note.id])].join(" "));
  if (field?.tagName !== "FIELDSET") field?.setAttribute("aria-invalid", "true");
}

/** A colleague was ahead: show both answers at the question; `choose` hears "mine" or "theirs". */
export function showConflict(conflict, choose) {
  const box = boxOf(conflict.name);
  if (!box) return;
  document.getElementById(`conflict-${conflict.name}`)?.remove();
  const [alert] = parsed(conflict.html);
  box.append(alert);
  alert.addEventListener("click", (event) => {
    const choice = event.target.closest("button")?.dataset.choose;
    if (!choice) return;
    const box = alert.parentElement; // not the one of then when the question was drawn anew
    if (choice === "mine") box.dataset.version = conflict.version;
    alert.remove();
    if (choice === "theirs") {
      const theirs = alert.querySelector("template").content.firstElementChild.cloneNode(true);
      box.replaceWith(theirs);
      if (theirs.matches("td")) writeRowSeen(theirs.parentElement);
      else writeSeen(theirs.closest("form"));
    }
    focusAnswer(conflict.name); // the button is gone
    choose(choice);
  });
}
