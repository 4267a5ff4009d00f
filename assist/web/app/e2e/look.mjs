import { launch, prefer } from './browser.mjs';
import { serve } from '../mock/serve.mjs';
const [lang = 'en', theme = 'light', width = '1280', out = '/tmp/shots'] = process.argv.slice(2);
const m = await serve({ speed: 2 }); const b = await launch();
try {
  m.desk.reset(lang);
  const page = b.context.pages()[0]; await page.setViewportSize({ width: +width, height: +width < 600 ? 844 : 860 }); await prefer(page, lang, theme);
  const shot = n => page.screenshot({ path: `${out}/${n}-${lang}-${theme}-${width}.png` });
  await page.goto(m.url + '/desk'); await page.waitForSelector('.idle'); await shot('idle');
  await page.locator('.idle .ant-btn-primary').click(); await page.waitForSelector('.ring-card'); await page.waitForTimeout(300); await shot('ring');
  await page.keyboard.press('Enter'); await page.waitForSelector('.in-call'); await page.waitForTimeout(5500); await shot('call');
  await page.waitForTimeout(2500);
  if (+width < 600) { await page.locator('.ant-tabs-tab').nth(2).click(); await page.waitForTimeout(300); await shot('now'); await page.locator('.ant-tabs-tab').nth(0).click(); await page.waitForTimeout(300); await shot('who'); }
  else { await page.fill('.search-line input', 'fee'); await page.waitForTimeout(700); await shot('search'); await page.keyboard.press('Escape'); }
  await page.keyboard.press('Shift+E'); await page.keyboard.press('Shift+E'); await page.waitForSelector('.wrap'); await page.waitForTimeout(600); await shot('wrap');
} catch (e) { console.log(e.message); await b.context.pages()[0].screenshot({ path: out + '/fail.png' }); }
console.log(b.faults.join('\n')); await b.close(); m.close(); process.exit(0);
