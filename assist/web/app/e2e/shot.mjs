// Takes one picture: node e2e/shot.mjs URL OUT.png [WIDTH] [LANG] [THEME] [SCRIPT run in the page first]
import { launch, prefer } from './browser.mjs';

const [url, out, width = '1280', lang = 'en', theme = 'light', script] = process.argv.slice(2);
const b = await launch();
const page = b.context.pages()[0];
await page.setViewportSize({ width: Number(width), height: Number(width) < 600 ? 844 : 860 });
await prefer(page, lang, theme);
await page.goto(url);
await page.waitForTimeout(1200);
if (script) { await page.evaluate(script); await page.waitForTimeout(1500); }
await page.screenshot({ path: out });
console.log(b.faults.join('\n'));
await b.close();
