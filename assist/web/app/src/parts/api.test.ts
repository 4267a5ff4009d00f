import { afterEach, describe, expect, it, vi } from 'vitest';
import { post, Problem, setCSRF } from './api';
import { serverNow } from './time';

const asked: string[] = [];
// server answers with the CSRF value of a session of p; other values are refused.
function server(csrf: string, person: string, ahead = 0) {
  asked.length = 0;
  vi.stubGlobal('fetch', async (path: string, o: { method?: string; headers: Record<string, string> }) => {
    asked.push(`${o.method ?? 'GET'} ${path} ${o.headers['X-CSRF-Token'] ?? ''}`.trim());
    const headers = { date: new Date(Date.now() + ahead).toUTCString() };
    if (path === '/api/session') return Response.json({ csrf, person: { id: person } }, { headers });
    return o.headers['X-CSRF-Token'] === csrf ? new Response('{}', { headers }) : Response.json({ title: 'Forbidden' }, { status: 403, headers });
  });
}
const reload = vi.fn();
vi.stubGlobal('location', { reload });
vi.stubGlobal('sessionStorage', { getItem: () => null });

describe('requests', () => {
  afterEach(() => { reload.mockClear(); });
  it('go on with the session of another window in which the same person has signed in again', async () => {
    setCSRF('old', 'ann');
    server('new', 'ann');
    await post('/api/desk/calls/c/hold');
    await post('/api/desk/calls/c/hold');
    expect(asked).toEqual(['POST /api/desk/calls/c/hold old', 'GET /api/session', 'POST /api/desk/calls/c/hold new', 'POST /api/desk/calls/c/hold new']);
  });
  it('that were under way together go on with it, too', async () => {
    setCSRF('old', 'ann');
    server('new', 'ann');
    await Promise.all([post('/api/desk/calls/c/hold'), post('/api/desk/calls/c/mute')]);
    expect(asked.filter(a => a.endsWith('new'))).toEqual(['POST /api/desk/calls/c/hold new', 'POST /api/desk/calls/c/mute new']);
  });
  it('do nothing as somebody else who has signed in there', async () => {
    setCSRF('old', 'ann');
    server('new', 'ben');
    await expect(post('/api/desk/calls/c/hold')).rejects.toMatchObject({ status: 403 });
    expect([asked.filter(a => a.startsWith('POST')).length, reload.mock.calls.length]).toEqual([1, 1]);
  });
  it('are refused once where a right is missing', async () => {
    setCSRF('same', 'ann');
    vi.stubGlobal('fetch', async (path: string) => (path === '/api/session' ? Response.json({ csrf: 'same', person: { id: 'ann' } }) : Response.json({}, { status: 403 })));
    await expect(post('/api/x')).rejects.toBeInstanceOf(Problem);
    expect(reload).not.toHaveBeenCalled();
  });
  it('tell how far the clock is off, and when it is set right', async () => {
    setCSRF('c', 'ann');
    server('c', 'ann', 600_000);
    await post('/api/x');
    expect(Math.round((serverNow() - Date.now()) / 60_000)).toBe(10);
    const told = serverNow() - Date.now();
    server('c', 'ann', 598_900); // a slow answer
    await post('/api/x');
    expect(Math.abs(serverNow() - Date.now() - told)).toBeLessThan(100);
    server('c', 'ann');
    await post('/api/x');
    expect(Math.round((serverNow() - Date.now()) / 60_000)).toBe(0);
  });
});
