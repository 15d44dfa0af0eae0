// The built site in a real browser, from disk and over http under a sub-path.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { HtmlValidate } from "html-validate";
import { branchedSite, demoSite, hostileSite, launch, onDisk, serve, watched } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser, site, server;
before(async () => {
  site = demoSite();
  server = await serve(site);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** Every page of a site, relative to it. */
function pages(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name))).filter((name) => name.endsWith(".html")).sort();
}

/** An address for a path in the site: names may hold anything that a URL would read otherwise. */
const address = (base, page) => base + page.split("/").map(encodeURIComponent).join("/");

const made = new Map();
/** A site that several tests use, made once. */
function once(make) {
  if (!made.has(make)) made.set(make, make());
  return made.get(make);
}

/** The largest page of each type: of each folder at the top, by its `data-page`. */
function types(folder) {
  const best = new Map();
  for (const page of pages(folder)) {
    const html = readFileSync(join(folder, page), "utf8");
    const type = `${page.includes("/") ? page.split("/")[0] : ""} ${/data-page="([a-z]+)"/.exec(html)?.[1] ?? "other"}`.trim();
    if (!best.has(type) || html.length > best.get(type).size) best.set(type, { page, size: html.length });
  }
  return new Map([...best].map(([type, { page }]) => [type, page]));
}

/** One page of each kind: by its `data-page`, those with the most to show. */
function kinds() {
  const best = new Map();
  for (const page of pages(site)) {
    const html = readFileSync(join(site, page), "utf8");
    const kind = /data-page="([a-z]+)"/.exec(html)?.[1] ?? "other";
    if (!best.has(kind) || html.length > best.get(kind).size) best.set(kind, { page, size: html.length });
  }
  return new Map([...best].map(([kind, { page }]) => [kind, page]));
}

const settled = (page) => page.waitForLoadState("networkidle");

for (const where of ["from disk", "over http under a sub-path"]) {
  const base = () => (where === "from disk" ? onDisk(site) : server.address);
  test(`no page complains, breaks the policy or calls out, ${where}`, async () => {
    const { page, faults, close } = await watched(browser, base());
    for (const name of pages(site)) {
      const before = faults.length;
      await page.goto(address(base(), name));
      await settled(page);
      faults.splice(before, faults.length, ...faults.slice(before).map((fault) => `${name}: ${fault}`));
    }
    await close();
    assert.deepEqual(faults, []);
  });
}

/** The types of page that the demo has. */
const TYPES = ["dashboard", "commits commit", "commits commits", "compare compare", "components group", "components groups",
  "contributors group", "contributors groups", "files directory", "files source", "guide guide", "owners group", "owners groups",
  "trends trends", "trust trust"];

test("the demo has every type of page", () => {
  assert.deepEqual([...types(site).keys()].sort(), [...TYPES].sort());
});

describe("accessibility: axe finds nothing, by the rules of WCAG 2.2 too", () => {
  for (const type of TYPES) {
    for (const colorScheme of ["light", "dark"]) {
      test(`${type}, ${colorScheme}`, async () => {
        const { page, close } = await watched(browser, server.address, { colorScheme, bypassCSP: true });
        await page.goto(address(server.address, types(site).get(type)));
        await settled(page);
        await page.addScriptTag({ content: axe });
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], rules: { "target-size": { enabled: true } } }));
        await close();
        assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`), []);
      });
    }
  }
});

describe("every page is valid HTML", () => {
  const sites = { "of the demo": () => site, "with hostile names": () => once(hostileSite), "of a first snapshot": () => once(branchedSite) };
  for (const [name, folder] of Object.entries(sites)) {
    test(name, async () => {
      const validator = new HtmlValidate({ extends: ["html-validate:standard"] });
      const found = [];
      for (const page of pages(folder())) {
        const { results } = await validator.validateString(readFileSync(join(folder(), page), "utf8"));
        for (const { messages } of results) found.push(...messages.map(({ line, ruleId, message }) => `${page}:${line}: ${ruleId}: ${message}`));
      }
      assert.deepEqual(found.slice(0, 20), []);
    });
  }
});

describe("a link to a line", () => {
  for (const javaScriptEnabled of [false, true]) {
    test(`lands below the sticky head, JavaScript ${javaScriptEnabled ? "on" : "off"}`, async () => {
      const { page, close } = await watched(browser, onDisk(site), { javaScriptEnabled, viewport: { width: 1280, height: 700 } });
      const source = kinds().get("source");
      const last = [...readFileSync(join(site, source), "utf8").matchAll(/<li id="?L(\d+)/g)].length;
      const wanted = Math.floor(last * 0.7);
      await page.goto(`${address(onDisk(site), source)}#L${wanted}`);
      await settled(page);
      const box = await page.locator(`#L${wanted}`).boundingBox();
      const head = await page.locator(".filehead").boundingBox();
      await close();
      assert.ok(box.y >= head.y + head.height - 1, `the line at ${box.y} is not under the head, which ends at ${head.y + head.height}`);
      assert.ok(box.y + box.height <= 700, `the line at ${box.y} is in view`);
    });
  }
});

