// The quality pages: the inbox, a scored call and what people do with it, coaching, calibrations, forms, recognition; when
// nothing has been scored, when the server fails, and for an agent. What a real server scores is e2e/reviewer.
import { empty, reset as forget } from '../mock/quality.mjs';
import { check } from './walk.mjs';

export async function walk(w) {
  const zh = w.lang === 'zh', b = (en, cn) => (zh ? cn : en), reset = q => { forget(); return fetch(`${w.mock.url}/mock/reset?lang=${w.lang}${q ?? ''}`); };
  await reset();
  const id = await inbox(w, b);
  await one(w, b, id);
  await coaching(w, b);
  await calibration(w, b);
  await forms(w, b);
  await sizes(w, id);
  await nothing(w, b, reset, id);
}

async function inbox(w, b) {
  const p = await w.open('/quality');
  await w.seen('.q-table tbody tr');
  await w.seen('.ant-alert', b('2 calls could not be scored', '2 通电话未能评分'));
  await p.locator('.ant-alert summary').click();
  await w.seen('.ant-alert .faults li', 'the model is not loaded');
  await w.look('quality-inbox');
  check(await p.locator('.q-table tbody .tag.alert').count() > 0, 'what failed is not named');
  await p.keyboard.press('/');
  await p.locator('.q-filter input[type=search]').fill('zzz');
  await w.seen('.quality .soft', b('No call matches', '没有'));
  await p.locator('.q-filter .ant-btn-link').first().click();
  await w.seen('.q-table tbody tr');
  await p.locator('.q-filter input.field').nth(1).fill(b('bank', 'shop'));
  await w.seen('.q-table tbody tr');
  await p.locator('.q-table tbody a').first().click();
  await w.seen('.q-one');
  await p.locator('.q-head h1').click();
  await p.keyboard.press('Escape');
  await w.seen('.q-table tbody tr');
  check((await p.locator('.q-filter input.field').nth(1).inputValue()) === b('bank', 'shop'), 'the filter is lost on the way back from a call');
  await p.getByRole('button', { name: b('Save this search', '保存此搜索') }).click();
  await p.locator('.q-filter form input').fill(b('Mine', '我的'));
  await p.locator('.q-filter form button').click();
  await w.seen('.q-filter .ant-select', b('Mine', '我的'));
  await p.locator('.q-filter .ant-btn-link').first().click();
  await w.seen('.q-table tbody tr');
  return (await p.locator('.q-table tbody a').first().getAttribute('href')).split('/').at(-1);
}

async function one(w, b, id) {
  const p = await w.open(`/quality/calls/${id}`);
  await w.seen('.q-one');
  await w.seen('.transcript .turn.agent .who', 'Tom Baker');
  await w.look('quality-call');
  await p.locator('#q-name .q-quote').first().click();
  await w.seen('.turn.now');
  await p.locator('#q-tone .q-ask').click();
  await p.keyboard.press('2');
  await p.locator('#q-tone form input').fill(b('Polite.', '得体。'));
  await p.locator('#q-tone form .ant-btn-primary').click();
  await w.seen('#q-tone .tag.said', b('correct', '得体'));
  await p.locator('.q-head h1').click();
  await p.keyboard.press('c');
  await p.locator('#q-note').fill(b('Good opening.', '开场不错。'));
  await p.locator('.q-write .ant-btn-primary').click();
  await w.seen('.q-notes', b('Good opening.', '开场不错。'));
  await p.locator('.turn').nth(1).hover();
  await p.locator('.turn').nth(1).locator('.q-fix').click();
  await p.locator('.q-word input').nth(0).fill('a'); await p.locator('.q-word input').nth(1).fill('b');
  await p.locator('.q-word .ant-btn-primary').click();
  await w.seen('.q-fixed ins', 'b');
  await p.getByRole('button', { name: b('Appeal', '申诉'), exact: true }).click();
  await p.locator('#q-note').fill(b('It was said.', '说过了。'));
  // What is refused is said in the language of the page, and nothing that was written is lost.
  await p.route('**/api/quality/calls/*/appeal', r => r.fulfill({ status: 409, contentType: 'application/problem+json', body: JSON.stringify({ status: 409, title: 'Conflict', type: 'urn:parley:problem:late', detail: 'the time for an appeal is over' }) }), { times: 1 });
  await p.locator('.q-write .ant-btn-primary').click();
  await w.seen('.ant-message', b('the time for an appeal is over', '申诉期限已过'));
  check(w.lang === 'en' || !/[a-z]{3}/i.test(await p.locator('.ant-message').textContent()), 'a Chinese page says in English why something was refused');
  await p.locator('.q-write .ant-btn-primary').click();
  await w.seen('.q-head .tag', b('appealed', '申诉中'));
  await p.getByRole('button', { name: b('Decide the appeal', '裁定申诉') }).click();
  await w.seen('.q-settle', b('It was said.', '说过了。'));
  await w.look('quality-appeal');
  await p.locator('#q-settle').fill(b('Heard.', '听到了。'));
  await p.locator('.q-settle .ant-btn-primary').click();
  await w.seen('.q-head .tag', b('decided', '已裁定'));
}

