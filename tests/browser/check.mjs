// Open reports in a browser as a reader would, and print what is wrong with them: `node check.mjs CHROMIUM FOLDER FILE...`
// Screenshots are written into FOLDER.
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {basename} from "node:path";
import {pathToFileURL} from "node:url";
import {chromium} from "playwright-core";

const [executablePath, folder, ...files] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const wrong = [];

async function look(browser, file, colorScheme, javaScriptEnabled, width) {
  const name = `${basename(file, ".html")}-${colorScheme}-${width}${javaScriptEnabled ? "" : "-plain"}`;
  const tell = (text) => wrong.push(`${name}: ${text}`);
  const context = await browser.newContext({colorScheme, javaScriptEnabled, viewport: {width, height: 900}});
  const page = await context.newPage();
  const address = pathToFileURL(file).href;
  page.on("console", (message) => tell(`console: ${message.text()}`));
  page.on("pageerror", (error) => tell(`error: ${error}`));
  page.on("request", (request) => request.url() === address || tell(`request: ${request.url()}`));
  await page.goto(address);
  await page.screenshot({path: `${folder}/${name}.png`, fullPage: true});
  if (javaScriptEnabled) await examine(page, tell);
  await context.close();
}

async function examine(page, tell) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (wide) tell("the page is wider than the window");
  // Every fold opens and closes by the keyboard alone.
  const folds = await page.locator("main > section > details > summary").all();
  for (const fold of folds) {
    await fold.focus();
    await page.keyboard.press("Enter");
    if (!(await fold.evaluate((found) => found.parentElement.open))) tell("Enter does not open a fold");
    await page.keyboard.press("Space");
    if (await fold.evaluate((found) => found.parentElement.open)) tell("Space does not close a fold");
  }
  await page.evaluate(() => document.querySelectorAll("details").forEach((found) => (found.open = true)));
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run({resultTypes: ["violations", "incomplete"]}));
  for (const each of found.violations) tell(`axe: ${each.id}: ${each.help}: ${each.nodes.map((node) => node.target + " " + (node.any[0]?.message ?? "")).join("; ")}`);
  await page.screenshot({path: `${folder}/open-${await page.title().then((text) => text.replace(/\W+/g, "-"))}-${page.viewportSize().width}-${await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")}.png`, fullPage: true});
}

const browser = await chromium.launch({executablePath, args: ["--no-sandbox"]});
for (const file of files) {
  for (const scheme of ["light", "dark"]) {
    for (const width of [1200, 390]) await look(browser, file, scheme, true, width);
  }
  await look(browser, file, "light", false, 1200);
}
await browser.close();
console.log(JSON.stringify(wrong, null, 2));
