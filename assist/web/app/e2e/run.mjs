// Walks through every page of the built application in Chromium, against the mock, in both languages.
//   node e2e/run.mjs [NAME...] [en|zh]        only these walks (desk, pages, ...), only in this language
// Each walk in a language is a process of its own, two of them at a time (PARLEY_WALKS: how many).
// PARLEY_UNPRESSED names a file for the buttons and fields that were seen and never used; one process does it all then.
// PARLEY_OPENAPI names the description of the real API, against which every request and answer is held.
// PARLEY_SHOTS names a folder for pictures. Prints what was wrong and exits 1 when something was.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '../mock/serve.mjs';
import { launch } from './browser.mjs';
import { Pressed } from './pressed.mjs';
import { fault, faults, Walk } from './walk.mjs';

const me = fileURLToPath(import.meta.url), here = path.dirname(me), shots = process.env.PARLEY_SHOTS, args = process.argv.slice(2), only = args.filter(a => a !== 'en' && a !== 'zh');
const names = readdirSync(here).filter(f => f.endsWith('.mjs') && !['run.mjs', 'walk.mjs', 'browser.mjs', 'shot.mjs', 'pressed.mjs', 'held.mjs'].includes(f)).map(f => f.slice(0, -4)).filter(n => only.length === 0 || only.includes(n));
const jobs = names.flatMap(name => ['en', 'zh'].filter(l => args.includes(l) || args.length === only.length).map(lang => ({ name, lang })));
if (!existsSync(path.join(here, '../../built/index.html'))) { console.error('the pages are not built: run deploy/pages.sh'); process.exit(2); }

const pressed = process.env.PARLEY_UNPRESSED ? new Pressed() : null;
async function one({ name, lang }) {
  const { walk } = await import(`./${name}.mjs`), began = Date.now(), mock = await serve({ speed: 4 }), browser = await launch(), w = new Walk(browser, mock, lang, shots);
  await pressed?.watch(browser.context);
  try { await walk(w); } catch (err) {
    fault(`${name} ${lang}: ${err.stack}`);
    if (shots) await w.page?.screenshot({ path: path.join(shots, `fault-${name}-${lang}.png`) }).catch(() => {});
  }
  [...browser.faults, ...mock.misfits].forEach(f => fault(`${name} ${lang}: ${f}`));
  await browser.close();
  mock.close();
  console.log(`${name} ${lang}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

// apart runs one walk in a process of its own, whose words are this one's.
const apart = ({ name, lang }) => new Promise(done => {
  const child = spawn(process.execPath, [me, name, lang], { stdio: ['ignore', 'inherit', 'inherit'] }), stop = () => child.kill('SIGINT');
  process.on('SIGINT', stop);
  child.on('exit', code => { process.off('SIGINT', stop); if (code !== 0) faults.push(`${name} ${lang}`); done(); });
});

if (jobs.length === 1 || pressed) {
  for (const job of jobs) await one(job);
  if (pressed) { writeFileSync(process.env.PARLEY_UNPRESSED, pressed.left().join('\n') + '\n'); console.log(`${pressed.seen.size} buttons and fields seen, ${pressed.left().length} never used`); }
} else {
  let stopped = false;
  process.on('SIGINT', () => { stopped = true; });
  const left = [...jobs];
  await Promise.all(Array.from({ length: Number(process.env.PARLEY_WALKS ?? 2) }, async () => { for (let job = left.shift(); job && !stopped; job = left.shift()) await apart(job); }));
  if (stopped) faults.push('stopped');
}
if (jobs.length > 1) console.log(faults.length ? `faults in: ${[...new Set(faults)].join(', ')}` : 'no faults');
process.exit(faults.length ? 1 : 0);
