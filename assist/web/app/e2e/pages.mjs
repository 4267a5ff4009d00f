// Sign-in, calls, live and settings, button by button.
import { check } from './walk.mjs';

export async function walk(w) {
  const zh = w.lang === 'zh', m = w.mock, b = (en, cn) => (zh ? cn : en);
  const reset = q => fetch(`${m.url}/mock/reset?lang=${w.lang}${q ?? ''}`);
  await door(w, reset, b);
  await calls(w, reset, b);
  await live(w, reset, b);
  await settings(w, reset, b);
  await states(w, reset, b);
}

async function door(w, reset, b) {
  const m = w.mock;
  await reset('&out=1');
  let p = await w.open('/desk');
  await w.seen('input#login, #login');
  await w.look('sign-in');
  await p.locator('#login').fill('jana'); await p.locator('#password').fill('nope');
  await p.locator('button[type=submit]').click();
  await w.seen('.ant-alert', b('not right', '不正确'));
  await p.locator('.ant-btn-link').last().click();
  await w.seen('#token');
  await p.locator('.ant-btn-link').last().click();
  await p.locator('#login').fill('gone'); await p.locator('#password').fill('correct horse');
  await p.locator('button[type=submit]').click();
  await w.seen('.ant-alert', b('is disabled', '已停用'));
  await p.locator('#login').fill('jana'); await p.locator('#password').fill('correct horse');
  await p.locator('button[type=submit]').click();
  await w.seen('.shell');
  for (const theme of ['dark']) { await reset('&out=1'); await w.open('/', { theme }); await w.seen('#login'); await w.look('sign-in'); }
  await reset('&first=1');
  p = await w.open('/welcome?token=good');
  await w.seen('#again');
  await w.look('welcome');
  await p.locator('#name').fill('Ada'); await p.locator('#login').fill('ada'); await p.locator('#password').fill('correct horse battery'); await p.locator('#again').fill('other');
  await p.locator('button[type=submit]').click();
  await w.seen('.ant-form-item-explain-error', b('differ', '不一致'));
  await p.locator('#again').fill('correct horse battery');
  await p.locator('button[type=submit]').click();
  await w.seen('.shell');
  await reset('&first=1'); // somebody is invited before there is an admin: the login is theirs
  p = await w.open('/welcome?login=wei%40example.com&token=good');
  await w.seen('#again');
  check(await p.locator('#login').count() === 0 && await p.locator('input[readonly]').inputValue() === 'wei@example.com', 'who is invited is asked for a login');
  await w.look('invited');
  await w.open('/welcome?token=bad');
  await w.page.locator('#name').fill('A'); await w.page.locator('#login').fill('a'); await w.page.locator('#password').fill('correct horse battery'); await w.page.locator('#again').fill('correct horse battery');
  await w.page.locator('button[type=submit]').click();
  await w.seen('h1', b('does not work', '失效'));

  // Somebody is disabled: the page they have open leaves by itself.
  await reset();
  p = await w.open('/desk');
  await w.seen('.desk');
  w.mock.state.signedIn = false;
  m.desk.emit('barred', {});
  await p.waitForURL(/\/signin\?failed=disabled$/);
  await w.seen('.ant-alert', b('is disabled', '已停用'));

  // The session ends in the middle: the page stays, and goes on after signing in.
  await reset();
  p = await w.open('/calls/c3');
  await w.seen('.one-call .turn');
  w.mock.state.signedIn = false;
  // Whichever request is refused first asks to sign in, over the page: the link may be under that by now.
  await p.locator('.row-call a').nth(5).evaluate(el => el.click());
  await w.seen('.ant-modal #login');
  await w.axe('expired');
  await p.locator('#login').fill('jana'); await p.locator('#password').fill('correct horse');
  await p.locator('.ant-modal button[type=submit]').click();
  await p.waitForFunction(() => !document.querySelector('.ant-modal #login'));

  // Somebody else who signs in over it begins with a page of their own.
  await p.evaluate(() => { window.before = true; });
  Object.assign(w.mock.state, { signedIn: false, me: 'p3' });
  await p.locator('.row-call a').nth(4).evaluate(el => el.click());
  await w.seen('.ant-modal #login');
  await p.locator('#login').fill('jana'); await p.locator('#password').fill('correct horse');
  await p.locator('.ant-modal button[type=submit]').click();
  await p.waitForFunction(() => !window.before && document.querySelector('.one-call .turn'));
  w.mock.state.me = undefined;
  await p.reload();
  await w.seen('.one-call .turn');

  // Shell: language, theme, alerts, keys, person.
  await p.keyboard.press('Shift+L'); await p.keyboard.press('Shift+L');
  await p.locator('.top .tool').nth(1).click(); await p.locator('.top .tool').nth(1).click();
  await p.locator('.top .tool').nth(2).click(); await p.locator('.top .tool').nth(2).click(); await p.locator('.top .tool').nth(2).click();
  await p.locator('.top .tool').nth(0).click();
  await w.seen('.ant-popover');
  await p.locator('.keys-tool').click();
  await w.seen('.keys-list');
  await p.keyboard.press('Escape');
  await p.waitForFunction(() => !document.querySelector('.ant-modal-wrap:not([style*="display: none"])'));
  await p.keyboard.press('g'); await p.keyboard.press('l');
  await p.waitForURL(/\/live$/);
  await p.locator('.top-search input').fill('Mei'); await p.locator('.top-search input').press('Enter');
  await p.waitForURL(/\/calls\?q=Mei/);
  check(await p.locator('#calls-q').inputValue() === 'Mei', 'the search of the top bar does not reach the calls');
  await p.locator('.person').click();
  await p.locator('.ant-dropdown-menu-item').last().click();
  await w.seen('#login');
}

