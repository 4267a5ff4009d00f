// Which buttons, links and fields a walk saw, and which of them nobody ever used. Rows of a list count as one.
export class Pressed {
  constructor() { this.seen = new Map(); this.used = new Set(); }

  // watch follows every page of a browser.
  async watch(context) {
    await context.exposeFunction('parleySaw', all => { for (const [id, at] of all) if (!this.seen.has(id)) this.seen.set(id, at); });
    await context.exposeFunction('parleyUsed', id => { this.used.add(id); });
    await context.addInitScript(() => {
      const what = 'button, a[href], input, select, textarea, summary, [role=button], [role=tab], [role=menuitem], [role=option], [role=switch]';
      const own = c => [...c].filter(x => !/^(on|now|here|shown|fresh|marked|css-|ant-(btn-(loading|icon|default|color|variant|two|lg|sm)|focus))/.test(x)).join('.');
      const place = el => { for (let p = el.parentElement; p; p = p.parentElement) { const c = [...p.classList].find(x => !/^(ant-|css-)/.test(x)); if (c) return { p, name: `${p.tagName.toLowerCase()}.${c}` }; } return { p: document.body, name: 'body' }; };
      const id = el => {
        const { p, name } = place(el), rows = [...(p.closest('li, tr, [role=row]') ?? p).parentElement?.children ?? []].filter(x => x.tagName === (p.closest('li, tr, [role=row]') ?? p).tagName).length > 2;
        const label = (el.getAttribute('aria-label') ?? el.title ?? '') || el.innerText || el.placeholder || el.type || '';
        return `${location.pathname.replace(/\/(c|t|k|e|p|q|b|call-)[-\w]*\d[-\w]*/g, '/ID')} ${name} ${el.tagName.toLowerCase()}.${own(el.classList)}${rows ? '' : ` "${label.trim().replace(/\d+/g, '#').slice(0, 40)}"`}`;
      };
      const told = new Set();
      const look = () => {
        const fresh = [];
        for (const el of document.querySelectorAll(what)) {
          if (!el.checkVisibility?.({ visibilityProperty: true }) || el.disabled) continue;
          const i = id(el);
          if (!told.has(i)) { told.add(i); fresh.push([i, location.pathname]); }
        }
        if (fresh.length) window.parleySaw(fresh);
      };
      const use = e => { const el = e.target instanceof Element ? e.target.closest(what) ?? e.target.querySelector?.('input') : null; if (el) { look(); window.parleyUsed(id(el)); } };
      for (const kind of ['click', 'input', 'change']) addEventListener(kind, use, true);
      addEventListener('DOMContentLoaded', () => { look(); setInterval(look, 250); });
    });
  }

  // left lists what was seen and never used, by page.
  left() { return [...this.seen.keys()].filter(id => !this.used.has(id)).sort(); }
}
