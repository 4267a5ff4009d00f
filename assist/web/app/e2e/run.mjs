// Walks through every page of the built application in Chromium, against the mock, in both languages.
//   node e2e/run.mjs [NAME...]        only these walks (desk, pages, sound, ...)
// PARLEY_UNPRESSED names a file for the buttons and fields that were seen and never used.
// PARLEY_SHOTS names a folder for pictures. Prints what was wrong and exits 1 when something was.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '../mock/serve.mjs';
import { launch } from './browser.mjs';
import { Pressed } from './pressed.mjs';
import { fault, faults, spent, Walk } from './walk.mjs';

const here = path.dirname(fileURLToPath(import.meta.url)), only = process.argv.slice(2), shots = process.env.PARLEY_SHOTS;
const names = readdirSync(here).filter(f => f.endsWith('.mjs') && !['run.mjs', 'walk.mjs', 'browser.mjs', 'shot.mjs', 'pressed.mjs'].includes(f)).map(f => f.slice(0, -4)).filter(n => only.length === 0 || only.includes(n));
if (!existsSync(path.join(here, '../../built/index.html'))) { console.error('the pages are not built: run deploy/pages.sh'); process.exit(2); }

const pressed = process.env.PARLEY_UNPRESSED ? new Pressed() : null;
for (const name of names) {
  const { walk } = await import(`./${name}.mjs`);
  for (const lang of ['en', 'zh']) {
    const began = Date.now(), mock = await serve({ speed: 4 }), browser = await launch(), w = new Walk(browser, mock, lang, shots);
    await pressed?.watch(browser.context);
    try { await walk(w); } catch (err) {
      fault(`${name} ${lang}: ${err.stack}`);
      if (shots) await w.page?.screenshot({ path: path.join(shots, `fault-${name}-${lang}.png`) }).catch(() => {});
    }
    browser.faults.forEach(f => fault(`${name} ${lang}: ${f}`));
    await browser.close();
    mock.close();
    console.log(JSON.stringify(spent)); for (const k in spent) delete spent[k];
    console.log(`${name} ${lang}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
}
if (pressed) { writeFileSync(process.env.PARLEY_UNPRESSED, pressed.left().join('\n') + '\n'); console.log(`${pressed.seen.size} buttons and fields seen, ${pressed.left().length} never used`); }
console.log(faults.length ? `${faults.length} faults` : 'no faults');
process.exit(faults.length ? 1 : 0);