async function coaching(w, b) {
  const p = await w.open('/quality/coaching');
  await w.seen('.q-forms li');
  await w.look('quality-coaching');
  const before = await p.locator('.q-forms li').count();
  await p.locator('.q-forms .ant-btn-text').first().click();
  await p.waitForFunction(n => document.querySelectorAll('.q-forms li').length < n, before);
  check(await p.locator('h2').first().innerText() !== 'p3', `an agent has no name (${b('coaching', '辅导')})`);
}

async function calibration(w, b) {
  let p = await w.open('/quality');
  await w.seen('.q-table tbody tr');
  for (const i of [0, 1]) await p.locator('.q-table tbody input[type=checkbox]').nth(i).check();
  await p.locator('.q-pick .q-go').click();
  await p.locator('.q-begin input').first().fill(b('Week 48', '第 48 周'));
  await p.locator('.q-begin .ant-btn-primary').click();
  for (let k = 0; k < 2; k++) {
    await w.seen('.q-blind .q-one');
    if (k === 0) {
      await w.look('quality-blind');
      await p.locator('.q-blind .q-one').first().locator('.q-do .ant-btn').first().click();
      await p.reload();
      await w.seen('.q-blind .q-one [aria-pressed=true]');
    }
    for (let i = 0; i < 3; i++) await p.locator('.q-blind .q-one').nth(i).locator('.q-do .ant-btn').first().click();
    await p.locator('.q-blind form .ant-btn-primary[type=submit]').click();
    await p.waitForFunction(() => [...document.querySelectorAll('.q-blind [aria-pressed=true]')].length === 0);
  }
  await w.seen('.q-table tbody tr.total', 'κ');
  await w.look('quality-calibrated');
  p = await w.open('/quality/calibrations');
  await w.seen('.q-forms li', b('Week 48', '第 48 周'));
  await w.look('quality-calibrations');
  // Both lists go on by a button that the keyboard reaches.
  for (const [list, more, last] of [['.q-forms li', b('Load more calibrations', '加载更多校准'), 31], ['.q-table tbody tr', b('Load more questions', '加载更多题目'), 2]]) {
    check(await p.locator(list).count() < last, `${list}: everything is there at once`);
    await p.getByRole('button', { name: more }).focus();
    await p.keyboard.press('Enter');
    await p.waitForFunction(([l, n]) => document.querySelectorAll(l).length === n, [list, last]);
    check(await p.getByRole('button', { name: more }).count() === 0, `${list}: there is more after the last page`);
  }
}

