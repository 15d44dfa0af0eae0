"use strict";
// Pages with code: next and previous gap, toggles, selection of lines, minimap, highlighting. The lines themselves, their
// marks and their anchors are HTML and CSS; this file only reads classes and never adds an element to a line.
(() => {
  const { all, key, say, script } = covatlas;
  const lexer = document.currentScript.dataset.lexer;
  const code = document.querySelector(".code-grid .code");
  const reduced = { behavior: "instant" };

  // ---------- highlighting ----------
  // Above these sizes a lexer costs more than colour is worth; generated files are the ones that reach them.
  const MOST = 2_000_000, LONGEST = 10_000;

  /** The text of a code list and where each text node begins in it; branch chips and marked controls are not code. */
  function textOf(list) {
    const nodes = [], starts = [], blocks = [];
    let text = "";
    for (const block of list.getElementsByClassName("src")) {
      const first = nodes.length;
      for (const line of block.children) {
        // A line that was cut may open what it does not close.
        if (!line.querySelector(":scope > .cc:last-child")) for (const node of line.childNodes) {
          if (node.nodeType !== Node.TEXT_NODE || node.length > LONGEST) continue;
          nodes.push(node);
          starts.push(text.length);
          text += node.data;
        }
        text += "\n";
      }
      blocks.push({ block, first, end: nodes.length });
    }
    return { text, nodes, starts, blocks };
  }

  /** Adds the ranges of one block to the page's highlights. */
  function paint({ nodes, starts, tokens }, { first, end }, paints) {
    if (first === end) return;
    // The first token that ends after the block begins, by bisection: tokens are in order.
    let low = 0, high = tokens.length / 3;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tokens[middle * 3 + 1] > starts[first]) high = middle;
      else low = middle + 1;
    }
    let at = low * 3;
    for (let i = first; i < end; i++) {
      const from = starts[i], to = from + nodes[i].length;
      while (at < tokens.length && tokens[at + 1] <= from) at += 3;
      for (let t = at; t < tokens.length && tokens[t] < to; t += 3) {
        // Static ranges: nothing edits the text, so the browser need not keep them up to date.
        paints[tokens[t + 2]].add(new StaticRange({
          startContainer: nodes[i], startOffset: Math.max(0, tokens[t] - from), endContainer: nodes[i], endOffset: Math.min(to, tokens[t + 1]) - from,
        }));
      }
    }
  }

  /** What an excerpt that begins inside a docstring or a block comment would have to begin with, as far as that shows. */
  function opener(list, text) {
    const first = list.querySelector("li");
    if (document.documentElement.dataset.page !== "commit" || first?.dataset.l === "1") return "";
    // Closing quotes of a docstring stand alone in their line; an opening pair seldom does.
    const quotes = /^.*?("""|''').*$/m.exec(text);
    if (quotes && quotes[0].trim() === quotes[1]) return quotes[1];
    const close = text.indexOf("*/"), open = text.indexOf("/*");
    return close >= 0 && (open < 0 || close < open) && list.dataset.lang !== "python" ? "/*" : "";
  }

  async function highlight() {
    const lists = all(".code[data-lang]");
    if (!lists.length || !lexer || !globalThis.Highlight || !CSS.highlights) return;
    await script(new URL(lexer, location.href).href);
    const paints = {};
    for (const name of ["kw", "str", "com", "def"]) CSS.highlights.set(name, paints[name] = new Highlight());
    const jobs = new Map();
    // Lexing needs the whole text, painting only what is near the window: ranges are made block by block.
    const near = new IntersectionObserver(entries => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        jobs.get(target)();
      }
    }, { rootMargin: "1500px 0px" });
    for (const list of lists) {
      const source = textOf(list);
      if (source.text.length > MOST) continue;
      const lead = opener(list, source.text), tokens = covatlas.lexer.tokens(lead + source.text, list.dataset.lang);
      source.tokens = lead ? tokens.map(value => typeof value === "number" ? value - lead.length : value) : tokens;
      for (const block of source.blocks) {
        jobs.set(block.block, () => paint(source, block, paints));
        near.observe(block.block);
      }
    }
  }
  const idle = globalThis.requestIdleCallback ?? (run => setTimeout(run, 50));
  idle(() => highlight().catch(() => {}));

  if (!code) return;

  // ---------- lines and gaps ----------
  const lines = code.getElementsByTagName("li");
  const line = number => document.getElementById(`L${number}`);
  const numberOf = li => +li.id.slice(1);
  const state = li => li.className[0] ?? "";

  /** Gaps as [first, last]: those the page names, else runs of uncovered and partial lines with lines of no code between. */
  function readGaps() {
    if (code.dataset.gaps != null) return code.dataset.gaps.split(" ").filter(Boolean).map(text => {
      const [first, last = first] = text.split("-").map(Number);
      return [first, last];
    });
    const gaps = [];
    let open = null, number = 0;
    for (const li of lines) {
      number++;
      const mark = state(li);
      if (mark === "m" || mark === "p") {
        if (open) open[1] = number;
        else gaps.push(open = [number, number]);
      } else if (mark === "h" || mark === "u") open = null;
    }
    return gaps;
  }
  const gaps = readGaps(), place = document.querySelector("[data-gap]");

  // ---------- selection ----------
  let selected = null;
  // The link to the forge follows the selected line.
  const outside = document.querySelector("[data-web-line]"), whole = outside?.href;
  function leadOut() {
    if (outside) outside.href = whole + (selected ? outside.dataset.webLine.replaceAll("{line}", selected[0]) : "");
  }
  function select(first, last = first) {
    if (selected) for (let n = selected[0]; n <= selected[1]; n++) line(n)?.classList.remove("sel", "from", "in", "to");
    selected = line(first) ? [first, Math.min(last, lines.length)] : null;
    if (selected) for (let n = first; n <= selected[1]; n++) {
      line(n).classList.add("sel", ...(first === selected[1] ? [] : [n === first ? "from" : n === selected[1] ? "to" : "in"]));
    }
    showPlace();
    leadOut();
  }
  function showPlace() {
    if (!place) return;
    const at = selected ? gaps.findIndex(([first, last]) => first <= selected[1] && selected[0] <= last) : -1;
    place.textContent = !gaps.length ? "nothing uncovered" : at < 0 ? `${covatlas.count(gaps.length)} gap${gaps.length === 1 ? "" : "s"}` : `gap ${at + 1} of ${gaps.length}`;
  }
  const hashOf = ([first, last]) => first === last ? `#L${first}` : `#L${first}-L${last}`;
  function choose(first, last) {
    select(first, last);
    // Not a step in the history: thirty gaps later, Back still leaves the page.
    history.replaceState(null, "", selected ? hashOf(selected) : location.pathname + location.search);
  }
  function fromHash(scroll) {
    const match = /^#L(\d+)(?:-L?(\d+))?$/.exec(location.hash);
    if (!match) return;
    const ends = [+match[1], +(match[2] ?? match[1])].sort((a, b) => a - b);
    select(...ends);
    // The browser jumps to a single line by itself; a range is no element's id.
    if (scroll && match[2]) line(ends[0])?.scrollIntoView({ block: "start", ...reduced });
  }
  addEventListener("hashchange", () => fromHash(true));
  fromHash(true);
  if (!selected) showPlace();

  code.addEventListener("click", event => {
    const li = event.target.closest("li[id]");
    const gutter = code.parentElement.getBoundingClientRect().left + 46;
    if (!li || event.clientX > gutter) return;
    const number = numberOf(li);
    if (event.shiftKey && selected) {
      const from = selected.anchor ?? selected[0];
      choose(Math.min(from, number), Math.max(from, number));
      if (selected) selected.anchor = from;
      getSelection()?.removeAllRanges();
    } else choose(number);
    if (selected) say(selected[0] === selected[1] ? `line ${number}` : `lines ${selected[0]} to ${selected[1]}`);
  });

  // ---------- next and previous gap ----------
  /** The line that sits under the sticky head. */
  const headEnd = () => {
    const bar = document.querySelector(".filehead")?.getBoundingClientRect().bottom ?? 0;
    return Math.max(bar, 48);
  };
  const lineHeight = () => parseFloat(getComputedStyle(code).lineHeight) || 20;
  function topLine() {
    return Math.max(1, Math.floor((headEnd() - code.getBoundingClientRect().top) / lineHeight()) + 1);
  }
  const inView = number => {
    const box = line(number)?.getBoundingClientRect();
    return box && box.bottom > headEnd() && box.top < innerHeight;
  };
  function go(step) {
    if (!gaps.length) return say("nothing is uncovered in this file");
    // From the selection while it is in view, else from where the reader has scrolled to.
    const here = selected && inView(selected[0]) ? selected[0] : topLine() - (step > 0 ? 1 : 0);
    const next = step > 0 ? gaps.findIndex(([first]) => first > here) : gaps.findLastIndex(([first]) => first < here);
    const at = next < 0 ? (step > 0 ? 0 : gaps.length - 1) : next, [first, last] = gaps[at];
    choose(first, last);
    line(first)?.scrollIntoView({ block: "center", ...reduced });
    say(`${next < 0 ? "from the other end: " : ""}gap ${at + 1} of ${gaps.length}, ${first === last ? `line ${first}` : `lines ${first} to ${last}`}`);
  }
  key(["n"], "next gap", () => go(1));
  key(["p"], "previous gap", () => go(-1));
  for (const button of all("[data-go]")) button.addEventListener("click", () => go(button.dataset.go === "next" ? 1 : -1));

  // ---------- toggles ----------
  const hidden = new Set(), words = { m: "uncovered", p: "partial", h: "covered" };
  function toggle(mark) {
    if (!hidden.delete(mark)) hidden.add(mark);
    code.dataset.hide = [...hidden].join(" ");
    for (const button of all(`[data-toggle="${mark}"]`)) button.setAttribute("aria-pressed", String(!hidden.has(mark)));
    say(`${words[mark]} lines ${hidden.has(mark) ? "no longer marked" : "marked"}`);
  }
  for (const button of all("[data-toggle]")) button.addEventListener("click", () => toggle(button.dataset.toggle));
  for (const [name, mark] of [["r", "m"], ["b", "p"], ["c", "h"]]) key([name], `mark ${words[mark]} lines, or not`, () => toggle(mark));

  // ---------- minimap ----------
  const mini = document.querySelector(".mini"), grid = code.closest(".code-grid"), head = document.querySelector(".filehead");
  const svg = (name, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    return node;
  };
  /** One path a state; the width says the state too: covered thin, partial middle, uncovered wide. */
  function drawMap() {
    const shapes = { h: ["c", 4, 4], p: ["y", 2, 8], m: ["x", 0, 12] }, paths = { h: "", p: "", m: "" };
    let start = 0, last = "";
    const close = end => {
      if (shapes[last]) paths[last] += `M${shapes[last][1]} ${start}h${shapes[last][2]}v${end - start}h-${shapes[last][2]}z`;
    };
    let i = 0;
    for (const li of lines) {
      const mark = state(li);
      if (mark !== last) {
        close(i);
        start = i;
        last = mark;
      }
      i++;
    }
    close(i);
    const map = svg("svg", { viewBox: `0 0 12 ${lines.length}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const mark of ["h", "p", "m"]) map.append(svg("path", { class: shapes[mark][0], d: paths[mark] }));
    const frame = svg("rect", { class: "v", x: 0, width: 12 });
    map.append(frame);
    mini.append(map);
    mini.style.setProperty("--n", lines.length);
    mini.hidden = false;
    return { map, frame };
  }
  // The head wraps at some widths: the map and the side hang from its actual lower edge.
  if (head) new ResizeObserver(() => grid.style.setProperty("--stick", `${48 + head.offsetHeight}px`)).observe(head);
  if (mini && lines.length > 40) {
    const { map, frame } = drawMap();
    const place = () => {
      const top = Math.max(0, (headEnd() - code.getBoundingClientRect().top) / lineHeight());
      frame.setAttribute("y", Math.min(top, lines.length));
      frame.setAttribute("height", Math.max(0, Math.min((innerHeight - headEnd()) / lineHeight(), lines.length - top)));
    };
    let due = false;
    const later = () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; place(); });
    };
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later);
    if (head) new ResizeObserver(later).observe(head);
    const jump = event => {
      const box = map.getBoundingClientRect(), share = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
      const middle = (innerHeight + headEnd()) / 2;
      scrollBy({ top: code.getBoundingClientRect().top + share * lines.length * lineHeight() - middle, ...reduced });
    };
    map.addEventListener("pointerdown", event => {
      map.setPointerCapture(event.pointerId);
      event.preventDefault();
      jump(event);
    });
    map.addEventListener("pointermove", event => { if (map.hasPointerCapture(event.pointerId)) jump(event); });
    place();
  }
})();
