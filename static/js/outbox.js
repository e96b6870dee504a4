// Sends answers, those that wait together in one request, and keeps on this disk what the server has not acknowledged: it
// is sent again after a reload, when the network is back, after a new log-in.
//
// An item is { key, url, answer, body, page, attempt }. `body` is the newest to send. `attempt` is a body that was sent while
// nobody heard what became of it: it may be stored. It is sent again as it was, before a newer body of the same answer
// follows on the version that is then acknowledged; otherwise the newer one would conflict with our own older one.

import { drop, keep, keptItems, within } from "./kept.js";

// Each page holds a lock as long as it lives, named in what it keeps: another tab leaves that alone until it is free.
const PAGE = `monitor:${Date.now()}:${Math.random()}`;
navigator.locks?.request(PAGE, () => new Promise(() => {}));

// In one request at most; a request that outlives its page may hold 64 kB.
const MOST_ANSWERS = 50;
const MOST_CHARACTERS = 40000;

/** The name of the field that says which versions were on the page: of a roster's cell, r.<school>.<question>, its row's. */
const seenOf = (answer) => (answer.includes(".") ? answer.slice(0, answer.lastIndexOf(".")) : "seen");

/** The body with this version as the one that was on the page. */
export function withVersion(body, answer, version) {
  const fields = new URLSearchParams(body);
  fields.set(seenOf(answer), `${answer.slice(answer.lastIndexOf(".") + 1)}:${version}`);
  return fields.toString();
}

/** The bodies of several answers as one. */
function together(items) {
  const all = new URLSearchParams();
  for (const { answer, attempt } of items) {
    const seen = seenOf(answer);
    for (const [name, value] of new URLSearchParams(attempt)) {
      if (name === seen && all.has(name)) all.set(name, `${all.get(name)},${value}`);
      else all.append(name, value);
    }
  }
  return all;
}

// A request that nobody answers by then is sent again; the database gives up as soon. So is one that came too slowly or
// too soon: that says nothing of what is in it.
const PATIENCE = 30000;
const LATER = [408, 425, 429];

/** What became of a request; throws when nobody knows. */
export async function request(url, body) {
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  const keepalive = body.toString().length < 60000; // so that it arrives when the page is left meanwhile
  const signal = AbortSignal.timeout?.(PATIENCE);
  const response = await fetch(url, { method: "POST", body, redirect: "manual", credentials: "same-origin", keepalive, signal });
  if (response.status >= 500 || LATER.includes(response.status)) throw Object.assign(new Error(`status ${response.status}`), { status: response.status });
  if (response.type === "opaqueredirect" || response.status === 403) return { kind: "out" };
  if (response.status === 409) return { kind: "closed", result: await response.json() };
  return response.ok ? { kind: "saved", result: await response.json() } : { kind: "refused" };
}

export class Outbox {
  #queue = new Map(); // key -> the newest item
  #pauses = new Map(); // key -> timer, while somebody is typing in it
  #gathering = null; // timer, while what was given waits for more
  #waiting = []; // who wants to know when everything is sent
  #dropped = null; // promise
  #busy = false;
  #underWay = []; // the items in a request of which the answer has not come
  #most = MOST_ANSWERS;
  #wait = 1000;
  #timer = null;

  /**
   * `post(url, body, items)` gives { kind, result }: kind is "saved", or "refused", "closed" or "out" when nothing was
   * stored; it throws when nobody knows. `settle(url, sent, kind, result)` shows it and gives the answers that are done;
   * `sent` are { answer, isOld }: an old one is followed by a newer body.
   */
  constructor(prefix, { post, settle, state }) {
    Object.assign(this, { prefix, post, settle, state });
  }

  get isEmpty() {
    return this.#queue.size === 0;
  }

  get isIdle() {
    return this.isEmpty && !this.#busy;
  }