async function forms(w, b) {
  const p = await w.open('/quality/forms');
  await w.seen('.q-forms li', 'service');
  await w.look('quality-forms');
  await p.locator('.q-forms a', { hasText: 'service' }).click();
  await w.seen('.f-item');
  await w.look('quality-form');
  await p.locator('.q-pick .ant-btn').first().click();
  await w.seen('section[role=status]', b('6 calls', '6 通'));
  await w.seen('section[role=status]', b('move by +7.0 on average (95 % range −2.1 – 16.1', '平均变化 +7.0（95% 区间 −2.1 – 16.1'));
  await w.look('quality-replay');
  await p.locator('.ant-segmented-item', { hasText: 'YAML' }).click();
  await w.seen('.q-yaml');
  await p.locator('.q-yaml').fill('!broken');
  await p.locator('.q-pick .ant-btn-primary').click();
  await w.seen('.faults li', b('line 5: question tone is there twice', '第 5 行: 题目 tone 重复'));
  await p.reload();
  await w.seen('.q-yaml');
  check((await p.locator('.q-yaml').inputValue()) === '!broken', 'a changed form is lost by a reload');
  // What is not saved is of who wrote it: somebody else at the same browser sees nothing of it, and it is there again for its owner.
  const is = async id => { await fetch(`${w.mock.url}/mock/person?id=${id}`); await p.reload(); };
  await is('p3');
  await w.seen('.f-item'); // the form as it is stored
  await is('p1');
  await w.seen('.q-yaml');
  check((await p.locator('.q-yaml').inputValue()) === '!broken', 'a changed form is lost when somebody else was here');
  await p.locator('.q-yaml').fill('form: service\nversion: 2\n');
  await p.locator('.q-pick .ant-btn-primary').click();
  await w.seen('header', b('version 3', '第 3 版'));
  await p.getByRole('button', { name: b('Take out of use', '停用') }).click();
  await w.look('quality-retire');
  await p.locator('.ant-popconfirm .ant-btn-primary').click();
  await w.seen('header .tag', b('out of use', '已停用'));
  await w.open('/quality/forms');
  await w.seen('.q-forms li', 'service');
  await w.look('quality-forms-retired');
  await w.page.locator('.q-forms a', { hasText: 'service' }).click();
  await w.page.getByRole('button', { name: b('Use again', '重新启用') }).click();
  await w.seen('header .ant-btn', b('Take out of use', '停用'));
  await w.open('/quality/recognition');
  await w.seen('.q-hot');
  await w.look('quality-recognition');
}

// On a phone, and in the dark.
async function sizes(w, id) {
  for (const [width, height, theme] of [[390, 844, 'light'], [1280, 860, 'dark']]) {
    for (const [name, at, there] of [['inbox', '', '.q-table tbody tr'], ['call', `/calls/${id}`, '.q-one'], ['coaching', '/coaching', '.q-forms li'], ['calibrations', '/calibrations', '.q-forms li'], ['forms', '/forms', '.q-forms li'], ['form', '/forms/service', '.f-item']]) {
      await w.open(`/quality${at}`, { width, height, theme });
      await w.seen(there);
      await w.look(`quality-${name}`, { zoom: false });
    }
  }
}

// nothing: what is shown before the first score, when the server fails, and to an agent.
async function nothing(w, b, reset, id) {
  await reset();
  empty();
  for (const [at, there] of [['', '.state'], ['/coaching', '.quality .soft'], ['/calibrations', '.q-begin'], ['/forms', '.q-forms li'], ['/recognition', '.state']]) {
    await w.open(`/quality${at}`);
    await w.seen(there);
    await w.look(`quality-empty${at.replace('/', '-')}`);
  }
  await w.open(`/quality/calls/${id}`);
  await w.seen('.state');
  await reset();
  w.mock.state.fail = '/api/quality';
  for (const at of ['', `/calls/${id}`, '/coaching', '/calibrations', '/forms', '/recognition']) { await w.open(`/quality${at}`); await w.seen('.state[role=alert]'); }
  await w.look('quality-failed');
  w.mock.state.fail = '';
  await w.page.locator('.state .ant-btn-primary').click();
  await w.seen('.q-hot');
  await reset('&role=agent');
  const p = await w.open('/quality');
  await w.seen('.q-own li');
  await p.locator('details summary').click();
  await p.getByRole('button', { name: b('I have heard it', '我已听过') }).first().click();
  await p.waitForFunction(() => !document.querySelector('details .ant-btn'));
  await w.look('quality-own');
  await w.open(`/quality/calls/${id}`);
  await w.seen('.q-one');
  check(await w.page.locator('.q-one .q-do').count() === 0, 'an agent may answer');
  await w.look('quality-own-call');
}
