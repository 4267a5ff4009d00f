// What somebody has written and not sent yet outlives a reload of the page, in this tab alone.
import { useCallback, useState, type Dispatch, type SetStateAction } from 'react';

const read = <T,>(name: string): T | undefined => { try { return JSON.parse(sessionStorage.getItem(name) ?? '') as T; } catch { return undefined; } };

// forget lets go of what was kept under a name.
export function forget(name: string) { try { sessionStorage.removeItem(name); } catch { /* private mode */ } }

// keep keeps a value under a name; null and undefined forget it.
export function keep(name: string, v: unknown) {
  if (v === null || v === undefined) return forget(name);
  try { sessionStorage.setItem(name, JSON.stringify(v)); } catch { /* private mode, or full */ }
}

// useKept is state that is kept under a name; it begins with what was kept, else with first. The name says whose it is, where
// somebody else may sign in later.
export function useKept<T>(name: string, first: () => T): [T, Dispatch<SetStateAction<T>>] {
  const [v, setV] = useState<T>(() => read<T>(name) ?? first());
  const set: Dispatch<SetStateAction<T>> = useCallback(x => setV(old => { const now = typeof x === 'function' ? (x as (old: T) => T)(old) : x; keep(name, now); return now; }), [name]);
  return [v, set];
}
