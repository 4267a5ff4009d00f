// One written conversation: opened with the first message, read as server-sent events that go on where they stopped, kept
// over a reload of the page. It knows nothing of the page; what happens is told through the handlers it is given.

const key = 'parley.chat';

export class Chat {
  // on: {message({who, text}), typing(), ended(), lost(bool)}
  constructor(path, on) { this.path = path; this.on = on; this.pending = []; this.last = ''; this.tries = 0; }

  // resume goes on with the conversation of before the page was loaded again; false when there is none.
  resume() {
    try { Object.assign(this, JSON.parse(sessionStorage.getItem(key))); } catch { return false; }
    if (!this.id) return false;
    this.listen();
    return true;
  }

  // open begins a conversation; after is the call it follows, so that it is the same one.
  // about is what the caller says of themselves: {name, contact}.
  async open(route, lang, after, about = {}) {
    const res = await this.ask('', 'POST', { route, lang, ...about, ...(after ? { call: after } : {}), ...(this.customer ? { customer: this.customer } : {}) });
    Object.assign(this, await res.json());
    try { sessionStorage.setItem(key, JSON.stringify({ id: this.id, token: this.token })); } catch { /* private mode */ }
    this.listen();
  }

  async send(text) {
    this.pending.push(text);
    try { await this.ask('/' + this.id + '/messages', 'POST', { text }); } catch (e) {
      this.pending.splice(this.pending.indexOf(text), 1);
      throw e;
    }
  }

  async ask(path, method, body) {
    const res = await fetch(this.path + path, { method, cache: 'no-store', headers: { ...(body ? { 'Content-Type': 'application/json' } : {}), ...this.key() }, body: body && JSON.stringify(body) });
    if (!res.ok) throw Object.assign(new Error(String(res.status)), { status: res.status, retry: Number(res.headers.get('Retry-After')) || 0 });
    return res;
  }

  key() { return this.token ? { Authorization: 'Bearer ' + this.token } : {}; }

  async listen() {
    this.stopper = new AbortController();
    let status = 0;
    try {
      const res = await fetch(this.path + '/' + this.id + '/events', { cache: 'no-store', signal: this.stopper.signal, headers: { Accept: 'text/event-stream', ...this.key(), ...(this.last ? { 'Last-Event-ID': this.last } : {}) } });
      status = res.status;
      if (!res.ok) throw new Error(String(status));
      this.tries = 0;
      this.on.lost(false);
      await this.read(res.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch { /* tried again below */ }
    if (this.done) return;
    if (status === 404 || status === 410 || status === 401) { this.over(); return; }
    this.on.lost(true);
    setTimeout(() => { if (!this.done) this.listen(); }, Math.min(8000, 500 * 2 ** this.tries++));
  }

  async read(reader) {
    let rest = '', id = '', name = '', data = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r?\n/);
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('id:')) id = line.slice(3).trim();
        else if (line.startsWith('event:')) name = line.slice(6).trim();
        else if (line.startsWith('data:')) data += line.slice(5).trim();
        else if (line === '') {
          if (name || data) this.take(name, data);
          if (id) this.last = id;
          if (this.done) return;
          name = data = '';
        }
      }
    }
  }

  take(name, data) {
    if (name === 'ended') { this.over(); return; }
    if (name === 'typing') { this.on.typing(); return; }
    if (name !== 'message') return;
    let m;
    try { m = JSON.parse(data); } catch { return; }
    const own = m.who === 'caller' ? this.pending.indexOf(m.text) : -1;
    if (own >= 0) this.pending.splice(own, 1); else this.on.message(m);
  }

  over() { this.forget(); this.on.ended(); }

  // close ends the conversation from this side.
  close() {
    if (this.done) return;
    if (this.id) fetch(this.path + '/' + this.id, { method: 'DELETE', keepalive: true, headers: this.key() }).catch(() => {});
    this.forget();
  }

  forget() {
    this.done = true;
    if (this.stopper) this.stopper.abort();
    try { sessionStorage.removeItem(key); } catch { /* private mode */ }
  }
}
