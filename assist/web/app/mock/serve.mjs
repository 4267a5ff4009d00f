// A server that behaves as the HTTP contract says and plays a scripted day: the storybook of the pages. It keeps nothing.
//   npm run mock [-- --port 8090 --speed 1]
// Told what the real API is (contract.mjs), it refuses what that would refuse and remembers it in misfits.
// /mock/reset?lang=zh&kind=chat&role=agent begins again; /mock/event pushes a desk event; /mock/answers shows what pages did.
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { Desk } from './desk.mjs';
import * as records from './records.mjs';
import * as live from './live.mjs';
import { Contract } from './contract.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const kinds = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.html': 'text/html; charset=utf-8', '.woff2': 'font/woff2' };
const extra = {}; // further parts of the API: pages bring their own in mock/NAME.mjs
for (const name of ['knowledge', 'quality', 'insights']) if (existsSync(path.join(here, `${name}.mjs`))) extra[name] = await import(`./${name}.mjs`);

export async function serve({ port = 0, speed = 1, root = path.join(here, '../../built') } = {}) {
  const desk = new Desk(speed), state = { roles: ['admin', 'agent', 'supervisor', 'knowledge', 'quality'], signedIn: true, people: records.people(), fail: '', lang: 'en' };
  const streams = new Set(), contract = Contract.fromEnv(), misfits = new Set();
  const person = () => ({ id: state.me ?? 'p1', name: desk.lang === 'zh' ? '周小燕' : 'Jana Novak', login: 'jana', roles: state.roles, queues: [], langs: ['en', 'zh'], skills: ['cards'] });
  const session = () => ({ person: state.signedIn ? person() : null, csrf: 'c5f', first_start: state.first ?? false, oidc: true, insecure: false });

  const server = createServer(async (req, res) => {
    const url = new URL(req.url, 'http://x'), p = url.pathname, q = url.searchParams;
    const misfit = (what, wrong) => wrong.forEach(x => misfits.add(`${what} ${req.method} ${p}: ${x}`));
    const json = (v, status = v === null ? 204 : 200) => {
      if (p.startsWith('/api/')) misfit('the mock answers', contract?.answer({ method: req.method, url, status, value: v ?? undefined }) ?? []);
      res.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json' });
      res.end(v == null ? '' : JSON.stringify(v));
    };
    const problem = (status, detail, code, errors) => json({ status, title: 'Problem', detail, ...(code ? { type: `urn:parley:problem:${code}` } : {}), ...(errors ? { errors } : {}) }, status);
    let text = '';
    for await (const c of req) text += c;
    let body = {};
    try { body = text ? JSON.parse(text) : {}; } catch { /* a form */ }
    if (p.startsWith('/mock/')) return mock(p, q, body, json);
    if (p.startsWith('/api/')) {
      if (state.fail && p.startsWith(state.fail)) return problem(500, 'the mock was told to fail');
      if (!state.signedIn && !p.startsWith('/api/session')) return problem(401, 'sign in first');
      if (!['GET', 'HEAD'].includes(req.method) && !p.startsWith('/api/session') && req.headers['x-csrf-token'] !== 'c5f') return problem(403, 'the CSRF token is missing');
      const wrong = contract?.request({ method: req.method, url, type: req.headers['content-type'], text }) ?? [];
      if (wrong.length > 0) {
        misfit(`the page ${req.headers.referer ? new URL(req.headers.referer).pathname : ''} asks`, wrong);
        return problem(422, `validation failed: ${wrong.join('; ')}`);
      }
    }
    if (p === '/readyz') return json({ ready: true, checks: state.parts ?? { events: 'ok', record: 'ok' } });
    if (p === '/api/session') {
      if (req.method === 'POST') { if (body.login === 'gone') return problem(403, 'this account is disabled'); if (body.password !== 'correct horse') return problem(401, 'wrong'); state.signedIn = true; }
      if (req.method === 'DELETE') state.signedIn = false;
      return json(session());
    }
    if (p === '/api/session/first') { if (body.token !== 'good') return problem(404, 'no such link'); state.signedIn = true; return json(session()); }
    if (p === '/api/people' || p.startsWith('/api/people/')) return people(req.method, p, body, json);
    if (p === '/api/audit') return json({ items: records.audit().filter(e => ['who', 'what', 'call'].every(k => !q.get(k) || e[k] === q.get(k))) });
    if (p === '/api/rules') return json(records.rules());
    if (p === '/api/rules/try') return body.text.includes('!broken') ? problem(422, 'line 5: rule fruit: column 3: Syntax error', 'faults', [{ message: 'rule fruit: column 3: Syntax error', location: 'line 5', value: { line: 5, text: 'rule fruit: column 3: Syntax error', said: [{ code: 'rule', args: ['fruit'] }, { code: 'condition-syntax', args: ['3'] }] } }]) : json(records.tried(body));
    if (p === '/api/desk') return json(desk.body());
    if (p === '/api/desk/events') return stream(req, res, send => {
      const last = Number(req.headers['last-event-id'] ?? 0);
      send({ id: desk.seq, event: 'desk', data: JSON.stringify(desk.body()) });
      if (last) for (const e of desk.log.filter(e => e.id > last && e.event !== 'desk' && e.event !== 'partial')) send(e);
      desk.clients.add(send);
      return () => desk.clients.delete(send);
    });
    if (p === '/api/desk/search') return json({ hits: desk.story.hits.map(([entry, question, answer, p_right]) => ({ base: desk.lang === 'zh' ? 'shop' : 'bank', entry, question, answer, score: p_right, p_right })) });
    if (p.startsWith('/api/desk/')) {
      const out = desk.act(req.method, p.slice('/api/desk'.length), body);
      return out === undefined ? problem(404, 'nothing is here') : out?.problem ? problem(out.status, out.problem) : json(out);
    }
    if (p === '/api/live') return json(live.body(desk.lang));
    if (p === '/api/live/events') return stream(req, res, send => {
      let n = 0;
      const tick = () => send({ id: ++n, event: 'live', data: JSON.stringify(live.body(desk.lang)) });
      tick();
      const t = setInterval(tick, 500 / speed);
      return () => clearInterval(t);
    });
    if (p.startsWith('/api/live/')) return json(live.act(p, body));
    if (p === '/api/calls') return json(records.list(q));
    const one = /^\/api\/calls\/([^/]+)(\/.*)?$/.exec(p);
    if (one) {
      if (one[2] === '/audio') return ranged(req, res, records.audio(one[1]));
      if (one[2] === '/written') return json({ versions: records.written(one[1]) });
      if (one[2] === '/originals') return state.noKey ? problem(409, 'the key that sealed it is not here: add it to security.key_file') : !state.roles.includes('admin') ? problem(403, 'not for you') : (q.get('reason') ?? '').length < 3 ? problem(422, 'validation failed') : json({ items: records.originals(one[1]) });
      const d = one[1] === desk.lastCall?.id ? desk.lastCall : records.detail(one[1]);
      if (!d) return problem(404, 'there is no such call');
      if (one[2] === '/events') return stream(req, res, send => { for (const e of records.events(one[1])) send(e); return () => {}; });
      return json(d);
    }
    if (p === '/api/events') return stream(req, res, () => () => {});
    for (const m of Object.values(extra)) { const out = await m.handle?.({ method: req.method, path: p, query: q, body, text, req, res, lang: desk.lang, json, problem, stream }); if (out !== undefined) return; }
    if (p.startsWith('/api/')) return problem(404, 'nothing is here');
    file(p, res);
  });

  // told holds events that carry a whole view, as GET gives it, against what the server would give.
  function told(req, e) {
    const p = { desk: '/api/desk', live: '/api/live' }[e.event];
    if (p) for (const x of contract?.answer({ method: 'GET', url: new URL(p, 'http://x'), status: 200, value: JSON.parse(e.data) }) ?? []) misfits.add(`the mock tells ${e.event}: ${x}`);
  }
  function stream(req, res, begin) {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write(': hello\n\n');
    const stop = begin(e => { told(req, e); res.write(`id: ${e.id}\nevent: ${e.event}\ndata: ${e.data}\n\n`); });
    streams.add(res);
    req.on('close', () => { stop(); streams.delete(res); });
  }
  function ranged(req, res, data) {
    const m = /bytes=(\d+)-(\d*)/.exec(req.headers.range ?? ''), from = m ? Number(m[1]) : 0, to = m?.[2] ? Number(m[2]) : data.length - 1;
    res.writeHead(m ? 206 : 200, { 'Content-Type': 'audio/wav', 'Accept-Ranges': 'bytes', 'Content-Length': to - from + 1, ...(m ? { 'Content-Range': `bytes ${from}-${to}/${data.length}` } : {}) });
    res.end(data.subarray(from, to + 1));
  }
  function mock(p, q, body, json) {
    if (p === '/mock/reset') {
      state.parts = q.get('down') ? { events: 'ok', record: 'ok', [q.get('down')]: 'failed' } : undefined;
      state.roles = q.get('role') ? [q.get('role')] : ['admin', 'agent', 'supervisor', 'knowledge', 'quality'];
      state.signedIn = q.get('out') === null; state.fail = ''; state.noKey = false; state.first = q.get('first') !== null; state.me = undefined; state.people = records.people();
      live.reset();
      desk.reset(q.get('lang') ?? 'en', q.get('kind') ?? 'call');
    }
    if (p === '/mock/event') desk.emit(body.event, body.data);
    if (p === '/mock/no-key') state.noKey = q.get('on') !== '0';
    if (p === '/mock/fail') state.fail = q.get('path') ?? '';
    if (p === '/mock/drop') for (const s of streams) s.destroy();
    if (p === '/mock/person') state.me = q.get('id');
    if (p === '/mock/sign-out') state.signedIn = false;
    json(p === '/mock/answers' ? desk.answers : { ok: true });
  }
  function people(method, p, body, json) {
    const m = /^\/api\/people\/([^/]+)(\/invite)?$/.exec(p);
    if (m?.[2]) return json({ link: 'https://parley.example/welcome?login=wei%40example.com&token=k3hd-92jf' });
    if (method === 'POST') { const x = { id: `p${state.people.length + 1}`, queues: [], langs: [], skills: [], state: 'invited', sso: false, ...body }; state.people.push(x); return json(x); }
    if (method === 'PATCH') {
      if (body.disabled && m[1] === 'p1') return problem(409, 'nobody disables or removes themselves: ask another admin', 'yourself');
      const { disabled, ...rest } = body, change = disabled === undefined ? rest : { ...rest, state: disabled ? 'disabled' : 'active' };
      state.people = state.people.map(x => (x.id === m[1] ? { ...x, ...change } : x)); return json(state.people.find(x => x.id === m[1]));
    }
    if (method === 'DELETE') { state.people = state.people.filter(x => x.id !== m[1]); return json(null); }
    return json({ items: state.people });
  }
  function file(p, res) {
    const asset = path.join(root, path.normalize(p));
    const name = /^\/(assets\/.+|icon\.svg)$/.test(p) && existsSync(asset) ? asset : path.join(root, 'index.html');
    let data = readFileSync(name);
    const headers = { 'Content-Type': kinds[path.extname(name)] ?? 'application/octet-stream' };
    if (name.endsWith('.html')) {
      const nonce = Math.random().toString(36).slice(2);
      data = data.toString().replace('{{PARLEY}}', JSON.stringify({ sip: '127.0.0.1:5060', version: 'mock', nonce }).replaceAll('"', '&quot;'));
      headers['Content-Security-Policy'] = `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
    }
    res.writeHead(200, headers);
    res.end(data);
  }
  await new Promise(r => server.listen(port, '127.0.0.1', r));
  return { url: `http://127.0.0.1:${server.address().port}`, desk, state, misfits, close: () => { for (const s of streams) s.destroy(); desk.timers.forEach(clearTimeout); server.close(); server.closeAllConnections(); } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const arg = (name, d) => { const i = process.argv.indexOf(`--${name}`); return i > 0 ? process.argv[i + 1] : d; };
  const m = await serve({ port: Number(arg('port', 8090)), speed: Number(arg('speed', 1)) });
  console.log(m.url);
}
