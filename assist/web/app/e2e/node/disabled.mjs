// A running node with accounts: an admin disables an agent in the middle of a call. The caller is brought to the other agent;
// the first one is out, and learns why when they sign in again.
//   node e2e/node/disabled.mjs URL LINK      LINK: the token of the first admin. Prints "waiting" when a call may come.
//   PARLEY_SHOTS names a folder for pictures
import { launch } from '../browser.mjs';
import { check, fault, faults, Walk } from '../walk.mjs';
import { microphone } from './microphone.mjs';

const [url, link] = process.argv.slice(2), secret = 'correct horse battery staple', LONG = 60000;
const open = [];
async function window(lang = 'en') {
  const browser = await launch(), w = new Walk(browser, { url }, lang, process.env.PARLEY_SHOTS);
  open.push(browser);
  await microphone(w);
  return w;
}

// welcome uses a one-time link.
async function welcome(w, token, login) {
  const p = await w.open(`/welcome?token=${token}`);
  if (login) { await p.locator('#name').fill(login); await p.locator('#login').fill(login); }
  await p.locator('#password').fill(secret); await p.locator('#again').fill(secret);
  await p.locator('button[type=submit]').click();
  await w.seen('.shell');
}

async function add(w, name) {
  const p = w.page, row = p.locator('tr', { hasText: name });
  await p.locator('.settings-do .ant-btn').click();
  await p.locator('#name').fill(name); await p.locator('#login').fill(name.toLowerCase());
  await p.locator('.ant-modal button[type=submit]').click();
  await row.getByRole('button', { name: /Invite/ }).click();
  await w.seen('.invite-link code', 'token=');
  const token = new URL(await p.locator('.invite-link code').innerText(), url).searchParams.get('token');
  await p.locator('.ant-modal-footer .ant-btn').click();
  await p.locator('.invite-link').waitFor({ state: 'hidden' });
  return token;
}

async function ready(w) {
  const p = await w.open('/desk');
  await p.locator('.idle .ant-btn-primary').click();
  await p.locator('.idle .ant-btn-primary').waitFor({ state: 'hidden' });
  return p;
}
async function take(w) {
  await w.page.locator('.ring-card').waitFor({ timeout: LONG });
  await w.page.keyboard.press('Enter');
  await w.page.locator('.in-call .voice-note.connected').waitFor({ timeout: LONG });
}

async function walk() {
  const admin = await window(), ann = await window('zh'), ben = await window();
  await welcome(admin, link, 'ada');
  await admin.open('/settings/people');
  await welcome(ann, await add(admin, 'Ann'));
  await welcome(ben, await add(admin, 'Ben'));
  await ready(ann);
  console.log('waiting');
  await take(ann);
  await ready(ben);
  await admin.page.locator('tr', { hasText: 'Ann' }).getByRole('button', { name: /Disable/ }).click();
  await admin.page.locator('.ant-modal-confirm .ant-btn-dangerous').click();
  await admin.seen('tr.disabled', 'Ann');
  await take(ben);
  await ben.look('node-brought-back', { zoom: false });
  const p = ann.page;
  await ann.seen('.doorway .ant-alert', '已停用'); // the page leaves by itself
  await p.locator('#login').fill('ann'); await p.locator('#password').fill(secret);
  await p.locator('button[type=submit]').click();
  await ann.seen('.doorway .ant-alert', '已停用');
  check(await p.locator('.in-call').count() === 0, 'who is disabled goes on seeing the call');
  await ann.look('node-disabled', { zoom: false });
  const staff = await ben.page.evaluate(async () => (await fetch('/api/desk')).json());
  check(staff.transfers.every(x => x.name !== 'Ann'), 'calls can be passed to who is disabled');
  await ben.page.keyboard.press('Shift+E'); await ben.page.keyboard.press('Shift+E');
  await ben.page.locator('.wrap .edit-line').first().waitFor({ timeout: LONG });
  await admin.open('/settings/audit');
  await admin.seen('td', 'disabled a person');
  await admin.look('node-audit', { zoom: false });
}

try { await walk(); } catch (err) { fault(err.stack); for (const b of open) for (const p of b.context.pages()) console.error((await p.evaluate(() => document.body.innerText).catch(() => '')).slice(0, 600)); }
for (const b of open) { b.faults.forEach(f => fault(f)); await b.close(); }
console.log(faults.length ? `${faults.length} faults` : 'no faults');
process.exit(faults.length ? 1 : 0);
