// What every walk needs: a page in a language and a theme, axe, zoom and overflow checks, pictures, and a record of which
// buttons were pressed.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { prefer } from './browser.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const faults = [];
export const fault = text => { faults.push(text); console.error(`FAULT ${text}`); };
export const check = (ok, text) => { if (!ok) fault(text); };

export class Walk {
  constructor(browser, mock, lang, shots) { Object.assign(this, { browser, mock, lang, shots, theme: 'light' }); }

  async open(url, { width = 1280, height = 860, theme = 'light' } = {}) {
    await this.page?.close();
    this.theme = theme;
    this.page = await this.browser.context.newPage();
    await this.page.setViewportSize({ width, height });
    await prefer(this.page, this.lang, theme);
    await this.page.goto(this.mock.url + url);
    return this.page;
  }

  // axe reports what the rules of WCAG 2.2 AA find on the page as it is now.
  async axe(where) {
    // The policy of the page allows no foreign script; axe is run through the debugger's own world instead.
    await this.page.evaluate(() => Promise.race([
      Promise.all(document.getAnimations().filter(a => a.effect?.getComputedTiming().iterations !== Infinity).map(a => a.finished.catch(() => {}))), new Promise(done => setTimeout(done, 1500)),
    ])); // a colour that is on its way is neither of the two
    await this.page.evaluate(axe);
    const found = await this.page.evaluate(async () => {
      const r = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: { region: { enabled: false } } });
      return r.violations.map(v => `${v.id} (${v.impact}): ${v.nodes.slice(0, 3).map(n => `${n.target.join(' ')} ${n.failureSummary?.split('\n').slice(1, 2).join('')}`).join(' | ')}`);
    });
    for (const f of found) fault(`axe ${where} ${this.lang} ${this.theme}: ${f}`);
  }

  // fits checks that nothing scrolls sideways, at this width and at 200 % zoom.
  async fits(where, { zoom = true } = {}) {
    const wide = () => this.page.evaluate(() => {
      const over = document.documentElement.scrollWidth - innerWidth, main = document.querySelector('#main, .wall-main, .doorway');
      const inner = main ? main.scrollWidth - main.clientWidth : 0;
      return Math.max(over, inner);
    });
    const size = this.page.viewportSize();
    if (await wide() > 1) fault(`${where} ${this.lang}: scrolls sideways at ${size.width} px by ${await wide()}`);
    if (!zoom) return;
    // 200 % zoom is half the viewport in CSS pixels.
    await this.page.setViewportSize({ width: Math.max(320, Math.round(size.width / 2)), height: Math.round(size.height / 2) });
    await this.page.waitForTimeout(120);
    if (await wide() > 1) fault(`${where} ${this.lang}: scrolls sideways at 200 % zoom (${size.width / 2} px) by ${await wide()}`);
    await this.page.setViewportSize(size);
    await this.page.waitForTimeout(80);
  }

  async shot(name) {
    if (!this.shots) return;
    await this.page.screenshot({ path: path.join(this.shots, `${name}-${this.lang}-${this.theme}-${this.page.viewportSize().width}.png`) });
  }

  // words checks that no word is missing in what is shown.
  async words(where) {
    const text = await this.page.evaluate(() => document.body.innerText);
    if (/undefined|\[object|NaN/.test(text)) fault(`${where} ${this.lang}: a word is missing: ${/.{0,40}(undefined|\[object|NaN).{0,40}/.exec(text)[0]}`);
  }

  async look(name, o) { await this.words(name); await this.axe(name); await this.fits(name, o); await this.shot(name); }

  button(name) { return this.page.getByRole('button', { name }); }
  async seen(selector, text) {
    try { await this.page.locator(selector, text ? { hasText: text } : undefined).first().waitFor({ timeout: 6000 }); return true; } catch { fault(`${selector} ${text ?? ''} (${this.lang}) was not shown at ${this.page.url()}; the page says: ${(await this.page.evaluate(() => document.body.innerText)).slice(0, 400)}`); return false; }
  }
  // did waits for the server to have got a request.
  async did(method, pattern, body) {
    for (let i = 0; i < 60; i++) {
      const a = this.mock.desk.answers.find(x => x.method === method && pattern.test(x.path) && (!body || JSON.stringify(x.body).includes(body)));
      if (a) { this.mock.desk.answers = this.mock.desk.answers.filter(x => x !== a); return a; }
      await new Promise(r => setTimeout(r, 50));
    }
    fault(`${method} ${pattern} ${body ?? ''} was not sent (${this.lang})`);
  }
}
