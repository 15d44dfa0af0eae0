// What the browser tests share: sites built by the real program, a server under a sub-path, and a browser that tells
// everything it should not: console errors, policy violations, requests that leave the site.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const scratch = mkdtempSync(join(tmpdir(), "covatlas-browser-"));

/** Runs a program and returns what it prints. CI's own variables are kept out: the tests must not depend on them. */
function run(program, args, cwd, input) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== "CI" && !name.startsWith("GITHUB_")));
  const fixed = {
    GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_DATE: "2026-03-01T10:00:00Z", GIT_COMMITTER_DATE: "2026-03-01T10:00:00Z",
    GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@example.org", GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@example.org",
  };
  return execFileSync(program, args, { cwd, input, encoding: "utf8", env: { ...env, ...fixed }, stdio: ["pipe", "pipe", "inherit"] });
}

/** Where cargo puts what it builds. */
function program() {
  run("cargo", ["build", "--quiet", "--locked"], root);
  const metadata = JSON.parse(run("cargo", ["metadata", "--format-version=1", "--no-deps", "--locked"], root));
  return join(metadata.target_directory, "debug/covatlas");
}

const covatlas = program();

/** The demo's site: the folder. */
export function demoSite() {
  const folder = join(scratch, "demo");
  run(covatlas, ["--quiet", "demo", folder], scratch);
  return join(folder, "site");
}

/** A site of a repository whose names, authors, messages and sources all try to become markup. */
export function hostileSite() {
  const repo = join(scratch, "hostile");
  mkdirSync(join(repo, "src"), { recursive: true });
  run("git", ["init", "-q", "-b", "main"], repo);
  const names = [
    `<script>document.title='owned'</script>.js`, `"onload="alert(1).js`, `'quote'.js`, "index", "con.js", "Case.js", "case.js",
    `rtl\u202Egnp.js`, `${"long".repeat(50)}.js`, "a#b?c%d.js", "space name.js", "back\\slash.js", "&amp;.js", "café.js", "{{7*7}}.js",
  ];
  const report = [];
  for (const name of names) {
    // A slash cannot stand in a file name: what holds one becomes a folder, as it would for anybody.
    const path = join("src", name);
    mkdirSync(dirname(join(repo, path)), { recursive: true });
    writeFileSync(join(repo, path), `</li></ol><script>document.title="owned"</script>\n<img src=x onerror=alert(1)>\n`);
    report.push("TN:", `SF:${path}`, "FN:1,<b>f</b>", "FNDA:1,<b>f</b>", "DA:1,1", "DA:2,0", "BRDA:1,0,<i>a</i>,1", "BRDA:1,0,<i>b</i>,-", "end_of_record");
  }
  writeFileSync(join(repo, "lcov.info"), report.join("\n") + "\n");
  writeFileSync(join(repo, ".gitignore"), "lcov.info\n");
  run("git", ["add", "-A"], repo);
  run("git", ["commit", "-q", "--author", `" onmouseover="alert(1)" {{7*7}} <x@example.org>`, "-m", `<script>alert("subject")</script>`], repo);
  run(covatlas, ["--quiet", "record", "lcov.info", "--suite", `<b>"unit`], repo);
  run(covatlas, ["--quiet", "build", "--out", join(repo, "site")], repo);
  return join(repo, "site");
}

/** A site with one snapshot on the timeline (2 of 3 lines) and one of a change request beside it (3 of 5). */
export function branchedSite() {
  const repo = join(scratch, "branched");
  mkdirSync(repo);
  run("git", ["init", "-q", "-b", "main"], repo);
  const commit = (files, hits, more) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(repo, name), text);
    run("git", ["add", "-A"], repo);
    run("git", ["commit", "-q", "-m", Object.keys(files).join(" ")], repo);
    const section = ([name, hits]) => `SF:${name}\n${hits.map((hit, at) => `DA:${at + 1},${hit}\n`).join("")}end_of_record\n`;
    writeFileSync(join(scratch, "branched.info"), Object.entries(hits).map(section).join(""));
    run(covatlas, ["--quiet", "record", "../branched.info", ...more], repo);
  };
  commit({ "a.js": "one\ntwo\nthree\n" }, { "a.js": [1, 0, 1] }, []);
  run("git", ["checkout", "-q", "-b", "feature"], repo);
  commit({ "b.js": "x\ny\n" }, { "a.js": [1, 0, 1], "b.js": [1, 0] }, ["--change", "7"]);
  run("git", ["checkout", "-q", "main"], repo);
  run(covatlas, ["--quiet", "build", "--out", join(repo, "site")], repo);
  return join(repo, "site");
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };

/** Serves a folder under /some/sub-path/ on a free port of this machine: the address, and how to stop. */
export async function serve(folder) {
  const prefix = "/some/sub-path/";
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    let file = path.startsWith(prefix) ? join(folder, normalize(path.slice(prefix.length))) : "";
    if (file && (path.endsWith("/") || !extname(file))) file = existsSync(join(file, "index.html")) ? join(file, "index.html") : file;
    try {
      const body = readFileSync(file);
      response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end("not here");
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { address: `http://127.0.0.1:${server.address().port}${prefix}`, close: () => server.close() };
}

/** A folder's address on disk. */
export function onDisk(folder) {
  return `${pathToFileURL(folder).href}/`;
}

/** Headless Chromium that does nothing of its own on the network. */
export async function launch() {
  const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  return chromium.launch({
    executablePath: places.find((place) => place && existsSync(place)),
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}

/** A page, and the list of everything that went wrong on it: console errors, exceptions, violations, foreign requests. */
export async function watched(browser, base, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:")) faults.push(`request: ${request.url()}`);
  });
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    if (reason !== "net::ERR_ABORTED") faults.push(`failed: ${request.url()}: ${reason}`); // aborted: the page was left meanwhile
  });
  page.on("dialog", (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  if (options.javaScriptEnabled !== false) {
    await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
  }
  return { page, faults, close: () => context.close() };
}