async function calls(w, reset, b) {
  await reset();
  let p = await w.open('/calls');
  await w.seen('.row-call.running');
  await w.look('calls-list');
  await p.keyboard.press('j');
  await w.seen('.one-call .turn.partial');
  await p.locator('.row-call a').nth(2).click();
  await w.seen('.fall');
  await w.seen('.why .mono', 'bank/lost-card');
  await p.waitForFunction(() => document.querySelector('.play')?.disabled === false);
  await w.look('calls-one');
  await p.locator('.written > summary').click();
  check(await p.locator('.written > section').count() === 2, 'not everybody who had the call is listed');
  check(/afternoon|下午/.test(await p.locator('.written > section').first().locator('.written-sheet').first().textContent()), 'what was written down is not shown first');
  await p.locator('.written section summary').first().click();
  await w.look('calls-written');
  await vault(w, reset, b);
  p = await w.open('/calls/c3');
  await w.seen('.fall');
  await p.waitForFunction(() => document.querySelector('.play')?.disabled === false);
  await p.locator('.turn .at').nth(4).click();
  await w.seen('.turn.now');
  await p.locator('.call-head h1').click();
  await p.keyboard.press(' ');
  await p.waitForFunction(() => !document.querySelector('audio').paused);
  await p.locator('.play').click();
  await p.waitForFunction(() => document.querySelector('audio').paused);
  await p.keyboard.press('ArrowRight'); await p.keyboard.press('ArrowLeft');
  await p.locator('.player .tool').click();
  check(await p.evaluate(() => document.querySelector('audio').playbackRate) === 1.5, 'the speed did not change');
  await p.locator('.seek').fill('3');
  await p.locator('.call-bar > .tool[aria-pressed]').click();
  await p.waitForFunction(() => document.querySelectorAll('.transcript .mark').length === 1);
  await p.locator('.call-bar > .tool[aria-pressed]').click();
  await p.keyboard.press('/');
  await p.keyboard.type('13800');
  await p.waitForFunction(() => document.querySelectorAll('.row-call').length > 0 && [...document.querySelectorAll('.row-from')].every(x => x.textContent === '13800138000'));
  await p.keyboard.press('Escape');
  await p.locator('.calls-filter summary').click();
  await p.locator('.filter-grid .ant-select').first().click();
  await p.locator('.ant-select-item-option').nth(3).click();
  await w.seen('.calls-list .row-call.cut, .calls-list .pad');
  await p.locator('.filter-grid input[type=date]').first().fill('2026-01-02');
  await p.locator('.live-count .ant-btn').click();
  await p.waitForFunction(() => document.querySelectorAll('.row-call').length > 40);
  await p.locator('.calls-list > .ant-btn').click();
  await p.waitForFunction(() => document.querySelectorAll('.row-call').length > 90);
  await p.keyboard.press('Escape');
  for (const theme of ['light', 'dark']) {
    p = await w.open('/calls/c3', { width: 390, height: 844, theme });
    await w.seen('.fall');
    await w.look('calls-one', { zoom: false });
    await p.locator('.back-link').click();
    await w.seen('.row-call');
    await w.look('calls-list', { zoom: false });
  }
  await w.open('/calls/c3', { theme: 'dark' });
  await w.seen('.fall');
  await w.look('calls-one');
  await vault(w, reset, b);
  p = await w.open('/calls/c3');
  await w.seen('.fall');
  await p.waitForFunction(() => document.querySelector('.play')?.disabled === false);
}