  /** Keep an answer from its first keystroke on. It is sent when its pause is over; or with others, within `gather` ms. */
  put({ url, section, answer, body }, { pause = 0, gather = 0 } = {}) {
    const key = `${this.prefix}${section}:${answer}`;
    const item = { key, url, answer, body, page: PAGE, attempt: this.#queue.get(key)?.attempt };
    this.#queue.set(key, item);
    keep(item);
    this.#unpause(key);
    if (pause) this.#pauses.set(key, setTimeout(() => this.#resume(key), pause));
    this.state("unsaved");
    if (gather) this.#gathering ??= setTimeout(() => {
        this.#stopGathering();
        this.send();
      }, gather);
    else if (!pause) this.send();
  }

  /** Nothing of this answer is to be sent any more. */
  forget(section, answer) {
    const key = `${this.prefix}${section}:${answer}`;
    this.#queue.delete(key);
    drop(key);
  }

  /** Promise to say whether everything is sent: true at once or later, false when it cannot be done now. */
  async idle() {
    const isEmpty = this.isIdle || (await new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.flush();
    }));
    await within(1000, this.#dropped); // else the page could be left before this disk knows; a store may never answer
    return isEmpty;
  }

  /** Act when everything is sent; what is given meanwhile waits. When it cannot be sent now, nothing is done. */
  async alone(act) {
    while (this.#busy || !this.isEmpty) if (!(await this.idle())) return;
    this.#busy = true;
    let isDone = false;
    try {
      await act();
      isDone = true;
    } finally {
      this.#busy = false;
      if (!isDone || this.isEmpty) this.#tell(isDone);
      this.send();
    }
  }

  /** What was stored by another request: what was given meanwhile follows on it, what was kept before is past. */
  follow(section, versions) {
    for (const [answer, version] of Object.entries(versions)) {
      const key = `${this.prefix}${section}:${answer}`;
      const item = this.#queue.get(key);
      if (!item) drop(key);
      else if (!item.attempt) keep(Object.assign(item, { body: withVersion(item.body, answer, version) }));
    }
  }

  /** What is still to be sent of a page, as bodies by answer. */
  pending(url) {
    return new Map([...this.#queue.values()].filter((item) => item.url === url).map(({ answer, body }) => [answer, body]));
  }

  /** Stop the clocks: nothing waits any more, and nothing is sent by itself. */
  hold() {
    for (const key of [...this.#pauses.keys()]) this.#unpause(key);
    this.#stopGathering();
  }

  /** Send everything that can be sent at once. */
  flush() {
    this.hold();
    this.send();
  }

  /** The page may be gone before what is under way is answered: what waits for that goes beside it. If the page stays,
   * it is sent once more, as is everything of which nobody heard what became of it. */
  leave() {
    const before = this.#underWay.map(({ key }) => key);
    this.flush();
    const items = before.length ? this.#next().filter(({ key }) => !before.includes(key)) : [];
    if (!items.length) return;
    for (const item of items) {
      item.attempt ??= item.body;
      keep(item);
    }
    this.post(items[0].url, together(items), items).catch(() => {});
  }

  /** What is still on this disk, first given to `fill`; then sent. What another page is busy with comes after that page,
   * and this ends after that. */
  async replay(fill) {
    const pages = new Set((await keptItems(this.prefix)).map((item) => item.page));
    pages.delete(PAGE);
    const taking = [...pages].map((page) => {
      const take = () => this.#take(page, fill);
      return page && navigator.locks ? navigator.locks.request(page, take) : take();
    });
    await Promise.all(taking);
  }

  async #take(page, fill) {
    for (const item of await keptItems(this.prefix)) {
      if (item.page !== page || this.#queue.has(item.key)) continue; // answered again before we had read this
      fill(item);
      this.#queue.set(item.key, item);
    }
    if (this.isEmpty) return;
    this.state("replay");
    this.send();
  }

  #resume(key) {
    this.#pauses.delete(key);
    this.send();
  }

  #unpause(key) {
    clearTimeout(this.#pauses.get(key));
    this.#pauses.delete(key);
  }

  #stopGathering() {
    clearTimeout(this.#gathering);
    this.#gathering = null;
  }

  /** The items to send in one request: of one page, and of what nobody is typing in at this moment. */
  #next() {
    const ready = [...this.#queue.values()].filter(({ key }) => !this.#pauses.has(key));
    let room = MOST_CHARACTERS;
    return ready
      .filter(({ url }) => url === ready[0].url)
      .filter(({ attempt, body }, at) => (room -= (attempt ?? body).length) > 0 || at === 0)
      .slice(0, this.#most);
  }

  async send() {
    const items = this.#busy ? [] : this.#next();
    if (!items.length) return;
    this.#busy = true;
    this.#underWay = items;
    this.#stopGathering();
    clearTimeout(this.#timer);
    this.state("saving");
    for (const item of items) item.attempt ??= item.body;
    try {
      const { kind, result } = await this.post(items[0].url, together(items), items);
      this.#wait = 1000;
      this.#settle(items, kind, result);
    } catch (failure) {
      this.#underWay = [];
      for (const item of items) keep(this.#queue.get(item.key) ?? item); // with its attempt
      if (failure.status === 500) this.#setApart(items);
      this.state("failed");
      this.#timer = setTimeout(() => this.send(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, 30000);
      this.#busy = false;
      this.#tell(false);
      return;
    }
    this.#busy = false;
    this.#underWay = [];
    if (this.isEmpty) this.#most = MOST_ANSWERS;
    if (this.isEmpty) this.#tell(true);
    else if (!this.#gathering || this.#waiting.length) this.send();
  }

  /** The server stumbled, over one of these perhaps: each is sent by itself, and this one after the others. */
  #setApart(items) {
    this.#most = 1;
    for (const { key } of items.length === 1 ? items : []) {
      const newest = this.#queue.get(key);
      if (this.#queue.delete(key)) this.#queue.set(key, newest);
    }
  }

  #settle(items, kind, result) {
    if (kind === "refused" && items.length > 1) {
      this.#most = 1; // whichever it was, the others need not suffer
      return;
    }
    const sent = items.map((item) => ({ ...item, isOld: (this.#queue.get(item.key) ?? item).body !== item.attempt }));
    if (kind === "out" || kind === "closed") this.#queue.clear(); // on this disk everything stays
    for (const { key, answer, isOld } of sent) {
      const newest = this.#queue.get(key);
      if (kind === "saved" && isOld) {
        // Typed meanwhile: it follows on the version that was just acknowledged.
        newest.attempt = undefined;
        if (answer in result.versions) newest.body = withVersion(newest.body, answer, result.versions[answer]);
        keep(newest);
      } else this.#queue.delete(key);
    }
    const done = this.settle(items[0].url, sent, kind, result);
    this.#dropped = Promise.all(sent.map((item) => !item.isOld && done.includes(item.answer) && drop(item.key, item.page)));
    if (kind === "out" || kind === "closed") this.#tell(false);
  }

  #tell(isEmpty) {
    for (const resolve of this.#waiting.splice(0)) resolve(isEmpty);
  }
}

/** Of what was sent, the answers that are stored now. */
export function storedOf(sent, { errors, conflicts }) {
  const names = [...Object.keys(errors), ...conflicts.map(({ name }) => name)];
  return sent.map(({ answer }) => answer).filter((answer) => !names.some((name) => `${name}.`.startsWith(`${answer}.`)));
}

/** Send what pages that are gone kept, of whichever questionnaire; what cannot be stored stays kept. */
export async function sendLeft(prefix) {
  const settle = (url, sent, kind, result) => (kind === "saved" ? storedOf(sent, result) : []);
  const outbox = new Outbox(prefix, { post: request, settle, state() {} });
  await outbox.replay(() => {});
  await outbox.idle();
}
