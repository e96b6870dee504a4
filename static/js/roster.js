// The table of schools: show and sort without a request, tick rows, walk through it with the keyboard. Acts on many rows
// are in many.js. One listener for the whole table, however many rows there are.

import { startMany } from "./many.js";

/** As `plain` in forms/roster_table.py: without accents and capitals. */
const plain = (text) => text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();

export function startRoster(form, table, save) {
  const tbody = table.tBodies[0];
  const said = document.getElementById("rooster-melding");
  const say = (text) => (said.textContent = text);
  const lines = [...tbody.rows].map((row) => lineOf(row));
  const shown = () => lines.filter(({ row }) => !row.hidden).map(({ row }) => row);
  startShowing(form, tbody, lines, say);
  const picks = startPicking(form, tbody, shown, say);
  startKeys(tbody, picks);
  keepQuick(table);
  startMany(form, table, save, { shown, say, ...picks });
  form.querySelectorAll(".without-script").forEach((part) => (part.hidden = true));
  form.querySelectorAll(".with-script").forEach((part) => (part.hidden = false));
}

/** Rows as grids of measured columns (roster.css): a browser then lays out only what is in sight. */
function keepQuick(table) {
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (contentRect.width === width) return;
    width = contentRect.width;
    table.classList.remove("roster-quick");
    const sample = sampleRow(table);
    const columns = [...table.tHead.rows[0].cells].map((head) => `${head.getBoundingClientRect().width}px`);
    sample.remove();
    table.style.setProperty("--columns", columns.join(" "));
    table.classList.add("roster-quick");
  }).observe(table.parentElement);
}

/** A row with every column asked, for as long as it takes to measure: what is not asked now may come to be. */
function sampleRow(table) {
  const row = table.tBodies[0].insertRow();
  for (const head of table.tHead.rows[0].cells) {
    const field = document.querySelector(`[name="many.${head.dataset.column}"]`);
    const whole = field?.type === "checkbox" ? field.closest("fieldset") : field;
    row.insertCell().append(whole?.cloneNode(true) ?? "");
  }
  return row;
}

function lineOf(row) {
  const { town, kind, pupils } = row.dataset;
  const pick = row.querySelector(".pick input");
  const name = plain(pick.nextElementSibling.textContent);
  return { row, pick, town, kind, pupils: Number(pupils), name, code: pick.value, place: plain(town) };
}

// ---- Which rows, in which order -----------------------------------------------------------------------------------------

const isDone = (row) => row.querySelector(".row-state > .done") !== null;
const hasRemark = (row) => row.querySelector(".cell-error") !== null;

const STATES = {
  "": () => true,
  open: (row) => !isDone(row),
  done: isDone,
  remark: hasRemark,
};

const ORDERS = {
  "": () => 0,
  name: (line) => line.name,
  kind: (line, kinds) => kinds.indexOf(line.kind),
  pupils: (line) => -line.pupils,
  open: (line) => Number(isDone(line.row)),
};

function startShowing(form, tbody, lines, say) {
  const bar = document.getElementById("rooster-filter");
  const fields = [...bar.querySelectorAll("[name]")].filter((field) => field.name !== "stay");
  const all = document.getElementById("rooster-alles");
  const count = document.getElementById("rooster-aantal");
  const nothing = document.getElementById("rooster-niets");
  const value = (name) => form.elements[`show.${name}`]?.value ?? "";
  let timer = null;

  function tell() {
    const n = lines.filter(({ row }) => !row.hidden).length;
    count.textContent = count.dataset.words.replace("[n]", n).replace("[total]", lines.length);
    say(count.textContent);
    nothing.hidden = n > 0;
  }

  function show() {
    clearTimeout(timer);
    const [town, kind, isRight] = [value("municipality"), value("kind"), STATES[value("state")]];
    const words = plain(value("text")).split(/\s+/).filter(Boolean);
    for (const line of lines) {
      const text = `${line.name} ${plain(line.code)}`;
      const fits = (!town || town === line.town) && (!kind || kind === line.kind) && isRight(line.row);
      const isShown = fits && words.every((word) => text.includes(word));
      if (line.row.hidden === isShown) line.row.hidden = !isShown;
    }
    tell();
    all.hidden = fields.every((field) => !field.value);
    remember();
  }

  function sort() {
    const kinds = [...(form.elements["show.kind"]?.options ?? [])].map((option) => option.value);
    const key = ORDERS[value("order")];
    const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    const first = new Map(lines.map((line) => [line, key(line, kinds)]));
    lines.sort(
      (a, b) =>
        compare(first.get(a), first.get(b)) ||
        compare(a.place, b.place) ||
        compare(a.name, b.name) ||
        compare(a.code, b.code),
    );
    tbody.append(...lines.map((line) => line.row));
    remember();
  }

  /** The address says what is shown, so that a reload shows it again. */
  function remember() {
    const asked = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.name, field.value]));
    history.replaceState(null, "", asked.size ? `?${asked}` : location.pathname);
  }

  bar.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(timer);
    timer = setTimeout(show, 150);
  });
  bar.addEventListener("change", (event) => (event.target.name === "show.order" ? sort() : show()));
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName === "BUTTON") return;
    event.preventDefault();
    show();
  });
  // A link to something in a row that is not shown, in a list of what needs attention, shows that row.
  document.addEventListener("click", ({ target }) => {
    const link = target.closest("a[href^='#']");
    const row = link && document.getElementById(link.hash.slice(1))?.closest("tr[hidden]");
    if (!row) return;
    row.hidden = false;
    tell();
  });
  all.addEventListener("click", (event) => {
    event.preventDefault();
    for (const field of fields) if (field.name !== "show.order") field.value = "";
    show();
    fields[0].focus();
  });
}