test("n and p walk the gaps of a source page, and the hash follows", async () => {
  const { page, faults, close } = await watched(browser, onDisk(site));
  await page.goto(address(onDisk(site), kinds().get("source")));
  await settled(page);
  await page.keyboard.press("n");
  const first = new URL(page.url()).hash;
  await page.keyboard.press("n");
  const second = new URL(page.url()).hash;
  await page.keyboard.press("p");
  const back = new URL(page.url()).hash;
  await close();
  assert.match(first, /^#L\d+/);
  assert.notEqual(second, first);
  assert.equal(back, first);
  assert.deepEqual(faults, []);
});

test("search finds a file and opens it", async () => {
  const { page, faults, close } = await watched(browser, onDisk(site));
  const source = kinds().get("source");
  await page.goto(`${onDisk(site)}index.html`);
  await settled(page);
  await page.keyboard.press("f");
  const file = source.split("/").pop().replace(/\.html$/, "");
  await page.keyboard.type(file);
  await page.locator("dialog[open] a", { hasText: file }).first().waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname.includes("/files/"));
  await close();
  assert.deepEqual(faults, []);
});

test("the theme switch holds on the next page", async () => {
  const { page, close } = await watched(browser, server.address, { colorScheme: "light" });
  await page.goto(`${server.address}index.html`);
  await settled(page);
  await page.locator('[data-open="theme"]').click();
  await page.goto(address(server.address, kinds().get("trends")));
  const theme = await page.evaluate(() => document.documentElement.dataset.theme);
  await close();
  assert.equal(theme, "dark");
});

test("the trend chart is drawn from its late data", async () => {
  const { page, faults, close } = await watched(browser, onDisk(site));
  await page.goto(address(onDisk(site), kinds().get("trends")));
  await page.locator("[data-chart]").first().scrollIntoViewIfNeeded();
  await page.locator("[data-chart] canvas").first().waitFor();
  await close();
  assert.deepEqual(faults, []);
});

/** The percentage of lines that a commit's page states: the contents of its tile. */
function linesOf(id) {
  const html = readFileSync(join(site, `commits/${id}.html`), "utf8");
  const [, percent] = /Project, lines<\/h2><p class="val">([\d.]+)/.exec(html);
  return (Math.floor(percent * 10 + 1e-9) / 10).toFixed(1);
}

