import { describe, expect, it } from 'vitest';
import { written } from './Figures';
import { alertKey, matches, moment, reasonsBeside, unseen, versionsDiffer, type LiveCall } from './model';

const c: LiveCall = { id: '1', channel: 'sip', caller: { name: '林美', number: '138' }, with: 'agent', agent: 'Tom Baker', intent: 'card_lost', started: '', last: { who: 'caller', text: '退款什么时候到账' } };

describe('live', () => {
  it('finds calls by all words', () => expect(['tom 138', '退款', 'tom 999', 'CARD'].map(x => matches(c, x))).toEqual([true, true, false, true]));
  it('puts away the alert of one call alone', () => {
    const all = [{ id: 'r1', call: 'a' }, { id: 'r1', call: 'b' }, { id: 'r2', call: 'b', seen: true }];
    expect(unseen(all, new Set([alertKey(all[0]!)]))).toEqual([all[1]]);
  });
  it('shows an alert again that is news since it was put away', () => {
    const old = { id: 'r1', call: 'a', news: 1 };
    expect(unseen([{ ...old, news: 2 }], new Set([alertKey(old)])).length).toBe(1);
  });
  it('tells nodes of two versions, of those that run', () => {
    const node = (version: string, alive = true) => ({ version, alive });
    expect([[node('1.4.0'), node('1.3.2')], [node('1.4.0'), node('')], [node('1.4.0'), node('1.4.0')], [node('1.4.0'), node('1.3.2', false)], []].map(versionsDiffer)).toEqual([true, true, false, false, false]);
  });
  it('leads to the moment of an alert', () => expect([moment('c', 7), moment('c', 0), moment('c')]).toEqual(['/calls/c?turn=7', '/calls/c', '/calls/c']));
  it('does not say twice what was said', () => {
    const why = [{ what: 'heard', value: true, quote: 'I will sue you' }, { what: 'said.threat', value: 1, quote: 'sue' }, { what: 'sentiment', value: -0.8 }];
    expect(reasonsBeside({ why, said: [{ turn: 1, who: 'caller', text: 'I will sue you', at_s: 1 }] })).toEqual(why.slice(1));
    expect(reasonsBeside({ why, said: null })).toEqual(why);
  });
  it('writes figures in their unit, and says when there is none', () => {
    const f = (value: number | null, unit: string) => written({ id: '', value, unit, definition_en: '', definition_zh: '' }, 'none');
    expect([f(0.86, 'share'), f(74, 's'), f(3, 'count'), f(null, 'count')]).toEqual(['86%', '1:14', '3', 'none']);
  });
});
