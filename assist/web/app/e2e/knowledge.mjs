// A knowledge manager's day: import with a dry run, the tester, an edit with what would change, the golden set, a gap that
// becomes a draft and is published, the calendar, and listening - by mouse and by keyboard.
import { reset as forget } from '../mock/knowledge.mjs';
import { check } from './walk.mjs';

export async function walk(w) {
  const b = (en, cn) => (w.lang === 'zh' ? cn : en), reset = q => { forget(); return fetch(`${w.mock.url}/mock/reset?lang=${w.lang}${q ?? ''}`); };
  await reset();
  await imports(w, b);
  await tester(w, b);
  await editor(w, b);
  await golden(w, b);
  await gaps(w, b);
  await drafts(w, b);
  await calendar(w, b);
  await states(w, reset, b);
  await small(w, reset);
}

const press = async (p, key) => { await p.locator('h1').first().click(); await p.keyboard.press(key); };
const file = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

async function imports(w, b) {
  const p = await w.open('/knowledge');
  await w.seen('.know-today a');
  await w.seen('.know-list li');
  await w.look('knowledge');
  await press(p, '7');
  await w.seen('.know-drop');
  await w.seen('.know-folder .tag.alert');
  await w.look('knowledge-import');
  await p.locator('.know-drop input').setInputFiles(file('faq.csv', 'question,answer\nbroken,\n'));
  check(await p.locator('.know-import input[list]').inputValue() === 'faq', 'the base is not taken from the name of the file');
  await p.locator('.know-import button[type=submit]').click();
  await w.seen('.know-rows .know-why');
  check(await p.locator('.know-apply .ant-btn').count() === 0, 'rows that are not right can be stored');
  await w.look('knowledge-import-wrong');
  // Somebody changes the base between the check and the storing.
  await p.locator('.know-drop input').setInputFiles(file('faq.csv', 'question,answer\nmoved,a\n'));
  await p.locator('.know-import button[type=submit]').click();
  await w.seen('.know-rows tbody tr');
  await p.locator('.know-apply .ant-btn-primary').click();
  await w.seen('.know-panel .ant-alert', b('was changed in the meantime', '被修改过'));
  await w.look('knowledge-import-moved');
  await p.locator('.know-apply .ant-btn-primary').click();
  await p.waitForFunction(() => !document.querySelector('.know-panel .ant-alert'));
  await w.seen('.know-rows tbody tr');
  await p.locator('.know-drop input').setInputFiles(file('faq.csv', 'question,answer\nq,a\n'));
  await p.locator('.know-import button[type=submit]').click();
  await w.seen('.know-rows tbody tr');
  await p.locator('.know-chip.changed').click();
  check(await p.locator('.know-rows tbody tr').count() === 1, 'the rows are not those of the chosen kind');
  await p.locator('.know-chip.changed').click();
  const saved = p.waitForEvent('download');
  await p.locator('.know-chips .ant-btn').click();
  check((await saved).suggestedFilename() === 'import-report.csv', 'the report was not saved');
  await p.locator('.know-apply .ant-btn-primary').click();
  await w.seen('.know-progress');
  await w.seen('.know-done .ant-alert');
  await w.seen('.know-imports .ant-btn');
  await w.look('knowledge-imported');
  await p.locator('.know-imports .ant-btn').click();
  await w.axe('knowledge-undo');
  await p.locator('.ant-modal-confirm .ant-btn-primary').click();
  await w.seen('.know-imports .ant-alert-success', b('as before the import', '导入前的样子'));
  check(await p.locator('.know-done .ant-alert').count() === 0, 'what was taken back is still said to be stored');
  await w.look('knowledge-undone');
  await p.locator('.know-done .ant-btn').click();
  await w.seen('.know-drop');
  await p.locator('.know-folder .ant-btn-primary').click();
  await p.waitForFunction(() => document.querySelectorAll('.know-folder .tag.warn').length === 0);
}

