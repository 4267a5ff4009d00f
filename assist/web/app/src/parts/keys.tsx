// The keyboard of the pages: each part registers its keys while it is shown, ? lists them all. Keys do nothing while
// somebody types, unless they say so.
import { Modal } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useWords } from './i18n';
import w from './words';

export interface Key {
  keys: string[]; // as KeyboardEvent.key, or two of them with a blank between, pressed one after the other; what is registered last wins
  what: string; // in the person's language; '' is not listed
  run(e: KeyboardEvent): void | false; // false: not for me, the next one may have it
  typing?: boolean; // also while typing
  label?: string; // how the key is written, when not as in keys
}

let layers: { group: string; keys: Key[] }[] = [];

export const isTyping = (el: EventTarget | null) => el instanceof HTMLElement &&
  (el.isContentEditable || el.tagName === 'TEXTAREA' || el.tagName === 'SELECT' || (el.tagName === 'INPUT' && !['checkbox', 'radio', 'button', 'range'].includes((el as HTMLInputElement).type)));

// Space and Enter belong to the button that has the focus.
const isPressed = (e: KeyboardEvent) => (e.key === ' ' || e.key === 'Enter') && e.target instanceof HTMLElement && !!e.target.closest('button, a, summary, [role=button], [role=menuitem], [role=tab], [role=option]');

const soon = 1500; // within which the second of two keys follows the first
let first = { key: '', at: 0 };

// A field may go away under somebody who is typing in it, such as the reply when the caller hangs up: what they still type is not meant for what
// has come in its place. They go on typing until they pause. Who leaves a field by Enter, Esc or a click is done with it.
const pause = 1500;
let field: { el: HTMLElement; at: number } | null = null;
export function stillTyping(e: Pick<KeyboardEvent, 'target' | 'timeStamp' | 'key'>): boolean {
  if (isTyping(e.target)) { field = e.key === 'Enter' || e.key === 'Escape' ? null : { el: e.target as HTMLElement, at: e.timeStamp }; return false; }
  if (!field || field.el.isConnected || e.timeStamp - field.at > pause) { field = null; return false; }
  field.at = e.timeStamp;
  return true;
}

function pressed(e: KeyboardEvent) {
  if (stillTyping(e)) return;
  if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey || isPressed(e)) return;
  if (document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return;
  const typing = isTyping(e.target), began = !typing && e.timeStamp - first.at < soon ? first.key : '';
  first = { key: '', at: 0 };
  if (began && run(`${began} ${e.key}`, e, typing) || run(e.key, e, typing)) { e.preventDefault(); return; }
  if (!typing && layers.some(l => l.keys.some(k => k.keys.some(x => x.startsWith(`${e.key} `))))) first = { key: e.key, at: e.timeStamp };
}

// run gives a key to the first part that takes it.
function run(key: string, e: KeyboardEvent, typing: boolean): boolean {
  return layers.toReversed().some(l => l.keys.some(k => k.keys.includes(key) && (!typing || k.typing) && k.run(e) !== false));
}

if (typeof document !== 'undefined') {
  document.addEventListener('keydown', pressed);
  document.addEventListener('pointerdown', () => { field = null; });
}

// useKeys registers keys while the component is shown. Later components come first.
export function useKeys(group: string, keys: Key[]) {
  const layer = useRef({ group, keys });
  useEffect(() => { layer.current.group = group; layer.current.keys = keys; });
  useEffect(() => {
    const mine = layer.current;
    layers = [...layers, mine];
    return () => { layers = layers.filter(l => l !== mine); };
  }, []);
}

const shown: Record<string, string> = { ' ': 'Space', ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc' };

// groups are the keys that can be listed, by their group, the newest group first.
function groups(): [string, Key[]][] {
  const all = new Map<string, Key[]>();
  for (const l of layers.toReversed()) if (l.keys.some(k => k.what)) all.set(l.group, [...all.get(l.group) ?? [], ...l.keys]);
  return [...all];
}

// KeyHelp is the overlay that ? opens.
export function KeyHelp() {
  const t = useWords(w);
  const [open, setOpen] = useState(false);
  useKeys(t.everywhere, [{ keys: ['?'], what: t.keys, run: () => setOpen(true) }]);
  useEffect(() => {
    const show = () => setOpen(true);
    document.addEventListener('parley:keys', show);
    return () => document.removeEventListener('parley:keys', show);
  }, []);
  return (
    <Modal open={open} onCancel={() => setOpen(false)} footer={null} title={t.keys} destroyOnHidden>
      {open && groups().map(([group, all]) => (
        <section key={group}>
          <h3 className="keys-group">{group}</h3>
          <dl className="keys-list">
            {all.filter(k => k.what).map(k => (
              <div key={k.what}><dt>{(k.label ? [k.label] : k.keys.flatMap(x => (x === ' ' ? [x] : x.split(' ')))).map(x => <kbd key={x}>{shown[x] ?? x}</kbd>)}</dt><dd>{k.what}</dd></div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
}
export const showKeys = () => document.dispatchEvent(new Event('parley:keys'));