test("any two snapshots can be compared, by choice and by address", async () => {
  const { page, faults, close } = await watched(browser, onDisk(site));
  const ids = [...readFileSync(join(site, "commits/index.html"), "utf8").matchAll(/href="([0-9a-f]{40})\.html"/g)].map(([, id]) => id);
  const [newest, oldest] = [ids.at(0), ids.at(-1)];
  await page.goto(`${onDisk(site)}commits/${oldest}.html`);
  await page.getByText("Compare with…").click();
  await page.locator("[data-totals]:visible").waitFor();
  const figures = () => page.locator("[data-totals] tbody tr", { hasText: "Lines" }).locator("b").allInnerTexts();
  assert.deepEqual(await figures(), [linesOf(oldest), linesOf(newest)], "an open end is the newest snapshot");
  assert.ok(!(await page.locator("[data-static]").isVisible()), "the list for readers without scripts is gone");

  const rows = page.locator("#diff tbody tr:visible");
  const whole = await rows.count();
  assert.ok(whole > 1);
  await page.locator('[data-for="diff"] [data-show="added"]').click();
  assert.ok((await rows.count()) < whole, "the filter leaves rows out");
  assert.match(await rows.first().innerText(), /added/);
  await page.locator("#diff th[data-key=name] button").focus();
  await page.keyboard.press("Enter");
  const names = await rows.locator("th").evaluateAll((cells) => cells.map((cell) => cell.dataset.v));
  assert.deepEqual(names, [...names].sort());
  assert.equal(new URL(page.url()).hash, `#${oldest}..&diff.show=added&diff.sort=name`);

  await page.locator('select[data-side="head"]').selectOption({ index: 3 });
  await page.waitForFunction((id) => location.hash.includes(`..${id}`), ids[3]);
  await page.locator("[data-both] a", { hasText: ids[3].slice(0, 7) }).waitFor();
  assert.deepEqual(await figures(), [linesOf(oldest), linesOf(ids[3])]);
  assert.match(new URL(page.url()).hash, /&diff\.show=added&diff\.sort=name$/, "the table keeps its state");
  await page.locator("[data-swap]").click();
  await page.waitForFunction((id) => location.hash.startsWith(`#${id}`), ids[3]);

  await page.goto(`${onDisk(site)}compare/index.html#${ids[5].slice(0, 9)}..${ids[2].slice(0, 9)}`);
  await page.locator("[data-both] a", { hasText: ids[5].slice(0, 7) }).waitFor();
  assert.deepEqual(await figures(), [linesOf(ids[5]), linesOf(ids[2])], "abbreviated ids");
  await page.locator("[data-both] a").first().click();
  await page.waitForURL(`**/commits/${ids[5]}.html`);

  await page.goto(`${onDisk(site)}compare/index.html#${"0".repeat(40)}..`);
  await page.locator('[data-problem] [role="alert"]').waitFor();
  await close();
  assert.deepEqual(faults, []);
});

