import { describe, expect, it } from 'vitest';
import { apply, applyRow, gaps, median, newTalk, type CallEvent, type Row, type Talk } from './talk';

const run = (...all: [string, Record<string, unknown>, number?][]): Talk => all.reduce((t, [kind, body, seq], i) => apply(t, { call: 'c', seq: seq ?? i + 1, at: i, kind, body } as CallEvent), newTalk('c'));
const said = (n: number, who: string, text: string) => ({ n, who, text, start_s: n * 5, end_s: n * 5 + 3 });

describe('Talk', () => {
  it('applies each event once', () => expect(run(['turn.completed', said(1, 'caller', 'a'), 1], ['turn.completed', said(2, 'bot', 'b'), 1]).turns.length).toBe(1));
  it('drops a partial that its turn has overtaken', () => {
    const t = run(['asr.partial', { who: 'caller', text: 'I', start_s: 5, end_s: 6 }], ['turn.completed', said(1, 'caller', 'I see')], ['asr.partial', { who: 'caller', text: 'late', start_s: 5, end_s: 7 }]);
    expect(t.partials).toEqual({});
    expect(Object.keys(run(['turn.completed', said(1, 'caller', 'a')], ['asr.partial', { who: 'caller', text: 'next', start_s: 9, end_s: 10 }]).partials)).toEqual(['caller']);
  });
  it('gives the answer to the turn it was said in', () => {
    const t = run(['assist.answer', { decision: 'answer', text: 'b', p_right: 0.9 }], ['turn.completed', { ...said(2, 'bot', 'b'), decision: 'answer' }]);
    expect([t.answers[2]?.p_right, t.answer]).toEqual([0.9, null]);
  });
  it('knows who took part, and tells agents apart who speak at once', () => {
    const t = run(['call.party', { action: 'joined', id: 'p7', name: 'Ann', role: 'agent' }], ['call.party', { action: 'hold', id: 'p7' }], ['asr.partial', { who: 'agent', by: 'p7', text: 'So', start_s: 5 }], ['asr.partial', { who: 'agent', by: 'p8', text: 'Well', start_s: 6 }], ['turn.completed', { ...said(1, 'agent', 'So.'), by: 'p7' }]);
    expect([t.people, Object.values(t.partials).map(p => p.text)]).toEqual([{ p7: 'Ann' }, ['Well']]);
  });
  it('measures reply gaps', () => {
    const t = run(['turn.waterfall', { turn: 2, last_voice_s: 3, first_voice_s: 3.7 }], ['turn.waterfall', { turn: 4, last_voice_s: 9, first_voice_s: 9.5 }], ['turn.waterfall', { turn: 6, first_voice_s: 12 }]);
    expect(gaps(t).map(Math.round)).toEqual([500, 700]);
    expect([median([]), median([1]), median([1, 3]), median([1, 2, 9])]).toEqual([0, 1, 2, 2]);
  });
  it('keeps its place over a partial, which has the number 0', () => {
    const t = apply(run(['turn.completed', said(1, 'caller', 'a')]), { call: 'c', seq: 0, at: 9, kind: 'asr.partial', body: { who: 'caller', text: 'next', start_s: 9, end_s: 10 } });
    expect(t.seq).toBeGreaterThan(0);
    expect(t.partials.caller?.text).toBe('next');
  });
  it('ends', () => expect(run(['asr.partial', { who: 'caller', text: 'x', end_s: 9, start_s: 8 }], ['call.ended', { why: 'bye', duration_s: 9 }], ['asr.partial', { text: 'y', end_s: 99, start_s: 98 }]).partials).toEqual({}));
});

describe('rows', () => {
  it('join only when they may', () => {
    const e: CallEvent = { call: 'c', seq: 1, kind: 'call.started', body: { from: 'a', to: 'b', langs: ['zh'], started_at: '2026-01-01T00:00:00Z' } };
    expect(applyRow(new Map(), e, false).size).toBe(0);
    let rows = applyRow(new Map<string, Row>(), e, true);
    rows = applyRow(rows, { call: 'c', kind: 'asr.partial', body: { text: '那' } }, true);
    expect([rows.get('c')?.lang, rows.get('c')?.partial]).toEqual(['zh', '那']);
    rows = applyRow(rows, { call: 'c', seq: 9, kind: 'call.ended', body: { why: 'cut', duration_s: 3 } }, true);
    expect(rows.get('c')?.state).toBe('cut');
  });
});
