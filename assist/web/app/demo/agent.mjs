// An agent at the desk of a running server, as a person would work: goes ready, lets it ring, takes the call, reads the
// suggestion that comes, uses it, hangs up, writes up. Prints a line per step; exits 1 when a step does not come.
//   node demo/agent.mjs URL PICTURES [VOICE.wav]
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { launch, prefer } from '../e2e/browser.mjs';

const [url, pictures, voice] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
const b = await launch(voice ? [`--use-file-for-fake-audio-capture=${voice}%noloop`] : []);
const page = b.context.pages()[0];
const began = Date.now();
const say = text => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
const shot = name => page.screenshot({ path: path.join(pictures, `${name}.png`) });
const LONG = 120000;
try {
  await prefer(page, 'en');
  await page.goto(`${url}/desk`);
  await page.locator('.idle .ant-btn-primary').click({ timeout: 30000 });
  say('the agent is ready');
  await page.waitForSelector('.ring-card', { timeout: LONG });
  say('a call rings');
  await page.waitForTimeout(800);
  await shot('desk-ringing');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.ring-card', { state: 'detached', timeout: 30000 });
  say('the agent has taken it');
  await page.waitForSelector('.card', { timeout: LONG });
  say('a suggestion is on the screen: ' + (await page.locator('.card').first().innerText()).split('\n').filter(Boolean).slice(0, 3).join(' | '));
  await page.waitForTimeout(500);
  await shot('desk-call');
  await page.keyboard.press('Tab');
  say('the agent uses it');
  await page.waitForTimeout(4000);
  await page.keyboard.press('Shift+E');
  await page.keyboard.press('Shift+E');
  say('the agent hangs up');
  await page.waitForSelector('.wrap', { timeout: 30000 });
  await page.waitForTimeout(2500);
  await shot('desk-wrapup');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.idle, .ring-card', { timeout: 30000 });
  say('written up, ready for the next call');
  if (b.faults.length) throw new Error(`the page complained: ${b.faults.join('; ')}`);
} catch (e) {
  await shot('desk-failed').catch(() => {});
  console.error(`the agent is stuck: ${e.message}`);
  process.exitCode = 1;
} finally {
  await b.close();
}
