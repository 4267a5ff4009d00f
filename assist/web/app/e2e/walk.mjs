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

  // axe reports what the rules of WCAG 2.2 AA find on the page. The page lives while it is looked at: what a second look
  // does not find was being drawn.
  async axe(where) {
    await this.page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))); // drawn
    await this.page.evaluate(axe); // through the debugger's own world: the policy of the page allows no foreign script
    let found = await this.violations();
    if (found.length > 0) {
      await this.page.waitForTimeout(500);
      const again = await this.violations();
      found = found.filter(f => again.some(x => x.key === f.key)).map(f => again.find(x => x.key === f.key));
    }
    for (const f of found) fault(`axe ${where} ${this.lang} ${this.theme}: ${f.text}`);
  }

  violations() {
    return this.page.evaluate(async () => {
      const r = await window.axe.run(document, { preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], rules: { region: { enabled: false } } });
      return r.violations.flatMap(v => v.nodes.map(n => ({ key: `${v.id} ${n.target.join(' ')}`, text: `${v.id} (${v.impact}): ${n.target.join(' ')} ${n.failureSummary?.split('\n').slice(1, 2).join('')}` })));
    });
  }

  // fits checks that nothing scrolls sideways, at this width and at 200 % zoom.
  async fits(where, { zoom = true } = {}) {
    const wide = () => this.page.evaluate(() => {
      const over = document.documentElement.scrollWidth - innerWidth, main = document.querySelector('#main, .wall-main, .doorway');
      const inner = main ? main.scrollWidth - main.clientWidth : 0;
      return Math.max(over, inner);
    });
    const size = this.page.viewportSize();
    // A page that is still being laid out is looked at again.
    const stays = async () => { for (let i = 0; i < 20; i++) { if (await wide() <= 1) return 0; await this.page.waitForTimeout(100); } return wide(); };
    let by = await stays();
    if (by > 1) fault(`${where} ${this.lang}: scrolls sideways at ${size.width} px by ${by}`);
    if (!zoom) return;
    // 200 % zoom is half the viewport in CSS pixels.
    await this.page.setViewportSize({ width: Math.max(320, Math.round(size.width / 2)), height: Math.round(size.height / 2) });
    await this.page.waitForTimeout(80);
    by = await stays();
    if (by > 1) fault(`${where} ${this.lang}: scrolls sideways at 200 % zoom (${size.width / 2} px) by ${by}`);
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
    try { await this.page.locator(selector, text ? { hasText: text } : undefined).first().waitFor({ timeout: 30000 }); return true; } catch { fault(`${selector} ${text ?? ''} (${this.lang}) was not shown at ${this.page.url()}; the page says: ${(await this.page.evaluate(() => document.body.innerText)).slice(0, 400)}`); return false; }
  }
  // did waits for the server to have got a request.
  async did(method, pattern, body) {
    for (let i = 0; i < 400; i++) {
      const a = this.mock.desk.answers.find(x => x.method === method && pattern.test(x.path) && (!body || JSON.stringify(x.body).includes(body)));
      if (a) { this.mock.desk.answers = this.mock.desk.answers.filter(x => x !== a); return a; }
      await new Promise(r => setTimeout(r, 50));
    }
    fault(`${method} ${pattern} ${body ?? ''} was not sent (${this.lang})`);
  }
}
