// A caller on the page /call who presses 0 for a person and then writes: the person sees it in the call, masked, and the bot
// keeps quiet.
//   node e2e/node/write.mjs URL      PARLEY_SHOTS names a folder for pictures
import path from 'node:path';
import { launch } from '../browser.mjs';

const [url] = process.argv.slice(2), shots = process.env.PARLEY_SHOTS, LONG = 90000;
const one = await launch(), other = await launch();
const desk = await one.context.newPage(), caller = await other.context.newPage();
const look = async name => { if (shots) for (const [who, p] of [['desk', desk], ['caller', caller]]) await p.screenshot({ path: path.join(shots, `${name}-${who}.png`) }); };
try {
  await desk.goto(`${url}/desk`);
  await desk.locator('.idle .ant-btn-primary').click();
  await caller.goto(`${url}/call`);
  await caller.locator('#call').click();
  await caller.locator('#rows li').first().waitFor({ timeout: LONG }); // the greeting
  await caller.locator('#pad').click();
  await caller.locator('#keys button', { hasText: '0' }).click();
  await desk.locator('.ring-card').waitFor({ timeout: LONG });
  await desk.keyboard.press('Enter');
  await desk.locator('.in-call .voice-note.connected').waitFor({ timeout: LONG });
  await caller.locator('#text').fill('It is about the blue lamp, write to ann.lee@example.com');
  await caller.locator('#send').click();
  const turn = desk.locator('.turn.caller', { hasText: 'blue lamp' });
  await turn.waitFor({ timeout: LONG });
  if ((await turn.innerText()).includes('ann.lee')) throw new Error('the address is not masked at the desk');
  await look('written-beside');
  const rows = await caller.locator('#rows').innerText();
  if (rows.split('blue lamp').length !== 2) throw new Error(`the message does not stand once on the caller's page:\n${rows}`);
  for (const b of [one, other]) if (b.faults.length) throw new Error(b.faults.join('\n'));
  console.log('no faults');
} catch (err) {
  await look('fault');
  console.error(String(err));
  process.exitCode = 1;
} finally {
  await one.close();
  await other.close();
}
