// A call at a running node that a person takes over on the pages: the caller is a phone, the agent this browser. A rule
// that waits fires once the agent's reply leaves things open; in the wrap-up another form moves the ticket; afterwards the
// call's score leads to the second of sound that decided an answer.
//   node e2e/node/desk.mjs URL LANG HELLO.wav REPLY.wav      PARLEY_SHOTS names a folder for pictures
import path from 'node:path';
import { launch } from '../browser.mjs';
import { hold } from '../held.mjs';
import { check, fault, faults, Walk } from '../walk.mjs';
import { microphone } from './microphone.mjs';

const [url, lang, hello, reply] = process.argv.slice(2), zh = lang === 'zh', b = (en, cn) => (zh ? cn : en);
const browser = await launch(), w = new Walk(browser, { url }, lang, process.env.PARLEY_SHOTS);
const { held } = hold(browser, url);
const began = Date.now(), step = name => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s ${name}`);
const LONG = 90000; // a recogniser on a busy machine

const saying = await microphone(w);
const api = where => w.page.evaluate(async u => (await fetch(u)).json(), where);

async function call() {
  const p = await w.open('/desk');
  await p.locator('.idle .ant-btn-primary').click();
  step('ready');
  await p.locator('.ring-card').waitFor({ timeout: LONG });
  await w.look('node-ringing', { zoom: false });
  await p.keyboard.press('Enter');
  await p.locator('.in-call .voice-note.connected').waitFor({ timeout: LONG });
  const id = (await api('/api/desk')).call.call;
  step('taken over');
  await saying(hello, p.locator('.turn.agent:not(.partial)').first());
  await p.locator('.turn.caller:not(.partial)', { hasText: b(/complain/i, /投诉/) }).last().waitFor({ timeout: LONG });
  step('the caller complains');
  // The rule waits for what the agent says to that.
  const alarm = p.locator('.notice', { hasText: b('makes a formal complaint', '来电人要正式投诉') });
  check(await alarm.count() === 0, 'the rule did not wait for the reply');
  await w.look('node-waiting', { zoom: false });
  const said = await p.locator('.turn.agent:not(.partial)').count();
  await saying(reply, alarm.first());
  check(await p.locator('.turn.agent:not(.partial)').count() > said, 'the rule fired before the reply');
  check(await alarm.count() === 1, 'the alert is there twice');
  step('the rule fired at the reply');
  await p.locator('.notice summary').first().click();
  await p.locator('.notice .reasons button').first().click();
  await w.seen('.turn.caller.shown');
  await w.look('node-fired', { zoom: false });
  return id;
}

async function wrapup(id) {
  const p = w.page, number = () => p.locator('#wrap-ticket .tag').innerText(), all = async () => (await api('/api/tickets')).items.filter(t => t.call === id);
  await p.keyboard.press('Shift+E'); await p.keyboard.press('Shift+E');
  await p.locator('.wrap .edit-line').first().waitFor({ timeout: LONG });
  const choose = async title => { await p.locator('.wrap .ant-select.wide').click(); await p.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: title }).click(); };
  const keep = async () => { await p.locator('.wrap footer .ant-btn').nth(1).click(); await w.seen('.wrap-kept', b('Saved.', '已保存')); };
  // The rule opened one during the call: the agent goes on with that.
  const made = await number(), [opened, ...more] = await all();
  check(opened?.form === 'complaint' && more.length === 0 && made.includes(opened.number), `the wrap-up shows ${made}, the call has ${JSON.stringify([opened, ...more])}`);
  await p.locator('.ticket-field input').first().fill(b('The answer is late.', '迟迟没有答复。'));
  await keep();
  check(await number() === made && (await all())[0].fields.reason === b('The answer is late.', '迟迟没有答复。'), 'what was written is not in the ticket');
  await choose(b('Refund', '退款'));
  await p.locator('.ticket-field input').first().fill(b('The refund is late.', '退款迟迟不到。'));
  await keep();
  check(await number() === made, `another form chosen: ${made} became ${await number()}`);
  await w.look('node-moved', { zoom: false });
  const tickets = await all();
  check(tickets.length === 1 && tickets[0].form === 'refund', `tickets of the call: ${JSON.stringify(tickets)}`);
  await p.locator('.wrap h1').click();
  await p.keyboard.press('Enter');
  await p.locator('.idle-main .row .ant-btn').click(); // leaves the desk: nothing rings for a window that is closed
  await w.seen('.idle .ant-btn-primary');
  step('written up');
}

// How loud a side of the recording is around a second, 0 to 1: 0 is the caller, 1 the other side. A name in it is silenced.
const loud = (side, at) => w.page.evaluate(async ([k, t]) => {
  const data = await (await fetch(document.querySelector('audio').src)).arrayBuffer(), sound = await new OfflineAudioContext(1, 1, 16000).decodeAudioData(data);
  const rate = sound.sampleRate, part = sound.getChannelData(k).subarray(Math.max(0, Math.round((t - 1) * rate)), Math.round((t + 2) * rate));
  return Math.sqrt(part.reduce((s, v) => s + v * v, 0) / Math.max(1, part.length));
}, [side, at]);

async function score(id) {
  const p = await w.open('/quality');
  await w.seen(`.q-table a[href="/quality/calls/${id}"]`);
  await w.look('node-inbox', { zoom: false });
  await p.locator(`.q-table a[href="/quality/calls/${id}"]`).first().click();
  await w.seen('.q-one .q-quote');
  await p.waitForFunction(() => document.querySelector('audio')?.readyState > 0);
  const { sheets, turns } = await api(`/api/quality/calls/${id}`);
  const told = sheets[0].answers.find(a => a.question === 'owns'), at = told?.evidence[0];
  check(told?.answer === 'yes' && !!at, `the answer that the recording decides: ${JSON.stringify(told)}`);
  if (!at) return;
  const quote = p.locator('#q-owns .q-quote').first();
  check((await quote.innerText()).includes(at.quote), 'the words that decided are not shown');
  await quote.click();
  await w.seen(`#turn-${turns[at.turn].n}.now`);
  const now = await p.evaluate(() => document.querySelector('audio').currentTime);
  check(Math.abs(now - at.from_s) < 1, `the evidence is at ${at.from_s} s, the recording at ${now} s`);
  check(await loud(1, at.from_s) > 0.003, 'nobody speaks in the recording where the evidence is');
  await w.look('node-scored', { zoom: false });
  step('scored');
}

try { const id = await call(); await wrapup(id); await score(id);
  (await held()).forEach(f => fault(f)); } catch (err) {
  fault(`${lang}: ${err.stack}`);
  console.error((await w.page?.evaluate(() => document.body.innerText).catch(() => ''))?.slice(0, 1500));
  if (process.env.PARLEY_SHOTS) await w.page?.screenshot({ path: path.join(process.env.PARLEY_SHOTS, `fault-node-${lang}.png`) }).catch(() => {});
}
browser.faults.forEach(f => fault(f));
await browser.close();
console.log(faults.length ? `${faults.length} faults` : 'no faults');
process.exit(faults.length ? 1 : 0);