// The vault of a call: by keyboard, with a reason, for admins alone.
async function vault(w, reset, b) {
  const p = w.page, reason = b('complaint 4711', '投诉4711'), say = '.original-reason input';
  await p.locator('.call-bar .tool[aria-haspopup=dialog]').focus();
  await p.keyboard.press('Enter');
  await w.seen(say);
  await p.waitForFunction(s => document.activeElement === document.querySelector(s), say);
  check(await p.locator('.ant-modal button[type=submit]').isDisabled(), 'the vault opens without a reason');
  await fetch(`${w.mock.url}/mock/no-key`);
  await p.keyboard.type(reason);
  await p.keyboard.press('Enter');
  await w.seen('.ant-modal [role=alert]', b('The key is not here', '缺少密钥'));
  await w.look('calls-vault-no-key');
  await fetch(`${w.mock.url}/mock/no-key?on=0`);
  await p.locator('.ant-modal button[type=submit]').click();
  await w.seen('.originals mark');
  await w.seen('.ant-modal .soft', reason);
  await w.look('calls-vault');
  await p.keyboard.press('Escape');
  await p.waitForFunction(() => !document.querySelector('.originals'));
  await p.locator('.call-bar .tool[aria-haspopup=dialog]').click(); // what was shown is gone, and so is the reason
  await w.seen(say);
  check(await p.locator(say).inputValue() === '', 'the vault keeps a reason');
  await p.locator('.ant-modal .original-foot button').first().click();
  await p.waitForFunction(s => !document.querySelector(s), say);
  await reset('&role=quality');
  await w.open('/calls/c3');
  await w.seen('.fall');
  check(await w.page.locator('.call-bar .tool[aria-haspopup=dialog]').count() === 0, 'the vault shows to somebody without the right');
  await reset();
}

