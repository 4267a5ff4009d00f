// Chromium as the tests drive it: a fresh profile, a fake microphone, and every script error, CSP violation or failed
// request of a page ends in faults.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const executable = process.env.PARLEY_CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export async function launch(more = []) {
  const profile = mkdtempSync(path.join(tmpdir(), 'parley-pages-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable, headless: true, viewport: { width: 1280, height: 860 }, locale: 'en-GB', reducedMotion: 'reduce', permissions: ['microphone'],
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--mute-audio',
      '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', '--autoplay-policy=no-user-gesture-required', '--disable-features=WebRtcHideLocalIpsWithMdns', ...more],
  });
  await context.addInitScript(() => document.addEventListener('securitypolicyviolation', e => console.error(`policy: ${e.violatedDirective} ${e.target?.outerHTML?.slice(0, 300)}`)));
  // Nothing is ever on its way from one colour or place to another: what is measured is what stays.
  await context.addInitScript(() => {
    const still = new CSSStyleSheet();
    still.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important; }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  });
  const faults = [];
  const watch = page => {
    page.on('pageerror', e => faults.push(`${page.url()}: ${e.stack ?? e.message}`));
    page.on('console', m => { if (m.type() === 'error' && !/status of (401|404|409|403|422|500)/.test(m.text()) && !/ERR_(CONNECTION|INCOMPLETE|NETWORK|ABORTED|EMPTY)/.test(m.text())) faults.push(`${page.url()}: ${m.text()}`); });
  };
  context.on('page', watch);
  context.pages().forEach(watch);
  context.setDefaultTimeout(30000);
  return { context, faults, close: async () => { await context.close(); rmSync(profile, { recursive: true, force: true }); } };
}

// prefer sets language and theme before the page's scripts run.
export async function prefer(page, lang, theme = 'light') {
  await page.addInitScript(([l, t]) => { try { localStorage.setItem('parley.lang', l); localStorage.setItem('parley.theme', t); } catch { /* about:blank */ } }, [lang, theme]);
}
