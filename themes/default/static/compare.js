"use strict";
// The page that compares: two snapshots are chosen, their files replayed from late data, and what differs is put into tables.
// ../README.md documents the layout of the data. The choice is the hash, #<id>..<id>: an end that is left out is the newest
// snapshot, ids may be abbreviated.
(() => {
  const { all, breakable, count, data, day, el, href, percent, say, tenth } = covatlas;
  const page = document.querySelector("[data-compare]");
  if (!page) return;
  const part = name => document.querySelector(`[data-${name}]`);
  const load = key => data(key, href(`data/${key}.js`));
  const MOST_ROWS = 2000;
  const sides = Object.fromEntries(all("select[data-side]", page).map(select => [select.dataset.side, select]));

  // ---------- replaying ----------
  /** Applies a list to the files: numbers in a row, see the README. */
  function apply(files, numbers, columns) {
    for (let i = 0; i < numbers.length;) {
      const file = numbers[i++], path = numbers[i++];
      if (path < 0) {
        files.delete(file);
        continue;
      }
      files.set(file, { path: path ? path - 1 : files.get(file).path, figures: numbers.slice(i, i + 2 * columns) });
      i += 2 * columns;
    }
  }
  /** How many snapshots are on the timeline; those beside it follow. */
  const onTimeline = index => index.commits.id.length - (index.beside?.[0].length ?? 0);
  /** The files at a point: from the keyframe of its chunk on; those of a snapshot beside the timeline from its base on. */
  async function filesAt(index, at) {
    if (at >= onTimeline(index)) {
      const own = at - onTimeline(index), [bases, key] = index.beside;
      const [files, lists] = await Promise.all([filesAt(index, bases[own]), load(key)]);
      apply(files, lists[own], index.columns.length);
      return files;
    }
    const [from, key] = index.chunks.findLast(([from]) => from <= at);
    const lists = await load(key), files = new Map();
    for (const list of lists.slice(0, at - from + 1)) apply(files, list, index.columns.length);
    return files;
  }
  /** Every path by its number. */
  async function pathsOf(index) {
    const paths = [];
    for (const block of await Promise.all(index.paths.map(load))) {
      let before = "";
      for (const [shared, rest] of block) paths.push(before = before.slice(0, shared) + rest);
    }
    return paths;
  }
  /** The pages of the files of the newest snapshot, by path; without that list files are not linked. */
  async function pagesOf() {
    const pages = new Map();
    try {
      const { dirs, files } = await data("search", href("data/search.js"));
      for (const [dir, name, at] of files) {
        const path = dirs[dir] ? `${dirs[dir]}/${name}` : name;
        pages.set(path, at || `files/${path}.html`);
      }
    } catch {}
    return pages;
  }

  // ---------- comparing ----------
  const missed = ([covered, total]) => total - covered;
  function difference(before, after) {
    const files = [];
    for (const file of new Set([...before.keys(), ...after.keys()])) {
      const [old, now] = [before.get(file), after.get(file)];
      const same = old && now && old.path === now.path && old.figures.every((number, i) => number === now.figures[i]);
      if (!same) files.push({ old, now, more: missed(now?.figures ?? [0, 0]) - missed(old?.figures ?? [0, 0]) });
    }
    return files;
  }
  const tokens = ({ old, now, more }) => [
    more > 0 && "more", more < 0 && "fewer", !old && "added", !now && "removed", old && now && old.path !== now.path && "renamed",
  ].filter(Boolean);
  const more = number => number === 0 ? el("span", { class: "same" }, "same")
    : el("span", { class: number > 0 ? "down" : "up" }, `${count(Math.abs(number))} ${number > 0 ? "more" : "fewer"}`);
  /** The change in points, between the percentages as they are printed. */
  function points(before, after) {
    if (!before?.[1] || !after?.[1]) return el("span", { class: "same" }, "not measured in both");
    const hundredths = ([covered, total]) => Math.floor(covered * 10000 / total);
    const change = hundredths(after) - hundredths(before);
    if (change === 0) return el("span", { class: "same" }, "same");
    return el("span", { class: change > 0 ? "up" : "down" }, `${change > 0 ? "▲" : "▼"} ${(Math.abs(change) / 100).toFixed(2)} points`);
  }
  const figure = tally => tally?.[1] ? [el("b", {}, tenth(100 * tally[0] / tally[1])), el("span", { class: "pc" }, "%"), " ",
    el("span", { class: "mute" }, `${count(tally[0])} of ${count(tally[1])}`)] : [el("span", { class: "mute" }, "n/a")];

  // ---------- drawing ----------
  function totals(index, base, head) {
    const name = dimension => dimension[0].toUpperCase() + dimension.slice(1);
    const rows = index.dimensions.map(dimension => {
      const [before, after] = [base, head].map(at => index.totals[dimension][at]);
      return el("tr", {}, el("th", { scope: "row" }, name(dimension)), el("td", { class: "num" }, ...figure(before)), el("td", { class: "num" }, ...figure(after)),
        el("td", { class: "num" }, points(before, after)), el("td", { class: "num" }, before && after ? more(missed(after) - missed(before)) : ""));
    });
    part("totals").querySelector("tbody").replaceChildren(...rows);
  }
  function row(index, paths, pages, file) {
    const { old, now } = file, path = paths[(now ?? old).path], at = pages.get(path);
    const note = !old ? "added" : !now ? "removed" : old.path !== now.path ? `was ${paths[old.path]}` : "";
    const cells = index.columns.flatMap((_, column) => [old, now].map(side => {
      const tally = side?.figures.slice(2 * column, 2 * column + 2);
      return el("td", { class: column ? "num opt2" : "num", "data-v": tally?.[1] ? String(100 * tally[0] / tally[1]) : "" }, ...figure(tally));
    }));
    return el("tr", { "data-in": tokens(file).join(" ") },
      el("th", { scope: "row", class: "name", "data-v": path }, ...at ? [el("a", { href: href(at) }, ...breakable(path))] : breakable(path), note ? el("span", { class: "sub" }, note) : null),
      el("td", { class: "num", "data-v": String(file.more) }, more(file.more)), ...cells);
  }
  function list(index, paths, pages, files) {
    files.sort((a, b) => b.more - a.more || (paths[(a.now ?? a.old).path] < paths[(b.now ?? b.old).path] ? -1 : 1));
    const table = document.getElementById("diff");
    table.tBodies[0].replaceChildren(...files.slice(0, MOST_ROWS).map(file => row(index, paths, pages, file)));
    table.dispatchEvent(new Event("covatlas:rows"));
    const number = token => files.filter(file => tokens(file).includes(token)).length;
    for (const button of all("[data-show]", part("files"))) {
      const { show, name } = button.dataset;
      button.textContent = `${name} ${count(show ? number(show) : files.length)}`;
    }
    part("cut").textContent = files.length > MOST_ROWS ? ` The first ${count(MOST_ROWS)} of ${count(files.length)} are shown.` : "";
  }
  function problem(text) {
    const holder = part("problem");
    holder.hidden = !text;
    holder.replaceChildren(...text ? [el("div", { class: "panel" }, el("div", { class: "empty bad", role: "alert" }, el("i", { class: "mark" }), el("p", {}, el("b", {}, "Cannot compare these"), el("br"), text)))] : []);
    for (const name of ["totals", "files"]) part(name).hidden = Boolean(text);
  }
  const when = (index, at) => index.commits.date[at] && day(index.commits.date[at]);
  const link = (index, at) => at >= onTimeline(index) ? outside(index, at) : el("a", { class: "mono", href: href(`commits/${index.commits.id[at]}.html`) }, index.commits.short[at]);

  /** A snapshot beside the timeline has no page here, but may have one on the forge. */
  function outside(index, at) {
    const web = index.commits.web?.[at - onTimeline(index)], short = index.commits.short[at];
    return web?.startsWith("https://") ? el("a", { class: "mono", href: web, rel: "noopener noreferrer" }, short) : el("span", { class: "mono" }, short);
  }

  let latest = 0;
  async function compare(index, base, head) {
    const turn = ++latest;
    const [before, after, paths, pages] = await Promise.all([filesAt(index, base), filesAt(index, head), pathsOf(index), pagesOf()]);
    if (turn !== latest) return; // another pair was chosen meanwhile
    const files = difference(before, after), headline = index.totals[index.columns[0]];
    totals(index, base, head);
    list(index, paths, pages, files);
    problem("");
    const named = at => [link(index, at), ...when(index, at) ? [`, ${when(index, at)}`] : []];
    part("both").replaceChildren(...named(base), when(index, base) ? ", and " : " and ", ...named(head));
    const [from, to] = [base, head].map(at => headline[at] ? percent(...headline[at]) : "n/a");
    const text = `${from} to ${to} of ${index.columns[0]}; ${count(files.length)} ${files.length === 1 ? "file differs" : "files differ"}.`;
    part("lede").textContent = text;
    say(text);
  }

  // ---------- choosing ----------
  /** The point of an id that may be abbreviated; `otherwise` without one, -1 where there is no such snapshot. */
  const find = (index, id, otherwise) => id ? index.commits.id.findIndex(full => full.startsWith(id)) : otherwise;
  function chosen(index) {
    const newest = onTimeline(index) - 1;
    const [, base, head] = /^#([0-9a-f]*)\.\.([0-9a-f]*)/.exec(location.hash) ?? [];
    return base == null ? [Math.max(0, newest - 1), newest] : [find(index, base, newest), find(index, head, newest)];
  }
  function show(index) {
    const pair = chosen(index);
    if (pair.includes(-1)) return problem("One of the commits in the address has no snapshot here. Choose another above, or run `covatlas compare` with both.");
    [sides.base.value, sides.head.value] = pair.map(String);
    return compare(index, ...pair).catch(error => problem(error.message));
  }
  function choose(index) {
    const [base, head] = [sides.base, sides.head].map(select => +select.value);
    const kept = /&.*$/.exec(location.hash)?.[0] ?? "";
    history.replaceState(null, "", `#${index.commits.id[base]}..${index.commits.id[head]}${kept}`);
    return show(index);
  }
  function fill(index) {
    const { short, subject, tags } = index.commits;
    for (const select of Object.values(sides)) {
      const options = short.map((id, at) => el("option", { value: String(at) }, [id, when(index, at), subject[at]].filter(Boolean).join(" · ") + (tags[at] && ` (${tags[at]})`)));
      const beside = options.splice(onTimeline(index));
      select.replaceChildren(...options.reverse(), ...beside.length ? [el("optgroup", { label: "Change requests and other branches" }, ...beside)] : []);
      select.addEventListener("change", () => choose(index));
    }
    part("swap").addEventListener("click", () => {
      [sides.base.value, sides.head.value] = [sides.head.value, sides.base.value];
      choose(index);
    });
  }
  load(page.dataset.compare).then(index => {
    fill(index);
    part("static").hidden = true;
    addEventListener("hashchange", () => { if (/^#[0-9a-f]*\.\./.test(location.hash)) show(index); });
    return show(index);
  }).catch(error => problem(error.message));
})();