async function tester(w, b) {
  const p = await w.open('/knowledge/test');
  await p.locator('.know-find').fill(b('I lost my card', '我想退货'));
  await p.keyboard.press('Enter');
  await w.seen('.know-hit .tag.good');
  await w.look('knowledge-test');
  const asked = await p.locator('.know-find').inputValue(), more = p.locator('.know-hit .know-button').first();
  check(new URL(await more.getAttribute('href'), w.mock.url).searchParams.get('add') === asked, 'the question cannot be added to an entry');
  await p.locator('.know-hit .ant-btn').first().click();
  await w.seen('.ant-message', b('golden set', '标准题集'));
  await p.locator('.know-trial > .know-do .ant-btn').click();
  await p.locator('.know-find').fill('zzz');
  await p.keyboard.press('Enter');
  await w.seen('.know-trial > p', b('Nothing was found', '没有找到'));
}

async function editor(w, b) {
  const p = await w.open('/knowledge');
  await w.seen('.know-list li');
  await press(p, '/');
  await p.keyboard.type(b('transfer', '发货'));
  await p.waitForFunction(() => document.querySelectorAll('.know-list li').length === 1);
  await press(p, 'j');
  await p.keyboard.press('Enter');
  await w.seen('.know-funnel li');
  await p.locator('.know-form textarea').first().fill(b('A transfer arrives on the next working day, abroad in three.', '付款后一天以内发货，偏远地区三天。'));
  await w.seen('.know-form .tag.warn');
  await unsaved(w, b, p);
  await press(p, 'w');
  await w.seen('.know-progress');
  await w.seen('.know-change.loss');
  await w.seen('.know-warn', b('golden set', '标准题集'));
  await p.locator('.know-change.loss summary').click();
  await w.seen('.know-outcome');
  await w.look('knowledge-editor');
  await p.locator('.know-chip.gain').click();
  check(await p.locator('.know-change').count() === 2, 'the changes are not those of the chosen kind');
  await p.locator('.know-form textarea').first().fill(b('A transfer arrives on the next working day!!', '付款后两天以内发货!!'));
  await w.seen('.know-old .know-note');
  await p.locator('.know-panel .ant-btn').first().click();
  await w.seen('.know-calm');
  await p.locator('.know-form button[type=submit]').click();
  await w.seen('.ant-message', b('Saved', '已保存'));
  await w.seen('.know-versions li');
  // Listening.
  await p.locator('.know-voices select').last().selectOption({ index: 1 });
  await press(p, 'p');
  await p.waitForFunction(() => document.querySelector('.know-player audio')?.readyState > 0 && !document.querySelector('.know-player audio').paused);
  await p.locator('.know-player .ant-btn').click();
  await p.waitForFunction(() => document.querySelector('.know-player audio').paused);
  await p.locator('.know-player input').fill('2');
  await p.locator('.know-versions .ant-btn').last().click();
  await w.seen('.know-versions li');
  // The other language.
  await p.locator('.know-aside .know-button').click();
  await w.seen('.know-aside .know-answer');
  await p.locator('.know-form input').first().fill(b('转账要多久？', 'How long is delivery?'));
  await p.locator('.know-form textarea').first().fill(b('下一个工作日到账。', 'Two days.'));
  check(await p.locator('.know-grid select').first().inputValue() === b('zh', 'en'), 'the second language is not that of the first');
  await w.look('knowledge-second');
  await p.locator('.know-form button[type=submit]').click();
  await w.seen('.know-versions li');
  await press(p, 'Escape');
  await w.seen('.know-list li');
}

