import { describe, expect, it } from 'vitest';
import { at, backwards, body, changed, draftOf, language, lines, local, type Entry } from './model';

const entry: Entry = { id: 'a/b', base: '商店', state: 'published', lang: 'zh', question: '问', similar: ['x', 'y'], answer: '答', category: '', audience: 'agent', queues: ['shop'], until: '2026-05-01T10:00:00.000Z', version: 7, updated: '2026-01-01T00:00:00Z', by: 'K', pair: { id: 'p', lang: 'en', stale: false } };

describe('entries', () => {
  it('come back from the form as they were', () => {
    const b = body(draftOf(entry), entry);
    expect(b).toMatchObject({ question: '问', answer: '答', similar: ['x', 'y'], audience: 'agent', state: 'published', queues: ['shop'], until: '2026-05-01T10:00:00.000Z', pair: 'p', version: 7 });
    expect(b.from).toBeUndefined();
  });
  it('begin as drafts of version 0', () => expect(body(draftOf({ question: ' q ' }))).toMatchObject({ question: 'q', state: 'draft', audience: 'bot', version: 0, similar: [] }));
  it('drop empty and repeated lines', () => expect(lines(' a \n\nb\na\n')).toEqual(['a', 'b']));
  it('know when they were changed, and when they end before they begin', () => {
    const d = draftOf(entry);
    expect([changed(d, draftOf(entry)), changed(d, { ...d, answer: '!' })]).toEqual([false, true]);
    expect([backwards(d), backwards({ ...d, from: '2027-01-01T00:00', until: '2026-01-01T00:00' })]).toEqual([false, true]);
  });
  it('have addresses', () => expect(at('商店', 'a/b')).toBe('/api/knowledge/entries/%E5%95%86%E5%BA%97/a%2Fb'));
  it('tell languages and times', () => expect([language('怎么付款'), language('how'), local(undefined), local('nonsense')]).toEqual(['zh', 'en', '', '']));
});
