// Who is signed in, and what they may see.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { api, get, onExpired, Problem, setCSRF } from '../parts/api';

export type Role = 'agent' | 'supervisor' | 'knowledge' | 'quality' | 'admin';
export interface Person { id: string; name: string; login: string; roles: Role[]; queues: string[] | null; langs: string[] | null; skills: string[] | null }
export interface Session { person: Person | null; csrf: string; first_start: boolean; oidc: boolean; insecure: boolean }

// may reports whether a session has one of some roles; admins and an open server have all.
export const may = (s: Session | null, roles: Role[]) => !!s && (s.insecure && !s.person || !!s.person?.roles.some(r => r === 'admin' || roles.includes(r)));

interface Held {
  session: Session | null;
  error: unknown;
  expired: boolean;
  reload(): Promise<void>;
  signIn(login: string, password: string): Promise<void>;
  welcome(body: { token: string; login?: string; name?: string; password: string }): Promise<void>;
  signOut(): Promise<void>;
}

const Context = createContext<Held | null>(null);
export function useSession(): Held {
  const c = useContext(Context);
  if (!c) throw new Error('no session around this part');
  return c;
}
// useMe is the id by which the server knows who is here; whoever uses an open server is all one.
export const useMe = () => useSession().session?.person?.id ?? 'local';
export const useMay = (...roles: Role[]) => may(useSession().session, roles);

async function load(): Promise<Session> {
  try {
    return await get<Session>('/api/session', { quiet: true });
  } catch (err) {
    // A server without accounts has no sessions: it is open, or asks for its token.
    if (err instanceof Problem && err.status === 404) return { person: null, csrf: '', first_start: false, oidc: false, insecure: true };
    if (err instanceof Problem && err.status === 401) return { person: null, csrf: '', first_start: false, oidc: false, insecure: false };
    throw err;
  }
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null), [error, setError] = useState<unknown>(null), [expired, setExpired] = useState(false);
  const was = useRef('');
  const take = useCallback((s: Session) => {
    const id = s.person?.id ?? '';
    if (was.current && id && id !== was.current) return location.reload(); // nothing that somebody else saw or wrote stays on the page
    was.current = id || was.current;
    setCSRF(s.csrf, id); setSession(s); setError(null); setExpired(false);
  }, []);
  const reload = useCallback(async () => { try { take(await load()); } catch (err) { setError(err); } }, [take]);
  useEffect(() => { let on = true; load().then(s => { if (on) take(s); }, (err: unknown) => { if (on) setError(err); }); return () => { on = false; }; }, [take]);
  useEffect(() => onExpired(() => setExpired(true)), []);
  const held = useMemo<Held>(() => ({
    session, error, expired, reload,
    async signIn(login, password) { take(await api<Session>('POST', '/api/session', { login, password }, { quiet: true })); },
    async welcome(body) { take(await api<Session>('POST', '/api/session/first', body, { quiet: true })); },
    async signOut() { await api('DELETE', '/api/session', undefined, { quiet: true }); location.assign('/'); },
  }), [session, error, expired, reload, take]);
  return <Context value={held}>{children}</Context>;
}