// What is written and not saved outlives a look elsewhere, a reload, and somebody else who saves the same entry.
async function unsaved(w, b, p) {
  const box = p.locator('.know-form textarea').first(), mine = await box.inputValue(), kept = async where => check(await box.inputValue() === mine, `what was written is lost: ${where}`);
  await press(p, '2');
  await w.seen('.know-ranked li');
  await p.goBack();
  await w.seen('.know-form .ant-alert', b('not saved this', '尚未保存'));
  await kept('a look elsewhere');
  await p.reload();
  await w.seen('.know-form .ant-alert', b('not saved this', '尚未保存'));
  await kept('a reload');
  await p.evaluate(async () => {
    const at = location.pathname.replace('/knowledge/entry/', '/api/knowledge/entries/'), e = await (await fetch(at)).json();
const { question, similar, lang, audience, category, state, queues, version, pair } = e;
    await fetch(at, { method: 'PUT', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': (await (await fetch('/api/session')).json()).csrf }, body: JSON.stringify({ question, similar, lang, audience, category, state, queues, version, pair: pair?.id, answer: 'Theirs.' }) });
  });
  await p.locator('.know-form button[type=submit]').click();
  await p.locator('.know-form .ant-alert-error .ant-btn').click();
  await w.seen('.know-form .ant-alert-warning', 'Theirs.');
  await kept('somebody else saved');
  await w.look('knowledge-unsaved');
}

async function golden(w, b) {
  const p = await w.open('/knowledge/golden');
  await w.seen('.know-golden.wrong');
  await w.seen('.know-trend circle');
  await p.locator('.know-golden .ant-btn[aria-expanded]').first().click();
  await w.seen('.know-whyfail');
  await w.look('knowledge-golden');
  await press(p, 'f');
  check(await p.locator('.know-golden').count() === 2, 'not only what went wrong is shown');
  await press(p, 'f');
  await press(p, 'n');
  await p.keyboard.type(b('is my card gone', '东西能退吗'));
  await p.keyboard.press('Enter');
  await w.seen('.know-pickers');
  await w.axe('knowledge-golden-pick');
  await p.locator('.know-pickers input').first().check();
  await p.locator('.know-pickers .ant-btn-primary').click();
  await w.seen('.know-asks', b('is my card gone', '东西能退吗'));
  await press(p, 'r');
  await w.seen('.know-progress');
  await p.waitForFunction(() => !document.querySelector('.know-golden.wrong') && document.querySelector('.know-delta, .know-scores'));
  await p.locator('.know-golden .ant-btn-text').last().click();
  await p.waitForFunction(t => ![...document.querySelectorAll('.know-asks')].some(x => x.textContent === t), b('is my card gone', '东西能退吗'));
}

async function gaps(w, b) {
  let p = await w.open('/knowledge/gaps');
  await w.seen('.know-ranked li');
  await press(p, 'j');
  await w.seen('.know-one h2');
  await w.seen('.know-quotes li');
  check(await p.locator('.know-one .know-button.first').count() === 1, 'an answer that was taken badly cannot be changed from its gap');
  await w.look('knowledge-gaps');
  check((await p.locator('.know-quotes a').first().getAttribute('href')).includes('?turn='), 'the calls are not opened at the turn');
  await press(p, 'd');
  await w.seen('.know-compose');
  await p.locator('.know-replies .ant-btn').first().click();
  check((await p.locator('.know-compose textarea').first().inputValue()).length > 8, 'the answer of the agent is not taken over');
  await w.look('knowledge-compose');
  await press(p, 'j'); await press(p, 'k');
  await w.seen('.know-compose');
  check((await p.locator('.know-compose textarea').first().inputValue()).length > 8, 'an answer that is written is lost for a look at another gap');
  await p.locator('.know-compose button[type=submit]').click();
  await p.waitForURL(/\/knowledge\/drafts\//);
  await w.seen('.know-one .know-answer');
  p = await w.open('/knowledge/gaps/g2');
  await w.seen('.know-one h2');
  await press(p, 'x');
  await p.locator('.ant-modal textarea').fill(b('Not for the phone', '电话里不处理'));
  await w.axe('knowledge-dismiss');
  await p.locator('.ant-modal .ant-btn-primary').click();
  await p.waitForFunction(() => document.querySelectorAll('.know-ranked li').length === 2);
  await p.locator('.know-gone summary').click();
  await w.seen('.know-gone li', b('Not for the phone', '电话里不处理'));
  await p.locator('.know-gone .ant-btn').last().click();
  await p.waitForFunction(() => document.querySelectorAll('.know-gone li').length === 1);
  p = await w.open('/knowledge/gaps/g3');
  await w.seen('.know-one h2');
  await press(p, 'a');
  await w.seen('.know-form .tag.warn');
  // The calls behind a gap, at the turn.
  p = await w.open('/knowledge/gaps/g1');
  await p.locator('.know-quotes a').first().click();
  await w.seen('.turn.shown');
}

async function drafts(w, b) {
  let p = await w.open('/knowledge/drafts');
  await w.seen('.know-waiting li');
  const before = await p.locator('.know-waiting section').first().locator('li').count();
  await press(p, 'j');
  await w.seen('.know-facts');
  await press(p, 'w');
  await w.seen('.know-change.gain');
  await w.look('knowledge-drafts');
  await press(p, 'r');
  await p.locator('.ant-modal textarea').fill(b('Say where', '写明地点'));
  await p.locator('.ant-modal .ant-btn-primary').click();
  await p.waitForFunction(n => document.querySelector('.know-waiting section')?.querySelectorAll('li').length === n - 1, before);
  await press(p, 'k'); await press(p, 'k'); await press(p, 'k');
  await w.seen('.know-one .know-answer');
  await press(p, 'a');
  await w.seen('.ant-message', b('answers with it', '这样回答'));
  await p.locator('.know-waiting li a').last().click();
  await w.seen('.know-facts dd', b('cheques', '旧手机'));
  await press(p, 'e');
  await w.seen('.know-edit .ant-alert');
  await w.look('knowledge-returned');
}

async function calendar(w, b) {
  const p = await w.open('/knowledge/calendar');
  await w.seen('.know-days td');
  await press(p, 'ArrowLeft'); await press(p, 'ArrowRight'); await press(p, 't');
  for (let i = 0; i < 2 && !await p.locator('.know-days button').count(); i++) await p.keyboard.press('ArrowRight');
  await w.seen('.know-days button');
  await p.locator('.know-days button').first().click();
  await w.seen('.know-dated li');
  await w.look('knowledge-calendar');
  await p.locator('.know-dated a').first().click();
  await w.seen('.know-form');
}

async function states(w, reset, b) {
  w.mock.state.fail = '/api/knowledge/gaps';
  let p = await w.open('/knowledge/gaps');
  await w.seen('.state[role=alert]');
  w.mock.state.fail = '';
  await p.locator('.state .ant-btn').click();
  await w.seen('.know-ranked li');
  p = await w.open(`/knowledge/golden?base=${encodeURIComponent(b('shop', '银行'))}`);
  await w.seen('.know-panel', b('No questions yet', '还没有问题'));
  await w.look('knowledge-golden-empty');
  await reset('&role=knowledge');
  p = await w.open('/knowledge/gaps/g1');
  await w.seen('.know-quotes .faint');
  check(await p.locator('.know-quotes a').count() === 0, 'who may not see calls is led to them');
  await reset('&role=agent');
  await w.open('/knowledge');
  await w.seen('.state', b('may not see', '没有查看权限'));
  await reset();
}

async function small(w, reset) {
  await reset();
  for (const [path, wait] of [['', '.know-list li'], ['/gaps', '.know-ranked li'], ['/gaps/g1', '.know-quotes li'], ['/drafts', '.know-waiting li'], ['/golden', '.know-golden'], ['/calendar', '.know-days td'], ['/import', '.know-folder'], ['/test', '.know-find']]) {
    await w.open(`/knowledge${path}`, { width: 390, height: 844 });
    await w.seen(wait);
    await w.look(`knowledge${path.replaceAll('/', '-')}`, { zoom: false });
  }
  for (const path of ['', '/gaps/g1', '/golden', '/calendar']) { await w.open(`/knowledge${path}`, { theme: 'dark' }); await w.seen('.knowledge ul, .know-days'); await w.look(`knowledge${path.replaceAll('/', '-')}`, { zoom: false }); }
}
