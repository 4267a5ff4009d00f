// The way to the API: requests, and event streams that go on where they stopped.
const token = () => sessionStorage.getItem('parley.token') || '';
export const setToken = v => sessionStorage.setItem('parley.token', v);

export class Denied extends Error {}
export class Missing extends Error {}

// skew is how far the server's clock is ahead of this one's, in milliseconds.
export let skew = 0;

export async function get(path) {
  const res = await fetch(path, {headers: token() ? {Authorization: `Bearer ${token()}`} : {}, cache: 'no-store'});
  const date = Date.parse(res.headers.get('date') || '');
  if (date && Math.abs(date - Date.now()) > 2000) skew = date - Date.now();
  if (res.status === 401) throw new Denied();
  if (res.status === 404) throw new Missing();
  if (!res.ok) throw new Error(`${path}: ${res.status}`);
  return res.json();
}

// address adds the token where no header can be sent: players, downloads, event streams.
export const address = path => (token() ? `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token())}` : path);

// follow reads a stream until it ends or stop is called. The browser resumes a broken one by Last-Event-ID; one that the
// server refuses is asked for again after a while, from the last number seen. While nobody can see the page it holds no
// connection (browsers allow six to a server, over all tabs) and it catches up by number when it is seen again.
export function follow(path, after, {event, state, end}) {
  let last = after, source = null, timer = 0;
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(address(`${path}?after=${last}`));
    source.onopen = () => state(true);
    source.onmessage = m => {
      if (m.lastEventId) last = m.lastEventId;
      event(JSON.parse(m.data));
    };
    source.addEventListener('end', () => { stop(); end?.(); });
    source.onerror = () => {
      if (!source) return;
      state(false);
      if (source?.readyState === EventSource.CLOSED) { close(); timer = setTimeout(open, 1500); }
    };
  };
  const close = () => { clearTimeout(timer); source?.close(); source = null; };
  const seen = () => (document.hidden ? close() : open());
  const stop = () => {
    close();
    document.removeEventListener('visibilitychange', seen);
    removeEventListener('pagehide', close);
    removeEventListener('pageshow', open);
  };
  document.addEventListener('visibilitychange', seen);
  addEventListener('pagehide', close);
  addEventListener('pageshow', open);
  open();
  return stop;
}
