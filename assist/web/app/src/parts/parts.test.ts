import { describe, expect, it } from 'vitest';
import { query } from './api';
import { mood, trend } from './Curve';
import { Parser } from './stream';
import { clock, until } from './time';
import { figured } from './Transcript';

describe('Parser', () => {
  const all = (chunks: string[]) => { const p = new Parser(); return chunks.flatMap(c => p.push(c)); };
  it('reads events however they are cut', () => {
    const text = ': hi\n\nid: 7\nevent: turn\ndata: {"a":1}\n\ndata: x\ndata: y\n\n';
    const want = [{ id: '7', event: 'turn', data: '{"a":1}' }, { id: '7', event: 'message', data: 'x\ny' }];
    expect(all([text])).toEqual(want);
    expect(all([...text])).toEqual(want);
    expect(all([...text.replaceAll('\n', '\r\n')])).toEqual(want);
  });
  it('keeps colons and unknown fields apart', () => expect(all(['retry: 5\ndata:a:b\n\n'])).toEqual([{ id: '', event: 'message', data: 'a:b' }]));
  it('waits for the end of an event', () => expect(all(['data: x\n'])).toEqual([]));
});

describe('figured', () => {
  const fact = (from: number, to: number) => ({ kind: 'money' as const, from, to });
  it('counts code points', () => expect(figured('👍我要12块', [fact(3, 6)]).map(p => [p.text, !!p.kind])).toEqual([['👍我要', false], ['12块', true]]));
  it('leaves out what does not fit', () => expect(figured('abc', [fact(0, 1), fact(0, 2), fact(1, 1), fact(2, 9)]).map(p => p.text)).toEqual(['a', 'bc']));
});

describe('small things', () => {
  it('writes offsets', () => expect([0, 59.9, 61, 3661, -1, undefined].map(clock)).toEqual(['0:00', '0:59', '1:01', '1:01:01', '0:00', '0:00']));
  it('names moods', () => expect([0.5, 0, -0.4, -0.9].map(mood)).toEqual(['good', 'calm', 'tense', 'angry']));
  it('sees where a mood goes', () => expect([[0], [0, -0.8], [-0.8, 0], [0.1, 0.1]].map(trend)).toEqual(['steady', 'falling', 'rising', 'steady']));
  it('leaves out empty parameters', () => expect(query('/x', { a: '', b: 0, c: 'ü&', d: undefined })).toBe('/x?b=0&c=%C3%BC%26'));
});

describe('a time to come', () => {
  it('is told until it has come', () => {
    const now = Date.parse('2026-11-28T10:00:00Z');
    expect(['2026-11-28T10:09:32Z', '2026-11-28T10:00:00Z', '2026-11-28T09:00:00Z', undefined].map(x => until(x, now))).toEqual([572, 0, 0, 0]);
  });
});