test("a change request is compared with the timeline", async () => {
  const site = once(branchedSite);
  const { page, faults, close } = await watched(browser, onDisk(site));
  await page.goto(`${onDisk(site)}compare/index.html`);
  await page.locator("[data-totals]:visible").waitFor();
  const beside = page.locator('select[data-side="head"] optgroup option');
  assert.match(await beside.innerText(), /b\.js \(#7, feature\)$/);
  await page.locator('select[data-side="head"]').selectOption(await beside.getAttribute("value"));
  await page.locator("[data-both] span").waitFor();
  const figures = await page.locator("[data-totals] tbody tr", { hasText: "Lines" }).locator("b, .mute").allInnerTexts();
  assert.deepEqual(figures, ["66.6", "2 of 3", "60.0", "3 of 5"]);
  assert.deepEqual(await page.locator("#diff tbody tr th").allInnerTexts(), ["b.js\nadded"]);
  await close();
  assert.deepEqual(faults, []);
});

test("without JavaScript the page that compares leads to the commits", async () => {
  const { page, close } = await watched(browser, onDisk(site), { javaScriptEnabled: false });
  await page.goto(`${onDisk(site)}compare/index.html`);
  assert.ok(await page.locator("[data-static]").isVisible());
  assert.ok(!(await page.locator("select").first().isVisible()));
  await page.locator("[data-static] li a").first().click();
  await page.waitForURL("**/commits/*.html");
  await close();
});

test("owners and components can be sorted and lead to their files", async () => {
  const { page, faults, close } = await watched(browser, onDisk(site));
  await page.goto(`${onDisk(site)}owners/index.html`);
  const first = () => page.locator("#groups tbody th").first().innerText();
  const named = await first();
  await page.locator("#groups th[data-key=uncovered] button").click();
  const missed = await page.locator("#groups tbody td[data-v]:nth-child(5)").evaluateAll((cells) => cells.map((cell) => +cell.dataset.v));
  assert.deepEqual(missed, [...missed].sort((a, b) => b - a));
  await page.locator("#groups tbody a", { hasText: named }).click();
  await page.locator("#files tbody a").first().click();
  await page.locator(".src li").first().waitFor();
  assert.ok(await page.locator(".side dd a", { hasText: named }).isVisible(), "the file names its owner");
  await close();
  assert.deepEqual(faults, []);
});

test("nothing scrolls sideways on a phone", async () => {
  const { page, close } = await watched(browser, onDisk(site), { viewport: { width: 360, height: 740 } });
  const wide = [];
  for (const [kind, name] of kinds()) {
    await page.goto(address(onDisk(site), name));
    await settled(page);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) wide.push(`${kind}: ${over} px`);
  }
  await close();
  assert.deepEqual(wide, []);
});

test("the essentials are there without JavaScript", async () => {
  const { page, close } = await watched(browser, onDisk(site), { javaScriptEnabled: false });
  await page.goto(`${onDisk(site)}index.html`);
  assert.match(await page.locator("main").innerText(), /\d+\.\d%/);
  await page.goto(address(onDisk(site), kinds().get("source")));
  assert.ok((await page.locator(".src li.m").count()) > 0, "uncovered lines are marked");
  await close();
});

test("hostile names, authors, messages and sources stay text on every page", async () => {
  const folder = once(hostileSite);
  const base = onDisk(folder);
  const { page, faults, close } = await watched(browser, base);
  for (const name of pages(folder)) {
    await page.goto(address(base, name));
    await settled(page);
    const found = await page.evaluate(() => ({
      owned: document.title === "owned",
      foreign: [...document.querySelectorAll("script")].filter((script) => !script.getAttribute("src")).length,
      handlers: [...document.querySelectorAll("*")].filter((node) => [...node.attributes].some((a) => a.name.startsWith("on"))).length,
      images: document.querySelectorAll("img").length,
    }));
    if (found.owned || found.foreign || found.handlers || found.images) faults.push(`${name}: ${JSON.stringify(found)}`);
  }
  await close();
  assert.deepEqual(faults, []);
});

for (const javaScriptEnabled of [true, false]) {
  test(`what is said about a file stands beside its lines, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    const { page, close } = await watched(browser, onDisk(site), { javaScriptEnabled, viewport: { width: 1280, height: 700 } });
    // The shortest file has no minimap, the longest has one.
    const sources = pages(site).filter((name) => name.endsWith(".py.html"));
    const sized = sources.map((name) => [readFileSync(join(site, name)).length, name]).sort(([a], [b]) => a - b);
    for (const [, name] of [sized[0], sized.at(-1)]) {
      await page.goto(address(onDisk(site), name));
      await settled(page);
      await page.evaluate(() => scrollTo(0, 400));
      const [code, side] = await Promise.all([page.locator(".scrollx").boundingBox(), page.locator(".side").boundingBox()]);
      assert.ok(side.x >= code.x + code.width - 1 && side.width >= 300, `${name}: ${side.width} px at ${side.x}`);
      assert.ok(side.y + side.height > 200, `${name}: the side has scrolled away`);
    }
    await close();
  });
}

test("the months of the list of commits share their columns", async () => {
  const { page, close } = await watched(browser, onDisk(site));
  await page.goto(address(onDisk(site), kinds().get("commits")));
  const columns = await page.evaluate(() => [...document.querySelectorAll("main table")].map((table) =>
    [...table.querySelectorAll("thead th")].map((cell) => Math.round(cell.getBoundingClientRect().x)).join(" ")));
  await close();
  assert.ok(columns.length > 1);
  assert.equal(new Set(columns).size, 1, columns.join("; "));
});

test("no panel of the dashboard is mostly empty on a wide screen", async () => {
  const { page, close } = await watched(browser, onDisk(site), { viewport: { width: 2000, height: 1200 } });
  await page.goto(address(onDisk(site), kinds().get("dashboard")));
  await settled(page);
  const found = await page.evaluate(() => ({
    rows: [...document.querySelectorAll(".ledger tbody tr")].map((row) => row.offsetHeight),
    empty: [...document.querySelectorAll(".grid > .panel")].map((panel) => {
      const parts = [...panel.children].reduce((sum, part) => sum + part.offsetHeight, 0);
      return [panel.querySelector("h2").textContent, panel.offsetHeight - parts];
    }).filter(([, left]) => left > 120),
  }));
  await close();
  assert.ok(found.rows.every((height) => height <= 80), `rows of the ledger: ${found.rows}`);
  assert.deepEqual(found.empty, []);
});

describe("the heat map", () => {
  for (const width of [320, 390, 1024, 1440]) {
    test(`has boxes that can be touched, ${width} px wide`, async () => {
      const { page, close } = await watched(browser, onDisk(site), { javaScriptEnabled: false, viewport: { width, height: 900 } });
      await page.goto(`${onDisk(site)}index.html`);
      const boxes = await page.locator(".map:visible").evaluateAll((maps) => maps.flatMap((map) => [...map.querySelectorAll("a")].map((link) => {
        const { width, height } = link.getBoundingClientRect();
        return { width, height, text: link.textContent };
      })));
      await close();
      assert.ok(boxes.length > 5, "one map is shown, and it has boxes");
      // A pixel is rounded away.
      assert.deepEqual(boxes.filter(({ width, height }) => width < 23.5 || height < 23.5), []);
    });
  }

  test("has tooltips for pointer and keyboard without JavaScript, inside the window", async () => {
    for (const width of [360, 1280]) {
      const { page, close } = await watched(browser, onDisk(site), { javaScriptEnabled: false, viewport: { width, height: 900 } });
      await page.goto(`${onDisk(site)}index.html`);
      const links = page.locator(".map:visible a");
      const tips = page.locator(".about:visible");
      for (const at of [0, 1, await links.count() - 1]) {
        await links.nth(at).hover({ position: { x: 8, y: 8 } });
        assert.match(await tips.innerText(), /^src\/stillvoice\/[\s\S]*\d%, \d+ of \d+ lines$/);
        const { x, width: tip } = await tips.boundingBox();
        assert.ok(x >= 0 && x + tip <= width, `the tooltip is from ${x} to ${x + tip}`);
      }
      await page.mouse.move(0, 0);
      assert.equal(await tips.count(), 0);
      await links.nth(1).focus();
      await page.keyboard.press("Tab");
      assert.equal(await tips.count(), 1, "a box in focus has its tooltip");
      await close();
    }
  });

  test("shows the tooltip at the first tap, and follows the link at the second", async () => {
    const { page, faults, close } = await watched(browser, onDisk(site), { hasTouch: true, viewport: { width: 390, height: 800 } });
    await page.goto(`${onDisk(site)}index.html`);
    await settled(page);
    const box = page.locator(".map:visible li:not(.group) a").first();
    await box.tap();
    assert.equal(new URL(page.url()).pathname.split("/").pop(), "index.html");
    assert.equal(await page.locator(".about:visible").count(), 1);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".about:visible").count(), 0);
    await box.tap();
    await page.waitForURL("**/files/**");
    await close();
    assert.deepEqual(faults, []);
  });
});

test("the labels at the ends of the static lines do not meet", async () => {
  const { page, close } = await watched(browser, onDisk(site), { javaScriptEnabled: false });
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(address(onDisk(site), kinds().get("trends")));
    const boxes = await page.evaluate(() => [...document.querySelectorAll(".plot .lab.e")].map((label) => {
      const { top, bottom, right } = label.getBoundingClientRect();
      return { top, bottom, right, text: label.textContent };
    }).sort((a, b) => a.top - b.top));
    assert.ok(boxes.length >= 4, "three dimensions and what is uncovered");
    for (const [at, box] of boxes.entries()) {
      assert.ok(box.right <= width, `${box.text} ends at ${box.right} of ${width}`);
      if (at) assert.ok(box.top >= boxes[at - 1].bottom - 2, `${box.text} covers ${boxes[at - 1].text} at ${width} px`);
    }
  }
  await close();
});
