import { describe, expect, it } from 'vitest';
import { added, at, badly, backwards, body, callAt, changed, draftOf, language, lines, local, paired, passed, soon, verdict, weeks, type Entry, type Gap, type Run } from './model';

const entry: Entry = { id: 'a/b', base: '商店', state: 'published', lang: 'zh', question: '问', similar: ['x', 'y'], answer: '答', category: '', audience: 'agent', queues: ['shop'], until: '2026-05-01T10:00:00.000Z', version: 7, updated: '2026-01-01T00:00:00Z', by: 'K', pair: { id: 'p', lang: 'en', stale: false } };

describe('entries', () => {
  it('come back from the form as they were', () => {
    const b = body(draftOf(entry), entry);
    expect(b).toMatchObject({ question: '问', answer: '答', similar: ['x', 'y'], audience: 'agent', state: 'published', queues: ['shop'], until: '2026-05-01T10:00:00.000Z', pair: 'p', version: 7 });
    expect(b.from).toBeUndefined();
  });
  it('keep the seconds of a time nobody changed', () => {
    const e = { ...entry, until: '2026-05-01T10:00:37.000Z' };
    expect([body(draftOf(e), e).until, body({ ...draftOf(e), until: '2026-05-02T10:00' }, e).until?.slice(-7)]).toEqual([e.until, '00.000Z']);
  });
  it('are tied to another and otherwise left as they are', () => expect(paired(entry, 'x')).toMatchObject({ answer: '答', until: entry.until, pair: 'x', version: 7 }));
  it('begin as drafts of version 0', () => expect(body(draftOf({ question: ' q ' }))).toMatchObject({ question: 'q', state: 'draft', audience: 'bot', version: 0, similar: [] }));
  it('take more ways to ask, each once', () => {
    const d = draftOf(entry);
    expect([added(d, ['y', '问', 'z']).similar, added(d, []).similar, added(draftOf({ question: 'q' }), ['a']).similar]).toEqual(['x\ny\nz', 'x\ny', 'a']);
  });
  it('drop empty and repeated lines', () => expect(lines(' a \n\nb\na\n')).toEqual(['a', 'b']));
  it('know when they were changed, and when they end before they begin', () => {
    const d = draftOf(entry);
    expect([changed(d, draftOf(entry)), changed(d, { ...d, answer: '!' })]).toEqual([false, true]);
    expect([backwards(d), backwards({ ...d, from: '2027-01-01T00:00', until: '2026-01-01T00:00' })]).toEqual([false, true]);
  });
  it('have addresses', () => expect(at('商店', 'a/b')).toBe('/api/knowledge/entries/%E5%95%86%E5%BA%97/a%2Fb'));
  it('tell languages and times', () => expect([language('怎么付款'), language('how'), local(undefined), local('nonsense')]).toEqual(['zh', 'en', '', '']));
});

const run: Run = { base: 'b', at: '2026-01-01T00:00:00Z', n: 3, answered: 0, helped: 0, wrong: 0, r1: 0, failures: [{ query: 'x', want: ['a'], got: 'b', decision: 'answer', wrong: true }, { query: 'y', want: ['a'], got: '', decision: 'clarify', wrong: false }], passed: ['z'] };
describe('runs of a golden set', () => {
  it('tell how each question did', () => expect(['x', 'y', 'z', 'new'].map(q => verdict(run, q))).toEqual(['wrong', 'missed', 'passed', 'absent']));
  it('count what went well, also where the questions were not kept', () => expect([passed(run), passed({ ...run, passed: undefined })]).toEqual([1, 1]));
});

describe('the calendar', () => {
  it('shows whole weeks from Monday on', () => {
    const w = weeks(2026, 10), all = w.flat();
    expect([w.length, w[0]![0]!.getDate(), w[0]![0]!.getDay(), all.filter(d => d.getMonth() === 10).length]).toEqual([6, 26, 1, 30]);
    expect(weeks(2027, 1)).toHaveLength(4);
  });
  it('knows what is soon', () => {
    const now = Date.parse('2026-11-01T00:00:00Z');
    expect([soon('2026-11-20T00:00:00Z', 31, now), soon('2026-12-20T00:00:00Z', 31, now), soon('2026-10-20T00:00:00Z', 31, now), soon(undefined, 31, now)]).toEqual([true, false, false, false]);
  });
});

describe('a gap', () => {
  it('tells which answer was taken badly', () => {
    const g: Gap = { id: 'g', question: 'q', texts: null, base: 'b', lang: 'en', count: 2, rated_bad: 1, last: '', examples: [{ call: 'c', turn: 1, text: 'q', at: '', rated_bad: false, entry: 'x' }, { call: 'd', turn: 1, text: 'q', at: '', rated_bad: true, entry: 'y' }] };
    expect([badly(g), badly({ ...g, base: '' }), badly({ ...g, examples: null })]).toEqual(['y', '', '']);
  });
});

describe('calls', () => {
  it('are shown at the turn, where it is known', () => expect([callAt({ call: 'c/1', turn: 3 }), callAt({ call: 'c', turn: 0 })]).toEqual(['/calls/c%2F1?turn=3', '/calls/c']));
});
