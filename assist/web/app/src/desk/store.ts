// The one desk of this browser tab: it follows the server's events from any page, so that a call rings everywhere.
import { useSyncExternalStore } from 'react';
import { follow } from '../parts/stream';
import { empty, reduce, type Action, type DeskState } from './state';

let state: DeskState = empty;
type Link = 'off' | 'connecting' | 'failing' | 'open' | 'lost';
let link = 'off' as Link, status = 0;
let snapshot = { state, link, status };
let stop: (() => void) | null = null;
const listeners = new Set<() => void>();
const tell = () => { snapshot = { state, link, status }; listeners.forEach(f => f()); };

export function dispatch(a: Action) { state = reduce(state, a); tell(); }

// Partials come fast; they are shown at most ten times a second.
let waiting: Action[] = [], timer = 0;
function take(a: Action) {
  waiting.push(a);
  const urgent = a.type === 'event' && a.event !== 'partial' && a.event !== 'message';
  const flush = () => { clearTimeout(timer); timer = 0; const now = waiting; waiting = []; for (const x of now) state = reduce(state, x); tell(); };
  if (urgent) flush(); else timer ||= window.setTimeout(flush, 100);
}

export function start() {
  if (stop) return;
  link = 'connecting';
  let ever = false;
  stop = follow('/api/desk/events', {
    keep: true,
    on: (event, data) => take({ type: 'event', event, data }),
    state: (open, code) => { status = code; ever ||= open; link = open ? 'open' : ever ? 'lost' : 'failing'; tell(); },
  });
  tell();
}

export function end() { stop?.(); stop = null; state = empty; link = 'off'; tell(); }

const subscribe = (f: () => void) => { listeners.add(f); return () => { listeners.delete(f); }; };
export const useDesk = () => useSyncExternalStore(subscribe, () => snapshot);
export const desk = () => state;
