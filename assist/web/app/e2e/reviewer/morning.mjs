// A reviewer's morning against a real server: inbox, call, correction, appeal, calibration, insights, export, form editor.
//   node e2e/reviewer/morning.mjs URL LANG CALL      PARLEY_SHOTS names a folder for pictures
import path from 'node:path';
import { launch } from '../browser.mjs';
import { hold } from '../held.mjs';
import { check, fault, faults, Walk } from '../walk.mjs';

const [url, lang, call] = process.argv.slice(2), secret = 'correct horse battery staple', zh = lang === 'zh', b = (en, cn) => (zh ? cn : en);
const browser = await launch(), w = new Walk(browser, { url, desk: { answers: [] } }, lang, process.env.PARLEY_SHOTS);
const { held } = hold(browser, url);
const began = Date.now(), step = name => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s ${name}`);

async function enter(login, at, o) {
  await browser.context.clearCookies();
  const p = await w.open(at, o);
  await w.seen('#login');
  await p.locator('#login').fill(login); await p.locator('#password').fill(secret);
  await p.locator('button[type=submit]').click();
  await w.seen('.shell');
  return p;
}
const api = (p, where, init) => p.evaluate(async ([u, i]) => { const r = await fetch(u, i); return { status: r.status, text: await r.text() }; }, [where, init]);

async function inbox() {
  const p = await enter('jo', '/quality');
  await w.seen('.q-table tbody tr:nth-child(3)');
  check((await p.locator('.q-table tbody tr').first().innerText()).includes('anger'), 'the riskiest call is not first');
  // What nearly failed comes before what scored lower.
  const near = p.locator('.q-table tbody tr').nth(1);
  check((await near.locator('.q-tag.warn').innerText()).startsWith(b('nearly: ', '接近：')), 'the call that nearly failed is not second');
  await w.look('inbox');
  await near.locator('a').first().click();
  await w.seen('#q-promise .q-meta .tag.warn', b('check first', '请先核对'));
  check((await p.locator('#q-promise .q-meta').innerText()).includes('38'), 'how likely the answer fails the call is not shown');
  check((await p.locator('#q-promise .q-meta [title*="12"]').count()) === 1, 'beside how many calls is not told');
  await w.look('nearly');
  await p.goBack();
  await w.seen('.q-table tbody tr:nth-child(3)');
  // What nobody has reviewed, or somebody has.
  await p.locator('.q-filter .ant-select', { has: p.getByLabel(b('State', '状态'), { exact: true }) }).click();
  await p.locator('.ant-select-item-option', { hasText: b('reviewed', '已审') }).click();
  await p.waitForFunction(() => document.querySelectorAll('.q-table tbody tr').length === 0);
  await p.locator('.q-filter .ant-btn-link').first().click();
  await w.seen('.q-table tbody tr:nth-child(3)');
  await p.locator('.q-filter input[type=search]').fill(b('guarantee', '保证'));
  await p.waitForFunction(() => document.querySelectorAll('.q-table tbody tr').length === 1);
  step('inbox');
  await p.locator('.q-table tbody a').first().click();
  await w.seen('.q-one');
  return p;
}

async function one(p) {
  await p.waitForFunction(() => document.querySelector('.w-shape > div')?.shadowRoot?.querySelector('canvas'));
  for (const name of ['silence', 'overlap', 'hold', 'bot']) check(await p.locator(`.w-span.${name}`).count() > 0, `no track of ${name}`);
  check(await p.locator('.w-alert').count() === 1 && await p.locator('.w-mood polyline').count() === 2, 'alerts or mood are missing');
  await w.look('call');
  const at = () => p.evaluate(() => document.querySelector('audio').currentTime);
  // An answer leads to its evidence, in the sound and in the words.
  await p.locator('#q-promise .q-quote').first().click();
  await w.seen('.turn.now', b('guarantee', '保证'));
  check(Math.abs(await at() - 38) < 3, `the evidence of the promise is at ${await at()} s`);
  await p.locator('.q-head h1').click();
  await p.keyboard.press('Enter');
  await p.keyboard.press('j');
  await p.locator('.w-alert').click();
  check(Math.abs(await at() - 9) < 0.5, 'an alert does not lead to its place');
  await p.locator('.turn button.at').nth(5).click();
  check(Math.abs(await at() - 32.2) < 0.5, 'a click on a turn does not seek');
  // Silence is skipped, speed changes.
  await p.locator('.w-check input').check();
  await p.evaluate(() => { document.querySelector('audio').currentTime = 13.5; });
  await p.locator('.q-head h1').click();
  await p.keyboard.press(' ');
  await p.waitForFunction(() => document.querySelector('audio').currentTime > 23);
  await p.keyboard.press('k');
  await p.locator('.w-bar .ant-select').click();
  await p.locator('.ant-select-item-option').first().click();
  check(await p.evaluate(() => document.querySelector('audio').playbackRate) === 0.75, 'the speed did not change');
  await p.locator('.w-bar .tool').nth(1).click(); await p.locator('.w-bar .tool').nth(1).click();
  check(await p.evaluate(() => { const e = document.querySelector('.w-scroll'); return e.scrollWidth > 3.5 * e.clientWidth; }), 'the recording does not grow');
  await p.locator('.w-bar .tool').nth(0).click(); await p.locator('.w-bar .tool').nth(0).click();
  await p.locator('.w-bar .tool').last().click();
  check(/[?&]t=\d/.test(p.url()), 'there is no link to a second');
  step('call');
  // A comment, a misheard word, an answer with a reason, a level of a scale.
  await p.locator('.q-head h1').click();
  await p.keyboard.press('c');
  await p.locator('#q-note').fill(b('Good opening.', '开场不错。'));
  await p.locator('.q-write .ant-btn-primary').click();
  await w.seen('.q-notes', b('Good opening.', '开场不错。'));
  await p.locator('.turn').nth(3).hover();
  await p.locator('.turn').nth(3).locator('.q-fix').click();
  const word = p.locator('.q-word input');
  await word.nth(0).fill(b('Tom', '王敏')); await word.nth(1).fill(b('Thom', '王闽'));
  await p.locator('.q-word .ant-btn-primary').click();
  await w.seen('.q-fixed ins', b('Thom', '王闽'));
  await p.locator('#q-name .q-ask').click();
  await p.keyboard.press('n');
  await p.locator('#q-name form input').fill(b('The name is not clear.', '姓名听不清。'));
  await p.locator('#q-name form .ant-btn-primary').click();
  await w.seen('#q-name .tag.said', b('No', '否'));
  await p.locator('#q-tone .q-ask').click();
  await p.keyboard.press('2');
  await p.locator('#q-tone form input').fill(b('Polite, not warm.', '得体，不算热情。'));
  await p.locator('#q-tone form .ant-btn-primary').click();
  await w.seen('#q-tone .tag.said', b('correct', '得体'));
  await p.locator('#q-told fieldset input').first().check();
  await p.locator('#q-told .q-do .ant-btn').first().click();
  await p.locator('#q-told form input:not([type=checkbox])').fill(b('The fee is in the letter.', '费用写在信里。'));
  await p.locator('#q-told form .ant-btn-primary').click();
  await p.waitForFunction(() => !document.querySelector('#q-told form'));
  await w.look('call-corrected');
  step('corrected');
}

async function appeal() {
  // The agent sees the own call and appeals; the reviewer who answered may not decide; a second one does, with an answer.
  await enter('tom', '/quality');
  await w.seen('.q-own li .tag');
  await w.look('own');
  let p = await enter('tom', `/quality/calls/${call}`);
  await w.seen('.q-one');
  check(await p.locator('.q-one .q-do').count() === 0, 'an agent may answer');
  await p.getByRole('button', { name: b('Appeal', '申诉'), exact: true }).click();
  await p.locator('#q-note').fill(b('I said my name.', '我报过姓名。'));
  await p.locator('.q-write .ant-btn-primary').click();
  await w.seen('.q-notes', b('I said my name.', '我报过姓名。'));
  p = await enter('jo', '/quality?kind=appeal');
  await w.seen('.q-table tbody tr');
  const csrf = JSON.parse((await api(p, '/api/session')).text).csrf;
  const no = await api(p, `/api/quality/calls/${call}/decide`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, body: '{"text":"no"}' });
  check(no.status === 403, `who answered decides an appeal: ${no.status}`);
  p = await enter('kim', `/quality/calls/${call}`);
  await w.seen('.q-one');
  await p.getByRole('button', { name: b('Decide the appeal', '裁定申诉') }).click();
  await w.seen('.q-settle', b('I said my name.', '我报过姓名。'));
  await p.locator('.q-settle .ant-select').first().click();
  await p.locator('.ant-select-item-option', { hasText: b('Yes', '是') }).first().click();
  await w.seen('.q-settle .changed');
  await p.locator('#q-settle').fill(b('It is heard at 0:25.', '0:25 处听得到。'));
  await w.look('appeal');
  await p.locator('.q-settle .ant-btn-primary').click();
  await w.seen('.q-head .tag', b('decided', '已裁定'));
  await w.seen('#q-name .tag.said', b('Yes', '是'));
  step('appeal');
}

async function calibration() {
  let p = await enter('kim', '/quality');
  await w.seen('.q-table tbody tr');
  for (const i of [0, 1]) await p.locator('.q-table tbody input[type=checkbox]').nth(i).check();
  await p.locator('.q-pick .q-go').click();
  await w.seen('.q-begin');
  await p.locator('.q-begin input').first().fill(b('Week 48', '第 48 周'));
  await p.locator('.q-begin .ant-btn-primary').click();
  await w.seen('.q-blind .q-one');
  await w.look('calibration');
  const where = p.url().replace(url, '');
  await answerAll(p);
  p = await enter('jo', where);
  await w.seen('.q-blind .q-one');
  await answerAll(p, 1);
  await w.seen('.q-table tbody tr.total', 'κ');
  await w.seen('.q-table', b('Jo Hart', '周静')); // who answered what where they differ
  await w.look('calibration-result');
  step('calibration');
}
async function answerAll(p, shift = 0) {
  for (let k = 0; k < 2; k++) {
    await w.seen('.q-blind .q-one');
    const questions = await p.locator('.q-blind .q-one').count();
    check(questions === 7, `${questions} questions`);
    for (let i = 0; i < questions; i++) {
      const q = p.locator('.q-blind .q-one').nth(i), box = q.locator('input[type=checkbox]').first();
      if (await box.count()) await box.check(); else await q.locator('.q-do .ant-btn').nth((i + k + shift) % 2).click();
    }
    await p.locator('.q-blind form .ant-btn-primary[type=submit]').click();
    await p.waitForFunction(n => document.querySelectorAll('.q-blind .q-one').length === 0 || [...document.querySelectorAll('.q-blind form .ant-btn-primary')].length < n, questions);
  }
}

async function form() {
  const p = await enter('kim', '/quality/forms/service');
  await w.seen('.f-item');
  await p.locator('.f-list ol .f-item').first().click();
  await w.look('form-editor');
  await p.locator('.f-list .ant-btn-link').first().click();
  // The author is told how a question is read, and where that is not sure.
  const ask = async (en, cn) => { await p.getByLabel(b('Question in English', '英文题目')).fill(en); await p.getByLabel(b('Question in Chinese', '中文题目')).fill(cn); };
  await ask('Was there music on the line?', '线路上是否有音乐？');
  await w.seen('.f-read.unsure', b('which answer is the good one', '哪个答案合格'));
  check(await p.locator('.f-doubts button').count() === 1, 'the list of what is unsure is not the one question');
  await w.look('form-unsure');
  // The text says so too, with the line and the reason, and leads there.
  const view = async (name) => { await p.locator('.ant-segmented-item', { hasText: name }).click(); };
  await view('YAML');
  await w.seen('.f-why', b('which answer is the good one', '哪个答案合格'));
  await p.locator('.f-why .link').click();
  await p.waitForFunction(() => { const el = document.querySelector('.q-yaml'); return document.activeElement === el && el.value.slice(el.selectionStart, el.selectionEnd).includes('id:'); });
  await w.look('form-unsure-yaml');
  await view(b('Editor', '编辑'));
  await w.seen('.f-item');
  // A mistake that was made in the editor leads to its part there.
  const told = p.getByLabel(b('Question in English', '英文题目')), was = await told.inputValue();
  await told.fill('');
  await p.locator('.f-list .f-item').first().click();
  await p.locator('.q-pick .ant-btn').first().click();
  await p.locator('.faults .link').first().click();
  await p.waitForFunction(() => document.querySelector('.f-detail textarea')?.value === '');
  await w.look('form-faults');
  await told.fill(was);
  await p.locator('.q-pick .ant-btn').first().click();
  await p.waitForFunction(() => !document.querySelector('.faults'));
  await p.locator('.f-list .f-item').first().click();
  await p.locator('.f-doubts button').click();
  await p.locator('.f-read button').first().click();
  await p.waitForFunction(() => !document.querySelector('.f-doubts, .f-read'));
  check(await p.locator('.f-three .ant-select', { hasText: b(/^yes$/, /^是$/) }).count() === 1, 'the bad answer was not taken over');
  await p.getByLabel(b('Bad answer', '不合格的答案'), { exact: true }).click();
  await p.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
  await ask('Did the agent ask for a date of birth?', '客服是否询问了订单号？');
  await w.seen('.f-read', b('“No” is the bad answer', '答“否”为不合格'));
  await p.getByLabel(b('Answered by', '由谁作答')).click();
  await p.locator('.ant-select-item-option', { hasText: b('a rule', '规则') }).click();
  await p.getByLabel(b('Condition', '条件'), { exact: true }).fill('text.nothing(');
  await p.locator('.q-pick .ant-btn').first().click();
  await w.seen('.faults li');
  await p.getByLabel(b('Condition', '条件'), { exact: true }).fill("text.matches('date of birth|订单号')");
  await p.locator('.q-pick .ant-btn').first().click();
  await w.seen('section[role=status]', b('3 calls scored again', '重新评了 3 通'));
  await w.look('form-changes');
  await p.locator('.ant-segmented-item', { hasText: 'YAML' }).click();
  await p.waitForFunction(() => document.querySelector('.q-yaml')?.value.includes('date of birth|订单号'));
  await w.look('form-yaml');
  await p.locator('.q-pick .ant-btn-primary').click();
  await p.waitForFunction(() => !document.querySelector('.tag.warn'));
  await w.seen('header', b('version 2', '第 2 版'));
  step('form');
}

// What was corrected tells how well the line is recognised, and names words for the recogniser.
async function recognition() {
  await enter('jo', '/quality/recognition');
  await w.seen('.quality .table tbody tr');
  await w.seen('.q-hot', b('Thom', '王闽'));
  await w.look('recognition');
  await w.open('/quality/recognition', { width: 390, height: 844 }); await w.seen('.q-hot'); await w.look('recognition', { zoom: false });
  step('recognition');
}

// A call of three hours opens soon, follows the recording, and has only what is in sight in the page.
async function long() {
  const p = await w.open('/quality'), where = `**/api/quality/calls/${call}`, many = 3600;
  // Without a place to go to its beginning is there.
  const body = JSON.parse((await api(p, `/api/quality/calls/${call}`)).text), first = body.turns;
  body.turns = Array.from({ length: many }, (_, i) => ({ ...first[i % first.length], n: i + 1, start_s: i * 3, end_s: i * 3 + 2.8 }));
  body.call.duration_s = many * 3; body.audio_url = undefined; body.peaks_url = undefined;
  body.tracks.silence = Array.from({ length: 400 }, (_, i) => [i * 27, i * 27 + 4]);
  for (const size of [{ width: 1280, height: 860 }, { width: 390, height: 844 }]) {
    const q = await w.open('/quality', size);
    await q.route(where, r => r.fulfill({ json: body }));
    await q.goto(`${url}/quality/calls/${call}`);
    await w.seen('.transcript .turn');
    const from = Date.now();
    await q.goto(`${url}/quality/calls/${call}?t=9000`);
    await w.seen('.turn.now');
    const turns = await q.locator('.transcript .turn').count();
    console.log(`a call of ${many} turns at ${size.width} px: open after ${Date.now() - from} ms, ${turns} turns in the page`);
    check(turns < 200, `${turns} turns of a long call are in the page`);
    await q.locator('.q-quote').first().click();
    await w.seen('.turn.shown');
    await w.look('call-long', { zoom: false });
  }
  step('long');
}

// Of a call with two forms the keys answer the one in use; one that was erased meanwhile goes from the page.
async function changed() {
  const p = await w.open('/quality'), where = `**/api/quality/calls/${call}`, body = JSON.parse((await api(p, `/api/quality/calls/${call}`)).text);
  body.sheets = [body.sheets[0], { ...body.sheets[0], form: 'second' }];
  let gone = false;
  await p.route(where, r => (gone ? r.fulfill({ status: 404, json: { status: 404, title: 'Not Found', detail: 'there is no such call' } }) : r.fulfill({ json: body })));
  await p.route(`${where}/**`, r => { gone = true; return r.fulfill({ status: 404, json: { status: 404, title: 'Not Found', detail: 'there is no such call' } }); });
  await p.goto(`${url}/quality/calls/${call}`);
  await w.seen('#q-second-thanks');
  await p.locator('#q-second-thanks .q-ask').click();
  await p.keyboard.press('n');
  await w.seen('#q-second-thanks form');
  check(await p.locator('.q-one form').count() === 1, 'keys answer the other form');
  await p.locator('#q-second-thanks form input').fill(b('Not said.', '没说。'));
  await p.locator('#q-second-thanks form .ant-btn-primary').click();
  await w.seen('.state');
  check(await p.locator('.turn, .q-one, audio').count() === 0, 'an erased call is still on the page');
  await p.unrouteAll({ behavior: 'ignoreErrors' });
  step('changed');
}

async function rest() {
  let p = await enter('jo', '/insights');
  await w.seen('.in-card');
  await w.look('insights');
  p = await w.open(`/quality/calls/${call}?t=37`);
  await w.seen('.turn.now', b('guarantee', '保证'));
  for (const [name, part] of [['contactlens.json', 'Participants'], ['vcon.json', '"dialog"'], ['vtt', 'WEBVTT']]) {
    const got = await api(p, `/api/quality/export/${call}.${name}`);
    check(got.status === 200 && got.text.includes(part), `export as ${name}: ${got.status}`);
  }
  const csv = await api(p, '/api/quality/export.csv?what=answers');
  check(csv.status === 200 && csv.text.includes(',fee') && csv.text.includes('person'), `export as CSV: ${csv.status} ${csv.text.slice(0, 300)}`);
  step('insights and export');
  // On a phone, and in the dark.
  for (const [width, height, theme] of [[390, 844, 'light'], [1280, 860, 'dark']]) {
    await w.open(`/quality/calls/${call}`, { width, height, theme }); await w.seen('.q-one'); await w.look('call', { zoom: false });
    await w.open('/quality', { width, height, theme }); await w.seen('.q-table tbody tr'); await w.look('inbox', { zoom: false });
  }
  await w.open('/quality/forms/service', { width: 390, height: 844 }); await w.seen('.f-item'); await w.look('form-editor', { zoom: false });
  // Somebody of another queue sees nothing of this one.
  p = await enter('ola', '/quality');
  await w.seen('.state');
  check(await p.locator('.q-table tbody tr').count() === 0, 'another queue shows');
  for (const where of [`/api/quality/calls/${call}`, `/api/quality/calls/${call}/peaks`, `/api/calls/${call}`, `/api/calls/${call}/audio`, `/api/quality/export/${call}.vtt`]) check((await api(p, where)).status === 404, `${where} is open to another queue`);
  for (const where of ['/api/quality/inbox', '/api/quality/calibrations', '/api/quality/coaching', '/api/quality/export.csv', '/api/insights']) check(!(await api(p, where)).text.includes(call), `${where} names a call of another queue`);
  await w.open(`/quality/calls/${call}`);
  await w.seen('.state');
  await w.look('no-right');
  step('rights');
}

try { const p = await inbox(); await one(p); await appeal(); await calibration(); await form(); await recognition(); await long(); await changed(); await rest();
  await enter('kim', '/quality'); // sees the description, too
  (await held()).forEach(f => fault(f)); } catch (err) {
  fault(`${lang}: ${err.stack}`);
  if (process.env.PARLEY_SHOTS) await w.page?.screenshot({ path: path.join(process.env.PARLEY_SHOTS, `fault-morning-${lang}.png`) }).catch(() => {});
}
browser.faults.forEach(f => fault(f));
await browser.close();
console.log(faults.length ? `${faults.length} faults` : 'no faults');
process.exit(faults.length ? 1 : 0);
