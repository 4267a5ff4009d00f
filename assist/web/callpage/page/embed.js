// Puts a call button on a page of another site:
//   <script src="https://HOST/embed.js" data-line="LINE" data-lang="en" data-label="Call us" async></script>
// data-customer="TOKEN" says who the visitor is, signed by the site's own server; it goes no further than the frame.
// The site must be one that the service allows; elsewhere the frame stays empty.
(() => {
  'use strict';
  const me = document.currentScript;
  if (!me) return;
  const base = new URL(me.src);
  const set = me.dataset;
  const zh = (set.lang || document.documentElement.lang || navigator.language).toLowerCase().startsWith('zh');
  const say = zh ? { open: '给我们打电话', close: '关闭', live: '通话中', title: '通话' } : { open: 'Call us', close: 'Close', live: 'In call', title: 'Call' };
  const page = new URL('/call', base.origin);
  page.searchParams.set('embed', '1');
  page.searchParams.set('lang', zh ? 'zh' : 'en');
  if (set.line) page.searchParams.set('line', set.line);
  if (set.customer) page.hash = new URLSearchParams({ customer: set.customer }).toString(); // never sent with the address

  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { all: initial; display: flex; flex-direction: column; align-items: flex-end; gap: 8px; position: fixed; right: 16px; bottom: 16px; z-index: 2147483000; font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
    button { font: inherit; cursor: pointer; border: 0; border-radius: 24px; min-height: 48px; padding: 0 20px; background: #0b6b50; color: #fff; box-shadow: 0 2px 10px rgba(0, 0, 0, .3); }
    button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }
    section[hidden] { display: none; }
    iframe { display: block; width: min(390px, calc(100vw - 32px)); height: min(640px, calc(100vh - 96px)); border: 1px solid #d4dae1; border-radius: 16px; background: #f4f6f8; box-shadow: 0 4px 24px rgba(0, 0, 0, .3); }
  `);
  const host = document.createElement('div');
  const root = host.attachShadow({ mode: 'closed' });
  root.adoptedStyleSheets = [style];
  const panel = document.createElement('section');
  panel.hidden = true;
  const toggle = document.createElement('button');
  toggle.type = 'button';
  const label = set.label || say.open;
  root.append(panel, toggle);

  let frame = null;
  let live = false;
  const draw = () => {
    toggle.textContent = !panel.hidden ? say.close : live ? say.live : label;
    toggle.setAttribute('aria-expanded', String(!panel.hidden));
  };
  toggle.addEventListener('click', () => {
    panel.hidden = !panel.hidden;
    if (!panel.hidden && !frame) {
      frame = Object.assign(document.createElement('iframe'), { src: page.href, title: say.title, allow: 'microphone; autoplay' });
      panel.append(frame);
    } else if (panel.hidden && frame && !live) { // a call goes on while its frame is hidden
      frame.remove();
      frame = null;
    }
    draw();
  });
  addEventListener('message', (e) => {
    if (!frame || e.source !== frame.contentWindow || e.origin !== base.origin || !e.data || typeof e.data.parley !== 'string') return;
    live = ['asking', 'connecting', 'incall', 'reconnecting'].includes(e.data.parley);
    draw();
  });
  draw();
  (document.body || document.documentElement).append(host);
})();
