// Makes the README's picture from the demo's dashboard: node tests/browser/screenshot.mjs
import { join } from "node:path";
import { demoSite, launch, onDisk } from "./harness.mjs";

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
await page.goto(`${onDisk(demoSite())}index.html`);
await page.waitForLoadState("networkidle");
await page.screenshot({ path: join(import.meta.dirname, "../../.github/screenshot.png") });
await browser.close();
