// Requests to the server. Errors are problems (RFC 9457) with words for people; a session that has run out is announced
// once, and the shell asks to sign in again over the page.
import { setSkew } from './time';

const typed = 'urn:parley:problem:';

export class Problem extends Error {
  readonly code: string; // what the page knows it by, '' for none

  constructor(readonly status: number, readonly title: string, readonly detail: string, readonly errors: { location?: string; message: string; value?: unknown }[] = [], type = '') {
    super(detail || title || `HTTP ${status}`);
    this.name = 'Problem';
    this.code = type.startsWith(typed) ? type.slice(typed.length) : '';
  }
}

// offline is the status of a request that never reached the server.
export const offline = 0;

let csrf = '', whose = '';
let expired: () => void = () => {};
export const setCSRF = (v: string, person = '') => { csrf = v; whose = person; };
// renewed asks whether the session is another one than that of the value that was sent, as after signing in again in another window. When it is
// somebody else's, nothing that this window shows is theirs.
async function renewed(sent: string): Promise<boolean> {
  if (sent !== csrf) return true; // another request has asked
  const res = await fetch('/api/session', { headers: headers('GET'), cache: 'no-store' }).catch(() => null), s = res?.ok ? await res.json().catch(() => null) as { csrf?: string; person?: { id: string } | null } | null : null;
  if (!s?.csrf || s.csrf === sent) return false;
  if ((s.person?.id ?? '') !== whose) { location.reload(); return false; }
  setCSRF(s.csrf, whose);
  return true;
}
// sessionExpired is for those who ask without api(), such as event streams.
export const sessionExpired = () => expired();
// barred leaves a page for good whose reader has been disabled: what it shows is not theirs to see any more.
export const barred = () => location.replace('/signin?failed=disabled');
export const onExpired = (f: () => void) => { expired = f; };

// A server whose people are not set up yet may ask for the token of its configuration instead.
export function token(): string { try { return sessionStorage.getItem('parley.token') ?? ''; } catch { return ''; } }
export function setToken(v: string) { try { sessionStorage.setItem('parley.token', v); } catch { /* private mode */ } }

export function headers(method: string): Record<string, string> {
  const h: Record<string, string> = {};
  if (token()) h.Authorization = `Bearer ${token()}`;
  if (method !== 'GET' && csrf) h['X-CSRF-Token'] = csrf;
  return h;
}

// address adds the token where no header can be sent: players and downloads.
export const address = (path: string) => (token() ? `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token())}` : path);

// query writes parameters, leaving out those that are empty.
export function query(path: string, params: Record<string, string | number | boolean | undefined>): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(params)) if (v !== undefined && v !== '') q.set(k, String(v));
  const s = q.toString();
  return s ? `${path}?${s}` : path;
}

interface Options { body?: unknown; signal?: AbortSignal; quiet?: boolean }

async function send(method: string, path: string, o: Options, again = false): Promise<Response> {
  const h = headers(method);
  const form = o.body instanceof FormData;
  if (o.body !== undefined && !form) h['Content-Type'] = 'application/json';
  let res: Response;
  try {
    res = await fetch(path, { method, headers: h, cache: 'no-store', signal: o.signal, body: o.body === undefined ? undefined : form ? o.body as FormData : JSON.stringify(o.body) });
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err;
    throw new Problem(offline, '', '');
  }
  const date = Date.parse(res.headers.get('date') ?? '');
  if (date) setSkew(date - Date.now());
  if (res.ok) return res;
  if (res.status === 401 && !o.quiet) expired();
  if (res.status === 403 && h['X-CSRF-Token'] && !again && await renewed(h['X-CSRF-Token'])) return send(method, path, o, true);
  const p = await res.json().catch(() => ({})) as { type?: string; title?: string; detail?: string; errors?: { location?: string; message: string; value?: unknown }[] };
  throw new Problem(res.status, p.title ?? '', p.detail ?? '', p.errors, p.type);
}

// api sends a request and reads the JSON answer; an empty answer gives undefined. It throws a Problem.
export async function api<T = void>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, o: Omit<Options, 'body'> = {}): Promise<T> {
  const res = await send(method, path, { ...o, body });
  const text = await res.text();
  return (text ? JSON.parse(text) : undefined) as T;
}
export const get = <T>(path: string, o: Omit<Options, 'body'> = {}) => api<T>('GET', path, undefined, o);
export const post = <T = void>(path: string, body: unknown = {}) => api<T>('POST', path, body);
export const put = <T = void>(path: string, body: unknown = {}) => api<T>('PUT', path, body);
export const patch = <T = void>(path: string, body: unknown = {}) => api<T>('PATCH', path, body);
export const del = <T = void>(path: string) => api<T>('DELETE', path);
export async function getBlob(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Blob> { return (await send(method, path, { body })).blob(); }
