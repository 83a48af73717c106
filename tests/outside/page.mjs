// Opens a page in headless Chromium, uses it as a person would, and prints what came of it as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [browserPath, address, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const seen = { console: [], requests: [], dialogs: 0, axe: {}, widths: {}, shown: {} };

const open = async (options) => {
  const context = await browser.newContext({ ...options, bypassCSP: false });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  page.on("console", (message) => seen.console.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => seen.console.push(`error: ${error.message}`));
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("dialog", (dialog) => ((seen.dialogs += 1), dialog.dismiss()));
  await page.goto(address);
  return page;
};
const rows = (page) => page.locator("#ledger tbody tr").evaluateAll((all) => all.filter((row) => row.checkVisibility()).length);
const settled = async (page) => {
  await page.waitForTimeout(200);
  return rows(page);
};
const serious = async (page) => {
  await page.evaluate(() => document.querySelectorAll("details:not(.group)").forEach((d) => (d.open = true)));
  await page.evaluate(() => {
    // Rows are alike; some of one operation stand for all, or axe would take a minute.
    const [first, ...others] = document.querySelectorAll("details.group");
    first.open = true;
    others.forEach((group) => group.querySelector("tbody").replaceChildren());
    [...first.querySelectorAll("tbody tr")].slice(40).forEach((row) => row.remove());
  });
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const found = result.violations.filter((v) => ["serious", "critical"].includes(v.impact));
  return found.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", ")}`);
};

const views = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  narrow: { colorScheme: "light", viewport: { width: 390, height: 844 } },
};
for (const [name, options] of Object.entries(views)) {
  const page = await open(options);
  seen.widths[name] = await page.evaluate(() => document.documentElement.scrollWidth);
  seen.shown[name] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` });
  seen.axe[name] = await serious(page);
  await page.context().close();
}

const page = await open(views.light);
seen.total = await page.locator("#ledger tbody tr").count();
seen.atFirst = await rows(page);
await page.keyboard.press("/");
seen.focused = await page.evaluate(() => document.activeElement.id);
const started = Date.now();
await page.keyboard.type("URIs maxItems");
seen.searched = await settled(page);
seen.searchMilliseconds = Date.now() - started;
seen.said = await page.locator("#found").textContent();
await page.keyboard.press("Escape");
seen.cleared = await settled(page);
await page.locator("input[name=outcome]").first().focus();
await page.keyboard.press("Space");
seen.filtered = await settled(page);
seen.filteredKinds = await page
  .locator("#ledger tbody tr")
  .evaluateAll((all) => [...new Set(all.filter((row) => row.checkVisibility()).map((row) => row.dataset.k))]);
await page.locator(".filter button[type=reset]").click();
await page.selectOption("#level", "SHOULD");
seen.should = await settled(page);
await page.locator(".filter button[type=reset]").click();
await page.locator(".matrix td a").first().click();
seen.ofCell = await settled(page);
seen.cell = (await page.locator(".matrix td a").first().textContent()).match(/\/(\d+)/)[1];
await page.locator("#theme").click();
await page.locator("#theme").click();
seen.shown.chosen = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const finding = page.locator(".finding").first();
if ((await finding.count()) && (await finding.locator("button.copy").count())) {
  await finding.locator("summary").first().click();
  await finding.locator("button.copy").first().click();
  await page.waitForTimeout(100);
  seen.copied = await page.evaluate(() => navigator.clipboard.readText());
}
await page.emulateMedia({ media: "print" });
seen.printed = {
  filter: await page.locator("form.filter").isVisible(),
  verdict: await page.locator("#verdict").isVisible(),
  silence: await page.locator("#silence").isVisible(),
};
await page.context().close();

const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
await plain.goto(address);
seen.withoutScript = { verdict: await plain.locator("#verdict").isVisible(), filter: await plain.locator("form.filter").isVisible() };
await browser.close();
seen.requests = seen.requests.filter((url) => url !== address && !url.startsWith("data:"));
console.log(JSON.stringify(seen));