async function live(w, reset, b) {
  await reset();
  let p = await w.open('/live');
  await w.seen('.live-row .curve');
  check((await p.locator('.live-nodes').innerText()).includes('1.3.2') && await p.getByText(b('The nodes run different versions: finish the upgrade.', '各节点版本不一致：请完成升级。')).isVisible(), 'nodes of two versions are not told');
  await w.look('live');
  check(await p.locator('.live-row').count() < 40, 'the rows of 60 calls are not virtual');
  const laid = await p.evaluate(() => { const tops = x => { const r = document.createRange(); r.selectNodeContents(x); return new Set([...r.getClientRects()].map(c => Math.round(c.top))).size; }; return {
    lines: new Set([...document.querySelectorAll('.figures > div')].map(x => x.offsetTop)).size, figures: document.querySelectorAll('.figures > div').length,
    broken: [...document.querySelectorAll('.live-who .faint, .live-levels thead th, .live-levels .keep')].filter(x => tops(x) > 1).map(x => x.innerText),
    tallest: Math.max(...[...document.querySelectorAll('.rows-box .live-row')].map(x => x.offsetHeight)),
  }; });
  check(laid.figures === 8 && laid.lines === 1 && laid.broken.length === 0 && laid.tallest < 100, `/live at 1280 px: ${JSON.stringify(laid)}`);
  await w.seen('.live-callbacks li', b('next try in', '后再试'));
  check(!/[a-z]\.[a-z]|sentiment/.test(w.lang === 'zh' ? await p.locator('.live-alerts').innerText() : ''), 'a reason of an alert names a variable');
  await p.keyboard.press('j'); await p.keyboard.press('j'); await p.keyboard.press('k');
  await w.seen('.live-row.here');
  await p.keyboard.press('/'); await p.keyboard.type('Tom 周'); await p.keyboard.press('Escape');
  await p.locator('.live-calls .field').fill('');
  await p.locator('.live-approvals input').fill('ok');
  await p.locator('.live-approvals .ant-btn-primary').click();
  await p.waitForFunction(() => !document.querySelector('.live-approvals'));
  await p.locator('.live-callbacks button').click();
  await p.waitForFunction(() => document.querySelectorAll('.live-callbacks li').length === 1);
  await w.seen('.live-levels .warn');
  check((await p.locator('.alert-said a').nth(1).getAttribute('href')) === '/calls/l3?turn=6', 'an alert does not lead to the moment it rests on');
  await w.seen('.alert-said a', b('I want to complain', '我要投诉'));
  await w.seen('.live-alerts .notice-more', b('calls for a supervisor', '需要主管介入'));
  await p.locator('.live-alerts > li .ant-btn-text').first().click();
  await p.waitForFunction(() => document.querySelectorAll('.live-alerts > li').length === 1);
  await p.locator('.live-alerts .ant-btn-primary').first().click();
  await w.seen('.listen-bar');
  await p.waitForFunction(() => document.querySelector('.listen-bar .ant-btn')?.disabled === false);
  await w.axe('live-listening');
  await p.locator('.listen-bar .ant-btn').nth(0).click();
  await p.waitForFunction(() => document.querySelector('.listen-bar .ant-btn')?.getAttribute('aria-pressed') === 'true');
  await p.locator('.listen-bar .ant-btn').nth(0).click();
  await p.locator('.listen-bar .ant-btn').nth(2).click();
  await p.waitForFunction(() => !document.querySelector('.listen-bar'));
  await p.locator('.live-row button').nth(3).click();
  await p.waitForFunction(() => document.querySelector('.listen-bar .ant-btn') && !document.querySelector('.listen-bar .ant-btn').disabled);
  await p.locator('.listen-bar .ant-btn').nth(1).click(); await p.locator('.listen-bar .ant-btn').nth(1).click();
  await p.waitForURL(/\/desk/);
  for (const [width, height, theme] of [[390, 844, 'light'], [1280, 860, 'dark']]) { await w.open('/live', { width, height, theme }); await w.seen('.live-row .curve'); await w.look('live', { zoom: width > 600 }); }
  for (const theme of ['light', 'dark']) {
    p = await w.open('/live?wall=1', { theme, width: 1280, height: 720 });
    await w.seen('.wall-figures');
    await w.look('wall');
    const size = await p.evaluate(() => parseFloat(getComputedStyle(document.querySelector('.wall-figures dd')).fontSize));
    check(size > 90, `the figures of the wallboard are ${size} px`);
  }
  await p.locator('.wall footer a').click();
  await w.seen('.live-row');
}

