// What takes longer than a request may - an import, a golden set, a form tried on past calls - is asked after until it is over.
import { useCallback, useEffect, useRef, useState } from 'react';
import { get, Problem } from './api';

export interface Task { id: string; state: 'running' | 'done' | 'failed'; done: number; total: number; why?: string; status?: number; type?: string }
export interface Running<K extends Task, T> { task?: K; result?: T; error?: unknown; busy: boolean; run(begin: () => Promise<K>): void; reset(): void }

const every = 700;

// useTask runs one task at a time; a new one, or leaving the page, makes it forget the one before. room is the part of the API
// that it runs in; pick takes the result out of a task that is done.
export function useTask<K extends Task, T>(room: 'knowledge' | 'quality', pick: (t: K) => T | undefined, done?: (v: T) => void): Running<K, T> {
  const [s, setS] = useState<{ task?: K; result?: T; error?: unknown; busy: boolean }>({ busy: false }), round = useRef(0), last = useRef({ pick, done });
  useEffect(() => { last.current = { pick, done }; });
  useEffect(() => () => { round.current++; }, []);
  const run = useCallback((begin: () => Promise<K>) => {
    const mine = ++round.current, here = () => round.current === mine;
    setS({ busy: true });
    void (async () => {
      try {
        let t = await begin();
        while (here() && t.state === 'running') {
          setS({ task: t, busy: true });
          await new Promise(r => setTimeout(r, every));
          if (here()) t = await get<K>(`/api/${room}/tasks/${encodeURIComponent(t.id)}`);
        }
        if (!here()) return;
        const result = last.current.pick(t);
        if (t.state === 'failed' || result === undefined) throw new Problem(t.status ?? 500, '', t.why ?? '', [], t.type);
        setS({ task: t, result, busy: false });
        last.current.done?.(result);
      } catch (error) {
        if (here()) setS({ error, busy: false });
      }
    })();
  }, [room]);
  const reset = useCallback(() => { round.current++; setS({ busy: false }); }, []);
  return { ...s, run, reset };
}
