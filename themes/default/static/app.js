"use strict";
// Every page: late data, theme, menu, dialogs (help and search), tables, times, the bar's facts, announcements.
// Nothing here is essential. Text from reports only ever becomes textContent.
globalThis.covatlas ??= {};
(() => {
  const root = document.documentElement;
  const base = new URL(root.dataset.root || ".", location.href);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /** An element with properties (`class`, `data-x` and `aria-x` as attributes) and children; strings become text. */
  function el(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === false || value == null) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter(child => child != null));
    return node;
  }

  /** An address inside the site from one relative to its root. Data must not lead anywhere else. */
  function href(path) {
    const url = new URL(String(path), base);
    return url.href.startsWith(base.href) ? url.href : base.href;
  }

  // ---------- late scripts and data ----------
  // fetch fails on file://, so data is a classic script that calls __cov(key, value) once.
  const arrived = new Map(), scripts = new Map();
  globalThis.__cov = (key, value) => arrived.set(key, value);

  /** Adds a script once; resolves when it ran. */
  function script(src) {
    if (!scripts.has(src)) {
      scripts.set(src, new Promise((resolve, reject) => {
        const node = el("script", { src });
        node.addEventListener("load", () => resolve());
        node.addEventListener("error", () => {
          scripts.delete(src);
          node.remove();
          reject(new Error(`${src.split("/").pop()} is missing next to this report`));
        });
        document.head.append(node);
      }));
    }
    return scripts.get(src);
  }

  /** The value that the data script at `src` hands over under `key`. */
  async function data(key, src) {
    if (!arrived.has(key)) await script(src);
    if (!arrived.has(key)) throw new Error(`${src.split("/").pop()} does not hold ${key}`);
    return arrived.get(key);
  }

  // ---------- announcements ----------
  const live = el("div", { class: "vh", role: "status", "aria-live": "polite" });
  document.body.append(live);
  const say = text => { live.textContent = text; };

  // ---------- numbers and dates: one way of writing them, whatever the reader's locale ----------
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const count = number => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
  const percent = (covered, total) => total > 0 ? tenth(100 * covered / total) + "%" : "n/a";
  // Rounded down, so that 100.0 means all; the small term undoes binary fractions such as 99.89999.
  const tenth = value => (Math.floor(value * 10 + 1e-9) / 10).toFixed(1);
  function day(text) {
    const date = new Date(text);
    return Number.isNaN(+date) ? String(text) : `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  }
  function age(text) {
    const seconds = (Date.now() - new Date(text)) / 1000;
    for (const [unit, length] of [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]]) {
      const n = Math.floor(seconds / length);
      // Two weeks, but not "4 weeks" next to "1 month"; one unit, never two.
      if (n >= 1) return `${n} ${unit}${n === 1 ? "" : "s"} ago`;
    }
    return seconds > -60 ? "just now" : "";
  }

  // ---------- theme ----------
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  function switchTheme() {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("covatlas.theme", root.dataset.theme);
    } catch {}
    say(`${root.dataset.theme} theme`);
    themed();
  }
  const themed = () => dispatchEvent(new Event("covatlas:theme"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);

  // ---------- keys ----------
  // Pages add their own; the help dialog lists what is here.
  const keys = [];
  const key = (names, text, run) => keys.push({ names, text, run });
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable], dialog")) return;
    const found = keys.find(k => k.names.includes(event.key));
    if (!found) return;
    event.preventDefault();
    found.run();
  });
  key(["f", "/"], "search files, directories and commits", () => openSearch());
  key(["?"], "this list", () => openHelp());
  key(["t"], "light or dark", switchTheme);
  for (const [name, rel, text] of [["[", "prev", "previous page of this kind"], ["]", "next", "next page of this kind"]]) {
    const link = document.querySelector(`link[rel~="${rel}"]`);
    if (link) key([name], text, () => { location.href = link.href; });
  }

  // ---------- dialogs ----------
  function dialog(label, ...children) {
    const node = el("dialog", { "aria-label": label }, ...children);
    // A click on the backdrop hits the dialog itself, not its content.
    node.addEventListener("click", event => { if (event.target === node) node.close(); });
    document.body.append(node);
    return node;
  }
  const closer = () => el("button", { class: "btn", type: "button", onclick: event => event.target.closest("dialog").close() }, "Close");

  let help;
  function openHelp() {
    help ??= dialog("Keys and help",
      el("header", {}, el("h2", {}, "Keys"), closer()),
      el("div", { class: "body" }, el("dl", { class: "keys" }, ...keys.flatMap(k => [
        el("dt", {}, ...k.names.map(name => el("kbd", {}, name))), el("dd", {}, k.text),
      ]))),
      el("footer", {}, "Every key has a button or a link on the page too. Hatching means not covered; a dashed outline means carried forward from an older snapshot."));
    if (!help.open) help.showModal();
  }

  // ---------- search ----------
  const SHOWN = 60;
  let search, index, wanted = 0;
  function openSearch() {
    search ??= makeSearch();
    if (!search.box.open) search.box.showModal();
    search.input.select();
    if (!index) loadIndex();
  }
  async function loadIndex() {
    // Shown only if it takes a while, so that a quick load does not flicker.
    const slow = setTimeout(() => { search.note.textContent = "Loading the list of files"; search.list.setAttribute("aria-busy", "true"); }, 300);
    try {
      const { dirs, folders, files, commits } = await data("search", href("data/search.js"));
      const lines = (covered, total) => total ? percent(covered, total) : "no lines";
      // One lower-cased string an entry, made once: a query is then a plain linear scan.
      index = [
        ...files.map(([dir, name, link, covered, total]) => {
          const path = dirs[dir] ? `${dirs[dir]}/${name}` : name;
          return { path, low: path.toLowerCase(), from: path.length - name.length, href: link || `files/${path}.html`, note: lines(covered, total) };
        }),
        ...folders.map(([path, link, covered, total]) =>
          ({ path: `${path}/`, low: `${path}/`.toLowerCase(), from: path.lastIndexOf("/") + 1, href: link || `files/${path}/index.html`, note: `directory, ${lines(covered, total)}` })),
        ...commits.map(([short, subject, link]) => ({ path: `${short} ${subject}`, low: `${short} ${subject}`.toLowerCase(), from: 0, href: link, note: "commit" })),
      ];
      showHits();
    } catch (error) {
      search.note.textContent = `Search is not available: ${error.message}.`;
    } finally {
      clearTimeout(slow);
      search.list.removeAttribute("aria-busy");
    }
  }
  function makeSearch() {
    const input = el("input", { type: "search", placeholder: "File, directory or commit", "aria-label": "Search", role: "combobox", "aria-expanded": "true", "aria-controls": "hits", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false" });
    const list = el("div", { class: "body hits", id: "hits", role: "listbox", "aria-label": "Results" });
    const note = el("footer", { role: "status" });
    const box = dialog("Search", el("header", {}, input, closer()), list, note);
    input.addEventListener("input", () => { wanted = 0; if (index) showHits(); });
    input.addEventListener("keydown", event => {
      const links = list.children, step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && links.length) {
        event.preventDefault();
        choose((wanted + step + links.length) % links.length);
      }
      // Otherwise the first Escape empties the field, and only the second one closes the dialog.
      if (event.key === "Escape") {
        event.preventDefault();
        box.close();
      }
      if (event.key === "Enter" && links[wanted]) {
        event.preventDefault();
        links[wanted].click();
      }
    });
    return { box, input, list, note };
  }
  function choose(at) {
    wanted = at;
    [...search.list.children].forEach((link, i) => link.setAttribute("aria-selected", String(i === at)));
    const link = search.list.children[at];
    link?.scrollIntoView({ block: "nearest" });
    if (link) search.input.setAttribute("aria-activedescendant", link.id);
    else search.input.removeAttribute("aria-activedescendant");
  }
  /** Entries that contain every word; those whose own name begins with or contains the last word come first. */
  function find(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean), last = words.at(-1), ranks = [[], [], []];
    if (!last) return { hits: index.slice(0, SHOWN), found: index.length };
    let found = 0;
    for (const entry of index) {
      if (!words.every(word => entry.low.includes(word))) continue;
      found++;
      const at = entry.low.indexOf(last, entry.from);
      ranks[at < 0 ? 2 : at === entry.from ? 0 : 1].push(entry);
    }
    return { hits: ranks.flat().slice(0, SHOWN), found };
  }
  function showHits() {
    const query = search.input.value, { hits, found } = find(query);
    search.list.replaceChildren(...hits.map((entry, i) => el("a", { id: `hit${i}`, role: "option", href: href(entry.href), tabindex: "-1" },
      el("span", { class: "path" }, ...(entry.from ? [el("span", { class: "dir" }, entry.path.slice(0, entry.from))] : []), el("span", { class: "base" }, entry.path.slice(entry.from))),
      el("span", { class: "s" }, entry.note))));
    choose(0);
    search.note.textContent = found ? `${count(found)} ${query.trim() ? "found" : "files, directories and commits"}${found > SHOWN ? `, the first ${SHOWN} are shown` : ""}. ↑ ↓ to choose, Enter to open.`
      : `No file, directory or commit matches “${query.trim()}”.`;
  }

  // ---------- tables: sort and filter, kept in the hash ----------
  // #files.sort=-lines&files.show=below&files.q=core. Only keys with a dot are ours; anchors and line numbers stay what they are.
  // Two compared commits may stand before: #1a2b..3c4d&diff.sort=-lines.
  const pair = () => /^#[0-9a-f]*\.\.[0-9a-f]*/.exec(location.hash)?.[0] ?? "";
  const state = () => location.hash.slice(pair().length || 1).replace(/^&/, "");
  const isState = () => /^[\w-]+\.\w+=/.test(state());
  const params = () => new URLSearchParams(isState() ? state() : "");
  // A jump to an anchor, such as the skip link's, is no wish to lose the order of a table.
  const onState = run => addEventListener("hashchange", () => { if (isState() || !state()) run(); });
  function keep(table, name, value) {
    const kept = params(), full = `${table.id}.${name}`, before = pair();
    if (value) kept.set(full, value);
    else kept.delete(full);
    const text = kept.toString();
    // Not a step of its own: Back leaves the page, and coming back finds the state.
    const hash = before ? before + (text && `&${text}`) : text && `#${text}`;
    history.replaceState(null, "", hash || location.pathname + location.search);
  }
  const value = cell => {
    const text = cell?.dataset.v ?? cell?.textContent.trim() ?? "";
    return text !== "" && !Number.isNaN(+text) ? +text : text;
  };
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  function sort(table, head, down) {
    const column = [...head.parentNode.cells].indexOf(head), body = table.tBodies[0];
    const rows = [...body.rows].filter(row => !row.dataset.nothing).map(row => ({ row, key: value(row.cells[column]) }));
    // Rows without a figure stay at the end in both directions.
    rows.sort((a, b) => (a.key === "") - (b.key === "") || (down ? compare(b.key, a.key) : compare(a.key, b.key)));
    body.append(...rows.map(entry => entry.row));
    for (const th of head.parentNode.cells) th.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  function filter(table, controls, state) {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean), body = table.tBodies[0];
    let shown = 0, total = 0;
    body.querySelector("[data-nothing]")?.remove();
    for (const row of body.rows) {
      const inside = !state.show || (row.dataset.in ?? "").split(" ").includes(state.show);
      row.hidden = !(inside && (!words.length || words.every(word => row.textContent.toLowerCase().includes(word))));
      total++;
      if (!row.hidden) shown++;
    }
    for (const button of all("[data-show]", controls)) button.setAttribute("aria-pressed", String(button.dataset.show === state.show));
    if (!shown && total) body.append(nothing(table, controls, state));
    return `${count(shown)} of ${count(total)} rows`;
  }
  function nothing(table, controls, state) {
    const pressed = controls.querySelector(`[data-show="${CSS.escape(state.show)}"]`)?.textContent.trim();
    const why = [state.q && `“${state.q}”`, state.show && pressed].filter(Boolean).join(" and ");
    const clear = el("button", { class: "btn", type: "button", onclick: () => controls.dispatchEvent(new Event("covatlas:clear")) }, "Show all rows");
    return el("tr", { "data-nothing": "1" }, el("td", { colspan: String(table.tHead.rows[0].cells.length) },
      el("div", { class: "empty none" }, el("i", { class: "mark" }), el("p", {}, el("b", {}, `Nothing matches ${why}`), el("br"), clear))));
  }
  for (const table of all("table[data-sort]")) {
    const heads = all("thead th[data-key]", table), first = heads.find(th => th.hasAttribute("aria-sort"));
    const original = first && [first.dataset.key, first.getAttribute("aria-sort") === "descending"];
    const name = (head, down) => (down ? "-" : "") + head.dataset.key;
    const restore = () => {
      const wish = params().get(`${table.id}.sort`), head = heads.find(th => th.dataset.key === (wish ?? original?.[0] ?? "").replace(/^-/, ""));
      if (head) sort(table, head, wish ? wish.startsWith("-") : original[1]);
    };
    for (const head of heads) head.querySelector("button")?.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const down = now ? now === "ascending" : head.dataset.first === "desc";
      sort(table, head, down);
      keep(table, "sort", original?.[0] === head.dataset.key && original[1] === down ? "" : name(head, down));
      say(`sorted by ${head.textContent.trim()}, ${down ? "descending" : "ascending"}`);
    });
    if (params().has(`${table.id}.sort`)) restore();
    onState(restore);
    // A script has put other rows into the table.
    table.addEventListener("covatlas:rows", restore);
  }
  for (const controls of all("[data-for]")) {
    const table = document.getElementById(controls.dataset.for), input = controls.querySelector("input");
    if (!table?.tBodies[0]) continue;
    let state;
    const read = () => {
      state = { q: params().get(`${table.id}.q`) ?? "", show: params().get(`${table.id}.show`) ?? "" };
      if (input) input.value = state.q;
      filter(table, controls, state);
    };
    const change = part => {
      Object.assign(state, part);
      keep(table, "q", state.q);
      keep(table, "show", state.show);
      say(filter(table, controls, state));
    };
    input?.addEventListener("input", () => change({ q: input.value.trim() }));
    controls.addEventListener("click", event => {
      const button = event.target.closest("[data-show]");
      if (button) change({ show: button.dataset.show });
    });
    controls.addEventListener("covatlas:clear", () => { if (input) input.value = ""; change({ q: "", show: "" }); });
    read();
    onState(read);
    table.addEventListener("covatlas:rows", read);
  }

  // ---------- times ----------
  for (const time of all("time[datetime]")) {
    const text = age(time.dateTime);
    if (!text) continue;
    if ("age" in time.dataset) time.append(`, ${text}`);
    else time.title ||= text;
  }

  // ---------- narrow screens: the menu without touching the hash ----------
  const nav = document.getElementById("nav"), menu = document.querySelector(".top .menu");
  function openNav(open) {
    if (!nav || !menu) return;
    nav.toggleAttribute("data-open", open);
    menu.setAttribute("aria-expanded", String(open));
    (open ? nav.querySelector("a") : menu).focus();
  }
  if (nav && menu) {
    menu.setAttribute("role", "button");
    menu.setAttribute("aria-expanded", "false");
    menu.addEventListener("click", event => { event.preventDefault(); openNav(true); });
    nav.querySelector(".close")?.addEventListener("click", event => { event.preventDefault(); openNav(false); });
    nav.addEventListener("keydown", event => { if (event.key === "Escape") openNav(false); });
  }
  document.addEventListener("click", event => {
    const open = event.target.closest?.("[data-open]")?.dataset.open;
    if (open === "search") openSearch();
    if (open === "help") openHelp();
    if (open === "theme") switchTheme();
  });

  // ---------- tooltips of the heat map ----------
  // They are shown by the style sheet, for the pointer and for the focus. A finger has neither: its first tap on a box
  // shows the tooltip, its second one follows the link. Escape hides a tooltip until the next box.
  for (const map of all(".map")) {
    let touched = false, focused;
    map.addEventListener("pointerdown", event => { touched = event.pointerType === "touch"; focused = document.activeElement; });
    map.addEventListener("click", event => {
      const link = event.target.closest("a");
      if (!touched || !link || link === focused) return;
      event.preventDefault();
      link.focus({ focusVisible: true, preventScroll: true });
    });
    for (const type of ["pointerover", "focusin"]) map.addEventListener(type, () => map.removeAttribute("data-quiet"));
  }
  addEventListener("keydown", event => {
    if (event.key === "Escape") for (const map of all(".map")) map.dataset.quiet = "";
  });

  // ---------- what changes with every snapshot ----------
  // Kept out of the pages, so that a page whose subject did not change keeps its bytes.
  data("now", href("data/now.js")).then(now => {
    const text = { ...now, date: day(now.date), snapshots: `${count(now.snapshot ?? now.snapshots)} of ${count(now.snapshots)}` };
    for (const node of all("[data-now]")) {
      node.textContent = text[node.dataset.now] ?? "";
      if (node.localName === "a" && now.href) node.href = href(now.href);
    }
    for (const node of all("[data-count]")) {
      const n = now.counts?.[node.dataset.count];
      if (n != null) node.textContent = typeof n === "number" ? count(n) : n;
    }
    for (const node of all(".now")) node.hidden = false;
  }).catch(() => {});

  /** A path as nodes with places to break in it, as the filter `breakable` of the templates makes them. */
  const breakable = path => path.split(/(?<=.[/_-])(?=.)|(?<=[a-z])(?=[A-Z])/).flatMap((part, i) => i ? [el("wbr"), part] : [part]);

  Object.assign(covatlas, { breakable, all, count, data, day, el, href, isDark, key, percent, say, script, tenth });
})();