async function settings(w, reset, b) {
  await reset();
  let p = await w.open('/settings');
  await w.seen('.mine');
  await w.look('settings');
  await p.locator('.mine .ant-segmented').nth(1).locator('.ant-segmented-item').nth(2).click();
  await p.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  w.theme = 'dark';
  await w.look('settings');
  await p.locator('.mine .ant-btn', { hasText: '?' }).click();
  await w.seen('.keys-list');
  await p.keyboard.press('Escape');
  p = await w.open('/settings/rules');
  await w.seen('.rules-text');
  await p.locator('.rules-text').fill('!broken');
  await p.locator('.rules-try .ant-btn-primary').click();
  await w.seen('.rules-wrong', b('line 5: rule fruit: column 3: Syntax error', '第 5 行: 规则 fruit：第 3 列：条件的语法有误'));
  await p.locator('.rules-try .settings-do .ant-btn', { hasText: b('Back', '恢复') }).click();
  await p.locator('.rules-try .ant-btn-primary').click();
  await w.seen('.rules-firings li', 'your boss');
  await w.look('settings-rules');
  p = await w.open('/settings/people');
  await w.seen('.table tbody tr');
  await w.look('settings-people');
  await p.locator('.settings-do .ant-btn').click();
  await w.seen('.ant-modal #name');
  await w.axe('settings-add');
  await p.locator('#name').fill('Neu'); await p.locator('#login').fill('neu');
  await p.locator('.ant-modal button[type=submit]').click();
  await w.seen('td', 'Neu');
  await p.locator('tr', { hasText: 'Neu' }).getByRole('button', { name: new RegExp(b('Edit', '编辑')) }).click();
  await p.locator('#name').fill('Neuer');
  await p.locator('.ant-modal button[type=submit]').click();
  await w.seen('td', 'Neuer');
  await p.locator('tr', { hasText: 'Neuer' }).getByRole('button', { name: new RegExp(b('Invite', '邀请')) }).click();
  await w.seen('.invite-link code', 'welcome?login=');
  await p.locator('.invite-link .ant-btn').click();
  await p.locator('.ant-modal-footer .ant-btn').click();
  await p.waitForFunction(() => !document.querySelector('.ant-modal-wrap:not([style*="display: none"])'));
  const row = p.locator('tr', { hasText: 'Tom Baker' });
  await row.getByRole('button', { name: new RegExp(b('Disable', '停用')) }).click();
  await w.seen('.ant-modal-confirm', b('signed out at once', '立即退出登录'));
  await w.look('settings-disable');
  await p.locator('.ant-modal-confirm .ant-btn-dangerous').click();
  await w.seen('tr.disabled .tag', b('disabled', '已停用'));
  await w.look('settings-disabled');
  await row.getByRole('button', { name: new RegExp(b('Enable', '启用')) }).click();
  await p.waitForFunction(() => !document.querySelector('tr.disabled'));
  check(await p.locator('tr', { hasText: 'Jana' }).getByRole('button', { name: new RegExp(b('Disable', '停用')) }).count() === 0, 'people can disable themselves');
  await p.locator('tr', { hasText: 'Neuer' }).getByRole('button', { name: new RegExp(b('Remove', '移除')) }).click();
  await p.locator('.ant-modal-confirm .ant-btn-dangerous').click();
  await p.waitForFunction(() => document.querySelectorAll('.table tbody tr').length === 3);
  await p.getByRole('link', { name: b('Audit', '审计') }).click();
  await w.seen('.table td', b('looked at a call', '查看通话'));
  await w.look('settings-audit');
  await p.locator('.audit-pick').first().click();
  await p.locator('.ant-select-item-option', { hasText: 'Tom Baker' }).click();
  await p.waitForFunction(() => document.querySelectorAll('.table tbody tr').length === 1);
  await p.locator('.audit-pick').nth(1).click();
  await p.keyboard.type(b('listened', '收听'));
  await p.keyboard.press('Enter');
  await w.seen('#main p', b('No line matches', '没有相符的记录'));
  await w.open('/settings/people', { width: 390, height: 844 });
  await w.seen('.table tbody tr');
  await w.look('settings-people', { zoom: false });
}

// states: no right, an error with a way out, a page that is not there.
async function states(w, reset, b) {
  await reset('&role=knowledge');
  let p = await w.open('/live');
  await w.seen('.state', b('may not see', '没有查看权限'));
  check(await p.locator('.rail a[href="/settings"]').count() === 1 && await p.locator('.rail :is(a[href="/desk"], a[href="/live"], a[href="/calls"], a[href="/quality"], a[href="/insights"])').count() === 0, 'the rail shows more than the person may see');
  await w.look('no-right');
  await reset();
  w.mock.state.fail = '/api/calls';
  p = await w.open('/calls');
  await w.seen('.state[role=alert]');
  await w.look('failed');
  w.mock.state.fail = '';
  await p.locator('.state .ant-btn-primary').first().click();
  await w.seen('.row-call');
  p = await w.open('/calls/none');
  await w.seen('.state', b('not on record', '没有这通电话'));
  await p.goto(`${w.mock.url}/nowhere`);
  await w.seen('.state', b('no such page', '没有这个页面'));
  await w.look('no-page');
}
