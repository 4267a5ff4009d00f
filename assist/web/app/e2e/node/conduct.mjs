// A call at a running node in which the agent says what nobody should: they are told on the desk, and a supervisor reads the
// words on /live, which lead to the moment in the call.
//   node e2e/node/conduct.mjs URL LANG RUDE.wav      PARLEY_SHOTS names a folder for pictures
import path from 'node:path';
import { launch } from '../browser.mjs';
import { hold } from '../held.mjs';
import { check, fault, faults, Walk } from '../walk.mjs';
import { microphone } from './microphone.mjs';

const [url, lang, rude] = process.argv.slice(2), zh = lang === 'zh', b = (en, cn) => (zh ? cn : en);
const browser = await launch(), w = new Walk(browser, { url }, lang, process.env.PARLEY_SHOTS), { held } = hold(browser, url);
const began = Date.now(), step = name => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s ${name}`);
const LONG = 90000; // a recogniser on a busy machine
const saying = await microphone(w), alarm = b('What the agent says', '坐席言行');

async function call() {
  const p = await w.open('/desk');
  await p.locator('.idle .ant-btn-primary').click();
  await p.locator('.ring-card').waitFor({ timeout: LONG });
  await p.keyboard.press('Enter');
  await p.locator('.in-call .voice-note.connected').waitFor({ timeout: LONG });
  step('taken over');
  await saying(rude, p.locator('.notice', { hasText: alarm }).first());
  await w.look('node-conduct', { zoom: false });
  step('the agent was rude');
  return (await p.evaluate(async () => (await fetch('/api/desk')).json())).call;
}

async function live(c) {
  const turn = c.turns.findLast(x => x.who === 'agent'), desk = w.page;
  w.page = null; // the call goes on in its window
  const p = await w.open('/live'), said = p.locator('.live-alerts > li', { hasText: alarm }).locator('.alert-said a').last();
  await said.waitFor({ timeout: LONG });
  await w.look('node-live', { zoom: false });
  check((await said.innerText()).includes(turn.text), `the alert quotes "${await said.innerText()}", said was "${turn.text}"`);
  await said.click();
  await w.seen(`#turn-${turn.n}.shown`);
  await w.look('node-moment', { zoom: false });
  await p.close();
  w.page = desk;
  step('a supervisor reads it');
}

async function end() {
  const p = w.page;
  await p.keyboard.press('Shift+E'); await p.keyboard.press('Shift+E');
  await p.locator('.wrap .edit-line').first().waitFor({ timeout: LONG });
  await p.locator('.wrap h1').click();
  await p.keyboard.press('Enter');
  await p.locator('.idle-main .row .ant-btn').click(); // leaves the desk: nothing rings for a window that is closed
  await w.seen('.idle .ant-btn-primary');
}

try { await live(await call()); await end(); (await held()).forEach(f => fault(f)); } catch (err) {
  fault(`${lang}: ${err.stack}`);
  if (process.env.PARLEY_SHOTS) await w.page?.screenshot({ path: path.join(process.env.PARLEY_SHOTS, `fault-conduct-${lang}.png`) }).catch(() => {});
}
browser.faults.forEach(f => fault(f));
await browser.close();
console.log(faults.length ? `${faults.length} faults` : 'no faults');
process.exit(faults.length ? 1 : 0);
