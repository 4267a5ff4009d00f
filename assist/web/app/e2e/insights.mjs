// The insights: figures with their meaning, the course of one, topics with their names, alerts, and the calls behind all of it.
import { reset as forget } from '../mock/insights.mjs';
import { check } from './walk.mjs';

export async function walk(w) {
  const zh = w.lang === 'zh', b = (en, cn) => (zh ? cn : en), reset = q => { forget(); return fetch(`${w.mock.url}/mock/reset?lang=${w.lang}${q ?? ''}`); };
  await reset();
  let p = await w.open('/insights');
  await w.seen('.in-card');
  await w.look('insights');
  check(await p.locator('.rail a[href="/insights"]').count() === 1, 'nothing leads to the insights');
  await p.locator('.in-name').nth(1).focus();
  await w.seen('.in-meaning', b('resolved alone', '独立解决'));
  await w.axe('insights-meaning');
  await p.locator('.in-name').nth(1).blur();
  for (const [key, text] of [['2', b('claims', '售前')], ['3', b('Tom Baker', '王敏')], ['5', b('opening hours', '营业时间')]]) { await p.locator('h1').click(); await p.keyboard.press(key); await w.seen('.in-table tbody th', text); }
  await p.locator('.in-by button').first().click();
  await w.seen('.in-chart circle');
  const course = p.locator('section[aria-labelledby="in-course"]');
  await course.locator('summary').click();
  check(await course.locator('tbody tr').count() === 28, 'four weeks are not 28 days');
  // A topic gets another name, which stays.
  await p.locator('.in-rename').first().click();
  await p.locator('.in-naming input').fill(b('Cards gone', '退货问题'));
  await p.locator('.in-naming button[type=submit]').click();
  await w.seen('.in-topic', b('Cards gone', '退货问题'));
  await p.locator('.in-alerts button').click();
  await p.waitForFunction(() => !document.querySelector('.in-alerts'));
  await w.seen('.in-topics td', b('quiet until', '静默至'));
  // The calls behind a figure.
  await p.locator('.in-value a').nth(1).click();
  await w.seen('.in-table tbody tr');
  await w.look('insights-calls');
  await p.locator('.in-which a').last().click();
  await p.waitForFunction(() => document.querySelectorAll('.in-table tbody tr').length === 12);
  await p.locator('.in-which a').first().click();
  await p.locator('.ant-btn-block').click();
  await p.waitForFunction(() => document.querySelectorAll('.in-table tbody tr').length === 130);
  await p.locator('h1').click();
  await p.keyboard.press('Escape');
  await w.seen('.in-card');
  // Another period, without calls, and an error.
  p = await w.open('/insights?from=2019-01-01&to=2019-01-07');
  await w.seen('.state', b('No calls in this period', '此时段没有来电'));
  await w.look('insights-empty');
  await p.locator('.state .ant-btn').click();
  await w.seen('.in-card');
  check(new URL(p.url()).searchParams.get('from') > '2020', `90 days begin at ${p.url()}`);
  w.mock.state.fail = '/api/insights';
  p = await w.open('/insights');
  await w.seen('.state[role=alert]');
  w.mock.state.fail = '';
  await p.locator('.state .ant-btn-primary').click();
  await w.seen('.in-card');
  for (const [width, height, theme] of [[390, 844, 'light'], [1280, 860, 'dark']]) { await w.open('/insights', { width, height, theme }); await w.seen('.in-topic'); await w.look('insights', { zoom: width > 600 }); }
  p = await w.open('/insights/calls?figure=containment', { width: 390, height: 844 });
  await w.seen('.in-table tbody tr');
  check(await p.locator('.in-calls td').nth(3).evaluate(td => td.clientWidth) > 250, 'on a phone the calls behind a figure are columns of a character');
  await w.look('insights-calls', { zoom: false });
  await reset('&role=agent');
  await w.open('/insights');
  await w.seen('.state', b('may not see', '没有查看权限'));
}
