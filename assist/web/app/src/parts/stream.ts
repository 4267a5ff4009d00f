// Event streams (server-sent events) that go on where they stopped: every reconnect sends the last number seen, so nothing
// is lost or shown twice. Read with fetch rather than EventSource, which cannot send headers on a connection of its own.
import { useEffect, useRef, useState } from 'react';
import { barred, headers, sessionExpired } from './api';

export interface StreamEvent { id: string; event: string; data: string }

// Parser cuts a stream of text into events as the standard says.
export class Parser {
  private rest = '';
  private id = '';
  private event = '';
  private data: string[] = [];

  push(chunk: string): StreamEvent[] {
    const out: StreamEvent[] = [];
    this.rest += chunk;
    for (;;) {
      const m = /\r\n|\n|\r(?!$)/.exec(this.rest);
      if (!m) return out;
      this.line(this.rest.slice(0, m.index), out);
      this.rest = this.rest.slice(m.index + m[0].length);
    }
  }

  private line(s: string, out: StreamEvent[]) {
    if (s === '') {
      if (this.data.length) out.push({ id: this.id, event: this.event || 'message', data: this.data.join('\n') });
      this.event = ''; this.data = [];
      return;
    }
    const i = s.indexOf(':');
    if (i === 0) return;
    const field = i < 0 ? s : s.slice(0, i), value = i < 0 ? '' : s.slice(i + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
  }
}

export interface StreamOptions {
  after?: string;
  // keep goes on while nobody can see the page; without it the connection is given back (browsers allow six to a server).
  keep?: boolean;
  on(event: string, data: unknown, id: string): void;
  state?(open: boolean, status: number): void;
}

const silence = 40_000; // the server says something every 15 s

// follow reads a stream until the function it returns is called.
export function follow(path: string, o: StreamOptions): () => void {
  let last = o.after ?? '', stopped = false, wait = 0, tries = 0;
  let running: AbortController | null = null;

  const open = async () => {
    if (stopped || running || (!o.keep && document.hidden)) return;
    const abort = running = new AbortController();
    let status = 0, watchdog = 0, ended = false;
    const alive = () => { clearTimeout(watchdog); watchdog = window.setTimeout(() => abort.abort(), silence); };
    try {
      alive();
      const h: Record<string, string> = { ...headers('GET'), Accept: 'text/event-stream' };
      if (last) h['Last-Event-ID'] = last;
      const res = await fetch(path, { headers: h, cache: 'no-store', signal: abort.signal });
      status = res.status;
      if (!res.ok || !res.body) throw new Error(String(status));
      tries = 0;
      o.state?.(true, status);
      const reader = res.body.pipeThrough(new TextDecoderStream()).getReader(), parser = new Parser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        alive();
        for (const e of parser.push(value)) {
          if (stopped) return;
          if (e.id) last = e.id;
          if (e.event === 'end') { ended = true; stop(); return; }
          if (e.event === 'barred') { ended = true; stop(); barred(); return; }
          o.on(e.event, e.data ? JSON.parse(e.data) : null, e.id);
        }
      }
    } catch { /* reported below */ } finally {
      clearTimeout(watchdog);
      running = null;
      if (!stopped && !ended) {
        o.state?.(false, status);
        if (status === 401) sessionExpired();
        const pause = Math.min(5000, 400 * 2 ** tries++) * (0.75 + Math.random() / 2);
        wait = window.setTimeout(open, status === 401 || status === 403 || status === 404 ? 5000 : pause);
      }
    }
  };
  const close = () => { clearTimeout(wait); running?.abort(); };
  const seen = () => {
    if (o.keep) { if (!document.hidden && !running) { clearTimeout(wait); void open(); } return; }
    if (document.hidden) close(); else { clearTimeout(wait); void open(); }
  };
  const online = () => { clearTimeout(wait); void open(); };
  const stop = () => {
    stopped = true;
    close();
    document.removeEventListener('visibilitychange', seen);
    removeEventListener('online', online);
  };
  document.addEventListener('visibilitychange', seen);
  addEventListener('online', online);
  void open();
  return stop;
}

// useStream follows a stream while the component is there; '' follows none. It returns whether the connection was lost.
export function useStream(path: string, on: StreamOptions['on'], o: Omit<StreamOptions, 'on' | 'state'> = {}): { lost: boolean; open: boolean } {
  const [open, setOpen] = useState<boolean | null>(null);
  const [ever, setEver] = useState(false);
  const ref = useRef(on);
  useEffect(() => { ref.current = on; });
  const { after, keep } = o;
  useEffect(() => {
    if (!path) return;
    return follow(path, { after, keep, on: (e, d, id) => ref.current(e, d, id), state: ok => { setOpen(ok); if (ok) setEver(true); } });
  }, [path, after, keep]);
  return { lost: ever && open === false, open: open === true };
}

// batch gathers values and hands them over at most ten times a second, however fast they come.
export function batch<T>(apply: (all: T[]) => void, every = 100): { push(v: T): void; stop(): void } {
  let all: T[] = [], timer = 0;
  return {
    push(v) {
      all.push(v);
      timer ||= window.setTimeout(() => { timer = 0; const now = all; all = []; apply(now); }, every);
    },
    stop() { clearTimeout(timer); timer = 0; all = []; },
  };
}
