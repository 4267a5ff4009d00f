// What somebody has written and not sent yet outlives a reload of the page, in this tab alone.
import { useCallback, useState, type Dispatch, type SetStateAction } from 'react';

// What the browser does not store (private mode, no room) is held here until the page goes.
const held = new Map<string, string>();
const stored = (name: string) => { try { return sessionStorage.getItem(name); } catch { return null; } };

// recall is what was kept under a name.
export function recall<T>(name: string): T | undefined { try { return JSON.parse(held.get(name) ?? stored(name) ?? '') as T; } catch { return undefined; } }

// forget lets go of what was kept under a name.
export function forget(name: string) { held.delete(name); try { sessionStorage.removeItem(name); } catch { /* nothing is stored */ } }

// keep keeps a value under a name; null and undefined forget it.
export function keep(name: string, v: unknown) {
  forget(name);
  if (v === null || v === undefined) return;
  const text = JSON.stringify(v);
  try { sessionStorage.setItem(name, text); } catch { held.set(name, text); }
}

// useKept is state that is kept under a name; it begins with what was kept, else with first. The name says whose it is, where
// somebody else may sign in later.
export function useKept<T>(name: string, first: () => T): [T, Dispatch<SetStateAction<T>>] {
  const [v, setV] = useState<T>(() => recall<T>(name) ?? first());
  const set: Dispatch<SetStateAction<T>> = useCallback(x => setV(old => { const now = typeof x === 'function' ? (x as (old: T) => T)(old) : x; keep(name, now); return now; }), [name]);
  return [v, set];
}