// ---- Ticking rows ---------------------------------------------------------------------------------------------------------

function startPicking(form, tbody, shown, say) {
  const every = document.getElementById("veel-alle");
  const count = document.getElementById("veel-aantal");
  let last = null;

  const pickOf = (row) => row.querySelector(".pick input");
  const picked = () => [...tbody.querySelectorAll(".pick input:checked")].map((pick) => pick.closest("tr"));

  function tell() {
    const rows = picked();
    const hidden = rows.filter((row) => row.hidden).length;
    const words = hidden ? count.dataset.wordsHidden : count.dataset.words;
    count.textContent = rows.length ? words.replace("[n]", rows.length).replace("[hidden]", hidden) : "";
    const seen = shown();
    every.checked = seen.length > 0 && seen.every((row) => pickOf(row).checked);
    every.indeterminate = !every.checked && rows.length > 0;
    say(count.textContent || count.dataset.none);
  }

  /** Tick or untick a row, or with `isRange` every row that is shown from the last one on. */
  function pick(row, isOn, isRange = false) {
    const rows = shown();
    const [from, to] = [rows.indexOf(last), rows.indexOf(row)].sort((a, b) => a - b);
    for (const one of isRange && from >= 0 ? rows.slice(from, to + 1) : [row]) pickOf(one).checked = isOn;
    last = row;
    tell();
  }

  tbody.addEventListener("click", (event) => {
    const box = event.target.closest(".pick input");
    if (box) pick(box.closest("tr"), box.checked, event.shiftKey);
  });
  // With Shift a browser would select text between the two names.
  tbody.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".pick")) event.preventDefault();
  });
  every.addEventListener("change", () => {
    for (const row of shown()) pickOf(row).checked = every.checked;
    tell();
  });
  if (picked().length) tell();
  return { picked, pick };
}

// ---- Keyboard -------------------------------------------------------------------------------------------------------------

/** Enter goes to the same column of the next row, with Shift of the row before; so do the arrows where they have no
 * other use: in fields to type in and boxes to tick. With Shift they tick rows on the way. */
function startKeys(tbody, { pick }) {
  tbody.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const isArrow = (event.key === "ArrowDown" || event.key === "ArrowUp") && field.tagName === "INPUT";
    if (!isArrow && event.key !== "Enter") return;
    event.preventDefault();
    const isUp = event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey);
    const next = neighbour(field, isUp ? "previousElementSibling" : "nextElementSibling");
    if (!next) return;
    if (isArrow && event.shiftKey && field.name === "many.pick") {
      pick(field.closest("tr"), true);
      pick(next.closest("tr"), true);
    }
    next.focus();
    if (next.type === "text") next.select();
  });
}

function neighbour(field, direction) {
  const at = field.closest("td, th").cellIndex;
  for (let row = field.closest("tr")[direction]; row; row = row[direction]) {
    if (row.hidden) continue;
    const fields = [...row.cells[at].querySelectorAll("input:not([type=hidden]), select")];
    const found = (field.type === "checkbox" && fields.find((one) => one.value === field.value)) || fields[0];
    if (found) return found;
  }
  return null;
}
