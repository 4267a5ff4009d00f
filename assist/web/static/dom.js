// Small helpers over the document. Text goes in as text nodes only, so nothing that was said can become markup.
export const $ = id => document.getElementById(id);

export function h(tag, props = {}, ...kids) {
  const el = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null || v === false) continue;
    if (k === 'class') el.className = v;
    else if (k === 'style') for (const [p, x] of Object.entries(v)) el.style.setProperty(p, x);
    else if (k.startsWith('on')) el.addEventListener(k.slice(2), v);
    else el.setAttribute(k, v === true ? '' : v);
  }
  el.append(...kids.flat(Infinity).filter(x => x !== undefined && x !== null && x !== false));
  return el;
}

export function svg(tag, props = {}, ...kids) {
  const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [k, v] of Object.entries(props)) el.setAttribute(k, v);
  el.append(...kids);
  return el;
}

// sync makes parent's children the built items, in order, and rebuilds only those whose signature changed.
export function sync(parent, items, {key, sig, build}) {
  const old = parent.built ??= new Map();
  const next = new Map();
  let at = parent.firstChild;
  for (const item of items) {
    const k = key(item), s = sig(item), had = old.get(k);
    let el = had?.el;
    if (!had || had.s !== s) {
      el = build(item);
      if (had) {
        const focused = had.el.contains(document.activeElement);
        if (at === had.el) at = el;
        had.el.replaceWith(el);
        if (focused) el.querySelector('a, button')?.focus({preventScroll: true});
      }
    }
    if (el !== at) parent.insertBefore(el, at);
    else at = at.nextSibling;
    next.set(k, {el, s});
    old.delete(k);
  }
  for (const {el} of old.values()) el.remove();
  parent.built = next;
}

export function clear(parent) { parent.replaceChildren(); parent.built = new Map(); }
