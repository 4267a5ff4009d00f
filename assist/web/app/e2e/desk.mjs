// The desk, button by button: ring, accept, talk, cards, hold, mute, transfer, keypad, search, notes, wrap up; again as a
// chat; after a lost line, a reload and a refused microphone.
import { check, fault } from './walk.mjs';

export async function walk(w) {
  const zh = w.lang === 'zh', m = w.mock, b = (en, cn) => (zh ? cn : en);
  const ready = async (kind = 'call', o) => {
    m.desk.reset(w.lang, kind);
    await w.open('/desk', o);
    await w.page.locator('.idle .ant-btn-primary').click();
    await w.did('PUT', /^\/state$/, 'ready');
    await w.seen('.ring-card');
  };
  const press = (name, exact = true) => w.page.getByRole('button', { name, exact }).first().click();

  m.desk.reset(w.lang);
  let p = await w.open('/desk');
  await w.seen('.idle');
  await w.look('desk-idle');
  await press(b('Test the microphone', '测试麦克风'));
  await p.waitForFunction(() => document.querySelectorAll('.level i.on').length > 0);
  await press(b('Stop the test', '停止测试'));
  for (const s of await p.locator('.devices .ant-switch').all()) { await s.click(); await s.click(); }
  for (const s of await p.locator('.devices .ant-btn-link').all()) await s.click();
  await p.locator('.presence').click();
  await p.locator('.ant-dropdown-menu-item').nth(2).click();
  await w.did('PUT', /^\/state$/, 'lunch');

  await ready();
  await w.look('desk-ringing');
  await w.seen('.presence', b('Ringing', '来电振铃'));
  // What is known has its name in the language of the page, and shows the turn it was said in.
  p = w.page;
  const slot = (where, name) => w.page.locator(`${where} .slots div`, { has: p.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).first();
  if (!zh) check(/^\[.*••42\]/.test(await slot('.ring-card', 'Card').locator('dd').textContent()), 'the masked card is not as it was masked');
  await slot('.ring-card', b('Day', '哪天')).locator('button').click();
  await p.locator('.ring-said .shown', { hasText: b('this morning', '上个星期') }).waitFor();
  await press(new RegExp(b('Decline', '拒绝')), false);
  await w.did('POST', /decline$/);
  await w.seen('.idle');

  await ready();
  p = w.page;
  const title = await p.title();
  check(/\(1\)/.test(title), `the title does not say that it rings: ${title}`);
  await p.goto(`${m.url}/calls`);
  await w.seen('.ringing-bar');
  await p.locator('.ringing-bar button').click();
  await w.seen('.ring-card');
  await p.keyboard.press('Enter');
  await w.did('POST', /accept$/);
  await w.seen('.in-call');
  m.desk.emit('partial', { who: 'caller', text: b('And then', '然后'), start_s: 9999, lang: w.lang }); // later than any turn, so that it stays
  await w.seen('.turn.partial');
  await w.seen('.card .card-text');
  await w.seen('.notice.critical');
  check(await p.locator('[role=status].sr').first().textContent() !== '', 'the alert was not announced');
  await w.look('desk-call');

  // What the caller says now is known at once.
  await slot('.who-column', b('Amount', '金额')).locator('button', { hasText: b('35 euros', '十二块') }).click();
  await p.locator('.turn.shown', { hasText: b('35 euros', '十二块') }).waitFor();

  // Cards keep their place while they are read.
  const first = p.locator('.card').first();
  await first.hover();
  const before = await first.getAttribute('id'), y = (await first.boundingBox()).y;
  m.desk.emit('card', { id: 'late', kind: 'step', title: b('A late card', '晚到的卡片'), text: b('Ask for the address.', '询问地址。'), priority: 1, at_s: 60, turn: 6 });
  await w.seen('.held');
  check(await p.locator('.card').first().getAttribute('id') === before, 'a new card went under the cursor');
  await p.keyboard.press('n');
  await w.seen('#card-late');
  await p.mouse.move(300, 400);
  check(y > 0, 'no card');
  m.desk.emit('card', { id: 'flood-unsure', kind: 'answer', title: b('Opening hours', '营业时间'), text: '9–17', score: 0.07, priority: 1, at_s: 60 });
  await w.seen('#card-flood-unsure.unsure .card-head', b('May fit', '可能相关'));
  await w.seen('#card-flood-unsure .card-head', '7%');
  m.desk.emit('card_gone', { id: 'flood-unsure', why: 'superseded' });
  for (let i = 0; i < 12; i++) m.desk.emit('card', { id: `flood${i}`, kind: 'step', title: `${i}`, text: 'x'.repeat(i === 3 ? 5000 : 10), priority: 1, at_s: 60 });
  await p.waitForFunction(() => document.querySelectorAll('.card kbd').length >= 9).catch(() => fault('cards lost their numbers in the flood'));
  for (let i = 0; i < 12; i++) m.desk.emit('card_gone', { id: `flood${i}`, why: 'superseded' });
  await p.waitForFunction(() => !document.querySelector('[id^=card-flood]'));

  // Making good: at once up to the ceiling, above it a supervisor is asked.
  await p.locator('.offer-money input').first().fill('30');
  await p.locator('.offer-money .ant-btn').click();
  await w.did('POST', /compensation$/, '30');
  await w.seen('.grants li', b('a supervisor is asked', '已请示主管'));
  await p.locator('.offer-money input').first().fill('5000');
  check(await p.locator('.offer-money .ant-btn').isDisabled(), 'more than anybody may grant can be offered');
  await p.locator('.offer-money input').first().fill('');

  // Hostile text stays text.
  m.desk.emit('turn', { n: 50, who: 'caller', text: '<img src=x onerror=alert(1)> **b** ‮abc 👍', lang: w.lang, start_s: 70, end_s: 72 });
  await w.seen('.turn .said', '<img src=x');
  check(await p.locator('.turn img').count() === 0, 'a turn was rendered as HTML');

  // Who had the call before is named; "you" is who looks.
  m.desk.emit('turn', { n: 51, who: 'agent', by: 'p2', name: b('Tom Baker', '周晓'), text: b('said by the colleague before', '前一位同事说的话'), lang: w.lang, start_s: 73, end_s: 74 });
  m.desk.emit('turn', { n: 52, who: 'agent', by: 'p1', name: 'Jana', text: b('said by me', '我说的话'), lang: w.lang, start_s: 75, end_s: 76 });
  for (const [said, who] of [[b('said by the colleague before', '前一位同事说的话'), b('Tom Baker', '周晓')], [b('said by me', '我说的话'), b('You', '我')]]) {
    await w.seen('.turn .said', said);
    check(await p.locator('.turn', { hasText: said }).locator('.who').textContent() === who, `"${said}" is not ${who}'s`);
  }
  await w.shot('desk-two-agents');

  await p.evaluate(() => { document.activeElement?.blur?.(); });
  await p.waitForTimeout(400);
  await p.keyboard.press('2');
  check(await p.locator('.card.marked kbd').first().textContent() === '2', 'a number does not mark its card');
  await p.keyboard.press('ArrowDown');
  await p.keyboard.press('ArrowUp');
  await p.keyboard.press('Tab');
  await w.did('POST', /cards\/.+$/, 'used');
  await p.keyboard.press('Escape');
  await w.did('POST', /cards\/.+$/, 'dismissed');
  await p.keyboard.press('-');
  await w.did('POST', /cards\/.+$/, 'muted');
  await p.locator('.card').last().getByRole('button', { name: b('Helpful', '有帮助'), exact: true }).click();
  await w.did('POST', /cards\/.+$/, 'helpful');
  await p.locator('.card').last().getByRole('button', { name: b('Dismiss', '忽略'), exact: true }).click();
  await w.did('POST', /cards\/.+$/, 'dismissed');
  await p.locator('.notice summary').first().click();
  await p.locator('.notice .reasons button').first().click();
  await p.locator('.turn.shown').first().waitFor();

  for (const [key, path] of [['h', /hold$/], ['h', /hold$/], ['m', /mute$/], ['m', /mute$/], ['r', /recording$/], ['r', /recording$/]]) { await p.keyboard.press(key); await w.did('POST', path); }
  await p.locator('.desk-do button').nth(0).click(); await w.did('POST', /hold$/);
  await p.locator('.desk-do button').nth(0).click(); await w.did('POST', /hold$/);
  await p.locator('.desk-do button').nth(1).click(); await w.did('POST', /mute$/);
  await p.locator('.desk-do button').nth(1).click(); await w.did('POST', /mute$/);
  await p.keyboard.press('k');
  await p.locator('.keypad button').nth(4).click();
  await w.did('POST', /dtmf$/, '5');
  await p.keyboard.press('#');
  await w.did('POST', /dtmf$/, '#');
  await p.keyboard.press('k');
  await p.keyboard.press('/');
  await p.keyboard.type(b('fee', '退款'));
  await w.seen('.hits h3');
  await w.axe('desk-search');
  await w.shot('desk-search');
  await p.keyboard.press('Escape');
  await p.locator('#desk-notes').fill(b('calls back on Monday', '周一回电'));
  await w.did('POST', /notes$/);
  await w.seen('.note-state', '✓');
  await p.locator('.checklist .ant-checkbox-input').last().click();
  await w.did('POST', /checklist\//, 'true');
  await identity(w, b);

  // Transfers: speak first, everybody together, back, and at last at once.
  await p.locator('.desk-head').click({ position: { x: 5, y: 5 } });
  await p.keyboard.press('t');
  await w.seen('.targets label');
  await w.axe('desk-transfer');
  await w.shot('desk-transfer');
  await p.locator('.targets input').first().check();
  await p.locator('.dialog-foot .ant-btn-primary').click();
  await w.did('POST', /transfer$/, 'warm');
  await w.seen('.consult');
  await p.locator('.consult button').nth(1).click(); await w.did('POST', /transfer\/merge$/);
  m.desk.act('POST', `/calls/${m.desk.call.call}/transfer`, { kind: 'warm', to: 'ag-2' });
  await w.seen('.consult');
  await p.locator('.consult button').nth(2).click(); await w.did('POST', /transfer\/cancel$/);

  // The line is lost: a quiet bar, and what was missed comes by itself.
  await p.evaluate(() => { window.mark = 1; });
  await fetch(`${m.url}/mock/drop`);
  await w.seen('.reconnect:not([hidden])');
  m.desk.emit('turn', { n: 60, who: 'caller', text: b('said while the line was down', '断线时说的话'), lang: w.lang, start_s: 90, end_s: 92 });
  await w.seen('.turn .said', b('said while the line was down', '断线时说的话'));
  check(await p.evaluate(() => window.mark === 1), 'the page was loaded again');
  m.desk.emit('banner', { part: 'asr', state: 'down', text: b('6 s behind', '滞后 6 秒') });
  await w.seen('.partial-note');
  m.desk.emit('banner', { part: 'asr', state: 'up', text: '' });
  await p.waitForFunction(() => !document.querySelector('.partial-note'));

  // Loaded again in the middle of the call: everything is there, and the sound is connected again.
  m.desk.answers = [];
  await p.reload();
  await w.seen('.in-call .turn');
  await w.did('POST', /media$/);
  await p.keyboard.press('?');
  await w.seen('.keys-list');
  await w.axe('desk-keys');
  await w.shot('desk-keys');
  await p.keyboard.press('Escape');
  await p.waitForFunction(() => !document.querySelector('.ant-modal-wrap:not([style*="display: none"])'));

  await p.locator('.desk-do .ant-btn-dangerous').click();
  await p.locator('.desk-do .ant-btn-dangerous').click();
  await w.did('POST', /\/end$/);
  await wrapup(w, b);
  await chat(w, ready, b);
  await cutOff(w, ready, b);
  await narrow(w, ready);
  await troubles(w, ready, b);
}

// identity: somebody who only says who they are, found out by the agent, by keypad, or as one of those they may be.
async function identity(w, b) {
  const p = w.page, d = w.mock.desk, c = d.call, was = c.caller;
  const show = who => { c.caller = { ...was, ...who }; c.code = null; d.emit('call', { ...c, turns: undefined, cards: undefined }); };
  const maybe = [{ id: 'cus-1', name: b('Mei Lin', '林美') }, { id: 'cus-2', name: b('Jonathan Alexander Featherstonehaugh', '欧阳慕容') }];
  c.continues = 'c3';
  show({ id: '', name: '', identity: { state: 'unknown' }, given: { name: b('Mei', '小美'), contact: 'mei.lin.with.a.long.address@mail.example' }, maybe });
  await w.seen('.given', 'mei.lin');
  check(await p.locator('.links a[href="/calls/c3"]').count() === 1, 'the earlier conversation is not linked');
  await w.look('desk-identity');
  await p.locator('.identity .ant-btn').nth(1).click(); await w.did('POST', /identity$/, 'failed');
  await w.seen('.identity .tag.alert');
  show({ identity: { state: 'unknown' } });
  await w.seen('.identity .ant-btn + .ant-btn');
  await p.locator('.identity .ant-btn').first().click(); await w.did('POST', /identity$/, 'verified');
  await w.seen('.identity .tag.good');
  show({ id: '', identity: { state: 'unknown' }, maybe });
  await p.locator('.maybe .ant-btn').nth(1).click(); await w.did('POST', /identity$/, 'cus-2');
  show({ identity: { state: 'unknown' } });
  await p.locator('.check .ant-btn').click();
  await w.did('POST', /code$/);
  await w.seen('.check [role=status]', b('4 digits', '4 位'));
  check(await p.locator('.check .ant-btn').count() === 0, 'a code can be asked for twice at once');
  await w.seen('.identity .tag.good');
  await w.look('desk-keyed');
}

// cutOff: the caller hangs up while the agent types: what is still typed neither saves the wrap-up nor leads anywhere, and the notes are there.
async function cutOff(w, ready, b) {
  await ready('chat');
  const p = w.page, d = w.mock.desk;
  await p.keyboard.press('Enter');
  await w.seen('#desk-reply');
  await p.locator('#desk-notes').click();
  await p.keyboard.type(b('rings on Monday', '周一再打来'));
  d.answers = [];
  await p.locator('#desk-reply').click();
  await p.keyboard.type('One mom');
  d.finish();
  do await p.keyboard.type('m'); while (await p.locator('.wrap').count() === 0); // without a pause, however long the page takes
  await p.keyboard.type('ent');
  await p.keyboard.press('Enter');
  await p.waitForTimeout(300); // a request that must not be sent would have been by now
  check(!d.answers.some(a => /wrapup/.test(a.path)), 'a key for the reply ended the wrap-up');
  check(await p.locator('#wrap-notes').inputValue() === b('rings on Monday', '周一再打来'), 'the notes of the call are lost');
  // The time to write is over: what is written is kept, and said so.
  await p.locator('#wrap-notes').fill(b('rings on Tuesday', '周二再打来'));
  d.me = { state: 'wrapup', since: new Date().toISOString(), until: new Date(Date.now() + 300_000).toISOString() };
  d.state();
  await w.seen('.wrap .faint', b('Ready again', '自动恢复就绪'));
  d.set('ready');
  d.state();
  await w.seen('.wrap .partial-note');
  await w.did('PUT', /wrapup$/, b('Tuesday', '周二'));
  await w.look('desk-wrapup-late');
}

async function wrapup(w, b) {
  const p = w.page;
  await w.seen('.wrap');
  await w.seen('.after .turn');
  await w.look('desk-wrapup');
  await p.locator('.turn-link').first().click();
  await p.locator('.turn.shown').first().waitFor();
  await p.locator('.edit-line textarea').first().fill(b('Edited reason', '改过的原因'));
  await p.locator('.add-line').first().click();
  await p.locator('.edit-line .remove').first().click();
  await p.locator('.outcomes label').nth(1).click();
  await p.locator('.ticket-field input').first().fill('');
  await p.locator('.wrap h1').click();
  await p.keyboard.press('Enter');
  await w.seen('.wrap-missing', b('Card', '订单'));
  check(await p.evaluate(() => document.activeElement?.getAttribute('aria-invalid')) === 'true', 'the focus is not on the field that is missing');
  check(!w.mock.desk.answers.some(a => /wrapup/.test(a.path)), 'a ticket that lacks a field was saved');
  await w.look('desk-wrapup-missing');
  await p.locator('.wrap footer .ant-btn').nth(1).click();
  const draft = await w.did('PUT', /wrapup$/, b('Edited reason', '改过的原因'));
  check(!draft?.body?.ticket, 'a ticket that lacks a field was sent');
  await w.seen('.wrap-kept', b('still needs: Card', '还缺：订单'));
  await w.look('desk-wrapup-kept');
  await p.locator('.ticket-field input').first().fill('42');
  check(await p.locator('.wrap-missing').count() === 0, 'what is there is still said to be missing');
  await p.locator('.wrap footer .ant-btn').nth(1).click();
  const whole = await w.did('PUT', /wrapup$/, b('Edited reason', '改过的原因'));
  check(whole?.body?.ticket, 'the ticket was not sent once it was complete');
  await w.seen('.wrap-kept', b('Saved.', '已保存'));
  await p.locator('.wrap h1').click();
  await p.keyboard.press('Enter');
  await w.did('PUT', /wrapup$/);
  await w.did('POST', /wrapup\/done$/);
  await w.seen('.idle');
}

async function chat(w, ready, b) {
  await ready('chat');
  await w.page.keyboard.press('Enter');
  await w.did('POST', /accept$/);
  await w.seen('.reply-form');
  const p = w.page;
  await w.seen('.card.answer');
  await p.waitForTimeout(500);
  await p.locator('.card.answer .card-do button').first().click();
  await w.did('POST', /cards\//, 'used');
  check(await p.locator('#desk-reply').inputValue() !== '', 'the card did not go into the reply');
  await w.look('desk-chat');
  await p.locator('#desk-reply').press('Enter');
  await w.did('POST', /message$/);
  await p.locator('#desk-reply').fill(b('second', '第二条'));
  await p.locator('.reply-form button').click();
  await w.did('POST', /message$/, b('second', '第二条'));
  await p.getByRole('button', { name: b('Back to the bot', '交还机器人') }).click();
  await w.did('POST', /to_bot$/);
  await w.seen('.wrap');
}

async function narrow(w, ready) {
  await ready('call', { width: 390, height: 844 });
  await w.look('desk-ringing', { zoom: false });
  await w.page.locator('.ring-card footer .ant-btn-primary').click();
  await w.seen('.desk-tabs');
  await w.page.waitForTimeout(2600);
  await w.look('desk-call', { zoom: false });
  for (const i of [2, 0]) { await w.page.locator('[role=tab]').nth(i).click(); await w.look(`desk-tab${i}`, { zoom: false }); }
  await w.page.locator('[role=tab]').first().press('ArrowRight');
  check(await w.page.locator('[role=tab]').nth(1).getAttribute('aria-selected') === 'true', 'arrows do not move between the tabs');
  await w.page.keyboard.press('Shift+E'); await w.page.keyboard.press('Shift+E');
  await w.seen('.wrap');
  await w.look('desk-wrapup', { zoom: false });
  await ready('call', { theme: 'dark' });
  await w.look('desk-ringing');
  await w.page.keyboard.press('Enter');
  await w.seen('.notice.critical');
  await w.seen('.card');
  await w.look('desk-call');
}

// troubles: somebody else was faster, the microphone is refused.
async function troubles(w, ready, b) {
  // slowly: what gives a call away is asked for once, however often somebody presses while the server takes its time.
  const slowly = async () => {
    const sent = [], press = async (key, path) => {
      await w.page.route(path, async r => { sent.push(r.request().url()); await new Promise(done => { setTimeout(done, 700); }); await r.continue(); });
      for (let i = 0; i < 4; i++) await w.page.keyboard.press(key); // ending is confirmed by the second
    };
    await ready();
    await press('d', '**/decline');
    await w.did('POST', /decline$/);
    await ready();
    await w.page.keyboard.press('Enter');
    await w.seen('.in-call');
    await press('Shift+E', '**/end');
    await w.did('POST', /end$/);
    await w.seen('.wrap');
    check(sent.length === 2, `pressed on while it was slow, ${sent} were asked for`);
  };
  w.mock.state.parts = { events: 'ok', recognition: 'failed', disk: 'degraded' };
  await ready();
  await w.seen('.bars .partial-note', b('free disk space, speech recognition', '磁盘空间、语音识别'));
  await w.page.keyboard.press('Enter');
  await w.seen('.in-call');
  const below = await w.page.evaluate(() => document.querySelector('.desk').getBoundingClientRect().bottom - innerHeight);
  check(below <= 1, `what is said to be missing pushes the desk out of sight by ${below} px`);
  await w.look('desk-degraded');
  w.mock.state.parts = undefined;
  await ready();
  w.mock.desk.emit('offer_gone', { id: w.mock.desk.offer.id, why: 'caller_left' });
  await w.seen('.idle [role=status]', b('hung up', '挂断'));
  await slowly();
  // An agent who may not open the knowledge finds no link that leads nowhere.
  const roles = w.mock.state.roles;
  w.mock.state.roles = ['agent'];
  await ready();
  await w.page.keyboard.press('Enter');
  await w.seen('.card.answer .card-foot');
  check(await w.page.locator('.card a').count() === 0, 'a card leads to a page that this person may not see');
  w.mock.state.roles = roles;
  w.mock.desk.reset(w.lang);
  await w.open('/desk');
  w.mock.desk.set('away', 'connection lost'); // by the server, not by choice
  w.mock.desk.state();
  await w.seen('.presence', b('cut off', '通话中断'));
  await w.seen('.idle .trouble', b('cut off from your call', '您的通话中断'));
  await ready();
  await w.page.evaluate(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')); });
  await w.page.keyboard.press('Enter');
  await w.seen('.ring-card .trouble', b('blocked', '禁止'));
  await w.look('desk-refused');
  const accepted = w.mock.desk.answers.some(a => /accept$/.test(a.path));
  if (accepted) fault('a call was accepted without a microphone');
}
