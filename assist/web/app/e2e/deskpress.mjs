// The desk once more, by mouse: what the first walk does by key, or on one of several alike.
import { check } from './walk.mjs';

export async function walk(w) {
  const zh = w.lang === 'zh', m = w.mock, b = (en, cn) => (zh ? cn : en);
  const start = async kind => {
    m.desk.reset(w.lang, kind);
    await w.open('/desk');
    await w.page.locator('.idle .ant-btn-primary').click();
    await w.did('PUT', /^\/state$/, 'ready');
    await w.seen('.ring-card');
    await w.page.locator('.ring-card footer .ant-btn-primary').click();
    await w.did('POST', /accept$/);
    await w.seen('.in-call');
    return w.page;
  };
  await presence(w);
  await devices(w);

  let p = await start('call');
  await w.seen('.card.answer .card-text');
  await p.locator('.said-list button').first().click();
  await w.seen('#turn-2.shown');
  await w.seen('.checklist .evidence');
  await p.locator('.checklist .evidence').first().click();
  await w.seen('#turn-5.shown');
  await p.locator('.offer-money input').last().fill(b('for the trouble', '表示歉意'));
  await p.locator('.offer-money input').first().fill('5');
  await p.locator('.offer-money .ant-btn').click();
  await w.did('POST', /compensation$/, b('for the trouble', '表示歉意'));
  await cards(w, p, b);
  await keys(w, p);
  await search(w, p, b);
  await transfer(w, p, b);
  await wrapup(w, p);

  p = await start('call');
  await p.keyboard.press('t');
  await p.locator('.targets input').first().check();
  await p.locator('.dialog-foot .ant-btn-primary').click();
  await w.did('POST', /transfer$/, 'warm');
  await p.locator('.consult .ant-btn-primary').click();
  await w.did('POST', /transfer\/complete$/);
  await w.seen('.wrap');

  m.desk.reset(w.lang, 'chat');
  p = await w.open('/desk');
  await p.locator('.idle .ant-btn-primary').click();
  await w.seen('.ring-card .given', 'Ann Twin · Bea Twin');
  p = await start('chat'); // accepted by mouse
  await w.seen('.reply-form');
  await p.locator('.desk-do .ant-btn-dangerous').click();
  await p.locator('.desk-do .ant-btn-dangerous').click();
  await w.did('POST', /\/end$/);
  await tabs(w, start);
  await callBack(w, b);
}

// callBack: who is called back is named by their number, and rung before there is anybody to hold or transfer; a supervisor takes the call.
async function callBack(w, b) {
  const m = w.mock.desk;
  m.reset(w.lang, 'callback');
  const p = await w.open('/desk');
  await p.locator('.idle .ant-btn-primary').click();
  await w.seen('.ring-card', b('is dialled as soon as you accept', '您接听后立即拨打'));
  await w.seen('.ring-card .warn-text', b('could not be looked up', '未能查到'));
  await w.look('desk-callback');
  await p.locator('.ring-card footer .ant-btn-primary').click();
  await w.seen('.consult', b('is being called', '正在呼叫'));
  check(await p.locator('.desk-do .ant-btn').count() === 2, 'what needs somebody on the line can be pressed while it rings');
  await w.look('desk-calling');
  await p.locator('.consult').waitFor({ state: 'detached' });
  await p.route('**/to_bot', () => {}); // hangs
  await p.locator('.desk-do .ant-btn:not(.ant-btn-dangerous)').last().click();
  const end = p.locator('.desk-do .ant-btn-dangerous');
  await end.click(); await end.click();
  await w.did('POST', /\/end$/);
  await w.seen('.wrap');
  m.emit('banner', { part: 'left', state: 'down', text: 'Sue' });
  m.set('away');
  m.state();
  await w.seen('.desk', b('Sue took your call over', 'Sue 已接管您的通话'));
  await w.seen('.wrap', b('You are away. What you have written is kept', '您处于离开状态。您写的内容已保存'));
}

// presence: each state that the list offers, and the button below it.
async function presence(w) {
  w.mock.desk.reset(w.lang);
  const p = await w.open('/desk');
  for (const [nth, want] of [[1, 'break'], [3, 'meeting'], [4, 'training'], [0, 'ready']]) {
    await p.locator('.presence').click();
    await p.locator('.ant-dropdown:not(.ant-dropdown-hidden) .ant-dropdown-menu-item').nth(nth).click();
    await w.did('PUT', /^\/state$/, want);
  }
  await w.seen('.ring-card');
  w.mock.desk.offer = null;
  w.mock.desk.set('ready');
  w.mock.desk.state();
  await p.locator('.idle-main .row .ant-btn').click();
  await w.did('PUT', /^\/state$/, 'break');
}

async function devices(w) {
  const p = w.page;
  for (const nth of [0, 1]) {
    await p.locator('.devices .ant-select').nth(nth).click();
    await p.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
  }
}

