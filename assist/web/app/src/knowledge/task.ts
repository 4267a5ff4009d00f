// What takes longer than a request may - an import, a golden set, a preview - is asked after until it is over.
import { useCallback, useEffect, useRef, useState } from 'react';
import { get, Problem } from '../parts/api';
import type { Task } from './model';

export interface Running<T> { task?: Task; result?: T; error?: unknown; busy: boolean; run(begin: () => Promise<Task>): void; reset(): void }

const every = 700;

// useTask runs one task at a time; a new one, or leaving the page, makes it forget the one before. pick takes the result out
// of a task that is done.
export function useTask<T>(pick: (t: Task) => T | undefined, done?: (v: T) => void): Running<T> {
  const [s, setS] = useState<{ task?: Task; result?: T; error?: unknown; busy: boolean }>({ busy: false }), round = useRef(0), last = useRef({ pick, done });
  useEffect(() => { last.current = { pick, done }; });
  useEffect(() => () => { round.current++; }, []);
  const run = useCallback((begin: () => Promise<Task>) => {
    const mine = ++round.current, here = () => round.current === mine;
    setS({ busy: true });
    void (async () => {
      try {
        let t = await begin();
        while (here() && t.state === 'running') {
          setS({ task: t, busy: true });
          await new Promise(r => setTimeout(r, every));
          if (here()) t = await get<Task>(`/api/knowledge/tasks/${encodeURIComponent(t.id)}`);
        }
        if (!here()) return;
        const result = last.current.pick(t);
        if (t.state === 'failed' || result === undefined) throw new Problem(500, '', t.why ?? '');
        setS({ task: t, result, busy: false });
        last.current.done?.(result);
      } catch (error) {
        if (here()) setS({ error, busy: false });
      }
    })();
  }, []);
  const reset = useCallback(() => { round.current++; setS({ busy: false }); }, []);
  return { ...s, run, reset };
}