async function cards(w, p, b) {
  const by = name => p.locator('.card').first().getByRole('button', { name, exact: false });
  await by(b('Use', '采用')).click(); await w.did('POST', /cards\/.+$/, 'used');
  await p.locator('.card:not(.done)').first().getByRole('button', { name: b('Not helpful', '没有帮助') }).click(); await w.did('POST', /cards\/.+$/, 'muted');
  await p.locator('.card').last().hover();
  w.mock.desk.emit('card', { id: 'late', kind: 'step', title: b('A late card', '晚到的卡片'), text: b('Ask for the address.', '询问地址。'), priority: 1, at_s: 60, turn: 6 });
  await p.locator('.held').click();
  await w.seen('#card-late');
}

async function keys(w, p) {
  for (const [nth, path] of [[0, /hold$/], [0, /hold$/], [1, /mute$/], [1, /mute$/]]) { await p.locator('.desk-do .ant-btn').nth(nth).click(); await w.did('POST', path); }
  await p.locator('.desk-do .ant-btn').nth(3).click();
  for (const d of ['*', '0', '#', '9']) { await p.locator('.keypad').getByText(d, { exact: true }).click(); await w.did('POST', /dtmf$/, `"${d}"`); }
  await p.locator('.desk-do .ant-btn').nth(3).click();
  for (const on of ['false', 'true']) { await p.locator('.desk-do .rec').click(); await w.did('POST', /recording$/, on); }
  await p.locator('.voice-note').click();
  await w.seen('.ant-popover .devices');
  await p.keyboard.press('Escape');
}

// compose types with an input method and stops in the middle of a word for longer than the page waits before it looks something up.
async function compose(w, p, half, word) {
  const ime = await w.browser.context.newCDPSession(p), asked = [];
  p.on('request', r => { if (r.url().includes('/api/desk/search')) asked.push(new URL(r.url()).searchParams.get('q')); });
  await p.locator('.desk-search input').focus();
  await ime.send('Input.imeSetComposition', { text: half, selectionStart: half.length, selectionEnd: half.length });
  await p.waitForTimeout(500);
  await ime.send('Input.insertText', { text: word });
  await w.seen('.hits h3');
  check(asked.join() === word, `searched for ${asked} while ${word} was typed`);
}

async function search(w, p, b) {
  await compose(w, p, b('fe', 'tuikuan'), b('fee', '退款'));
  await w.seen('.hits h3');
  await w.browser.context.grantPermissions(['clipboard-read', 'clipboard-write', 'microphone']);
  await p.locator('.hits .ant-btn').first().click();
  await w.seen('.hits .ant-btn', '✓');
  check(await p.evaluate(() => navigator.clipboard.readText()) !== '', 'nothing was copied');
  await p.keyboard.press('Escape');
}

async function transfer(w, p, b) {
  await p.locator('.desk-do .ant-btn').nth(2).click();
  await w.seen('.targets label');
  await p.locator('.ant-modal-close').click();
  await p.waitForFunction(() => !document.querySelector('.ant-modal-wrap:not([style*="display: none"])'));
  // A telephone is rung, and called off.
  await p.locator('.desk-do .ant-btn').nth(2).click();
  await p.locator('.ant-modal input').first().fill(b('branch', '网点'));
  await p.keyboard.press('Enter');
  await w.did('POST', /transfer$/, 'warm');
  await w.seen('.consult', b('Branch is being rung', '正在呼叫 网点'));
  await p.locator('.consult button').click();
  await w.did('POST', /transfer\/cancel$/);
  await p.waitForFunction(() => !document.querySelector('.consult'));
  await p.locator('.desk-do .ant-btn').nth(2).click();
  await p.locator('.ant-modal input').first().fill(b('tom', '周晓'));
  check(await p.locator('.targets label').count() === 1, 'the search finds more than it should');
  await p.locator('.dialog-foot .ant-btn').first().click(); // the only one left is meant
  await w.did('POST', /transfer$/, 'blind');
}

// wrapup: every list can be added to and edited, another form is chosen, and the button ends it.
async function wrapup(w, p) {
  await w.seen('.wrap .edit-line');
  for (const nth of [0, 1, 2, 3]) {
    await p.locator('.add-line').nth(nth).click();
    const line = p.locator('.wrap section').nth(nth + 1).locator('.edit-line textarea').last();
    await line.fill(`new ${nth}`);
  }
  await p.locator('.edit-line .remove').last().click();
  await p.locator('.ticket-field .ant-select').first().click();
  await p.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
  await p.locator('.wrap .ant-select.wide').click();
  await p.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option').first().click();
  check(await p.locator('.ticket-field').count() === 0, 'there are fields without a ticket');
  await p.locator('.wrap footer .ant-btn-primary').click();
  await w.did('PUT', /wrapup$/, 'new 2');
  await w.did('POST', /wrapup\/done$/);
  await w.seen('.idle');
}

async function tabs(w, start) {
  const p = await start('call');
  await p.setViewportSize({ width: 390, height: 844 });
  for (const nth of [0, 2, 1]) {
    await p.locator('[role=tab]').nth(nth).click();
    check(await p.locator('[role=tab]').nth(nth).getAttribute('aria-selected') === 'true', `tab ${nth} does not open`);
  }
}
