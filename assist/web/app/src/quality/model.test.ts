import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import reasons from './reasonwords';
import { choices, differing, exports, freshID, lineOf, partAt, sayNote, sayValue, skipTo, tidy, figure, mayAppeal, possible, unsure, type Answer, type Row, type Studied } from './model';

describe('quality', () => {
  it('has words in Chinese for why the machine answered as it did', () => {
    const dir = new URL('../../../../quality/', import.meta.url), told = new Set<string>();
    for (const f of readdirSync(dir).filter(x => x.endsWith('.go') && !x.endsWith('_test.go'))) for (const m of readFileSync(new URL(f, dir), 'utf8').matchAll(/(?:(?:absent|forPerson)\(|why: *|"(?:wording|meaning|facts|timing|absence|rule)", )"([^"]+)"/g)) told.add(m[1]!);
    expect(told.size).toBeGreaterThan(60);
    expect([...told].filter(x => !(x in reasons.zh.why) && !x.endsWith('('))).toEqual([]); // one is followed by a reason of its own
  });
  it('finds the line of a question', () => {
    const yaml = 'form: a.b\nquestions:\n  - {id: one, text_en: "x"}\n  - id: one-more\n  - {text_en: "id: two", id: "a.b"}\n';
    expect([lineOf(yaml, 'one'), lineOf(yaml, 'one-more'), lineOf(yaml, 'a.b'), lineOf(yaml, 'aab')]).toEqual([3, 4, 5, 0]);
  });
  it('finds the question that a line of a form belongs to', () => {
    const yaml = 'form: x\nbands:\n  - name: ""\n    from: 0\nquestions:\n  - id: one\n    hints:\n      en:\n        - hello\n  - id: two\n';
    expect([1, 3, 5, 6, 9, 10].map(n => partAt(yaml, n))).toEqual([null, null, null, 0, 0, 1]);
    expect(partAt('form: x\nquestions:\n- {id: one}\n- {id: two}\nbands: []\n', 4)).toBe(1);
    expect(partAt('form: x\nquestions:\n- {id: one}\n- {id: two}\nbands: []\n', 5)).toBeNull();
  });
  it('says in the words of the question why an answer was changed', () => {
    const sheets = [{ answers: [{ question: 'tone', text_en: 'How friendly?', text_zh: '有多友好？', options: [{ key: '2', text_en: 'correct', text_zh: '得体' }] }] as Answer[] }], names = { yes: 'Yes' };
    expect(sayNote('tone: 2: Polite: not warm.', sheets, false, names, 'none')).toBe('How friendly? 2 correct: Polite: not warm.');
    expect(sayNote('tone: 2: 得体。', sheets, true, names, 'none')).toBe('有多友好？ 2 得体：得体。');
    expect(sayNote('gone: yes: was asked before', sheets, false, names, 'none')).toBe('gone: yes: was asked before');
  });
  it('tells where people answered a calibration differently', () => {
    const vote = (call: string, question: string, by: string, answer: string) => ({ call, question, by, answer });
    const d = { calibration: { calls: ['a', 'b'] }, questions: [{ id: 'q', auto_fail: false }, { id: 'p', auto_fail: false }], votes: [vote('a', 'q', 'jo', 'yes'), vote('a', 'q', 'kim', 'no'), vote('a', 'q', 'machine', 'no'), vote('b', 'q', 'jo', 'yes'), vote('b', 'q', 'kim', 'yes'), vote('b', 'q', 'machine', 'no'), vote('a', 'p', 'jo', 'na')] } as unknown as Studied;
    expect(differing(d)).toEqual([{ question: 'q', call: 'a', by: { jo: 'yes', kim: 'no', machine: 'no' } }]);
  });
  it('is unsure of a reading only with a doubt', () => {
    expect([unsure(undefined), unsure({ id: 'a', fail_on: 'no', asks: 'done' }), unsure({ id: 'a', fail_on: 'no', asks: 'done', doubts: ['unknown'] })]).toEqual([false, false, true]);
  });
  it('allows no appeal twice and no decision without one', () => {
    expect(possible('appealed')).toEqual({ reviewed: false, acknowledge: false, appeal: false, decide: true });
    expect(possible('open').decide).toBe(false);
  });
  it('skips silence and hold, but not what is said', () => {
    const tracks = { silence: [[10, 20]] as [number, number][], hold: [[18, 30]] as [number, number][] };
    expect(skipTo(5, tracks)).toBeUndefined();
    expect(skipTo(12, tracks)).toBeCloseTo(19.6);
    expect(skipTo(19, tracks)).toBeCloseTo(29.6);
    expect(skipTo(29.8, tracks)).toBeUndefined();
  });
  it('names answers of every kind', () => {
    const names = { yes: 'Yes', no: 'No', na: 'N/A', cannot_tell: 'Cannot tell' }, levels = [{ key: '1', text_en: 'rude' }, { key: '2' }], some = [{ key: 'fee', text_en: 'the fee', text_zh: '费用' }, { key: 'term' }];
    expect(choices('scale', levels, false, names).map(x => x.label)).toEqual(['1 rude', '2', 'N/A']);
    expect(choices(undefined, undefined, false, names).map(x => x.value)).toEqual(['yes', 'no', 'na']);
    expect(sayValue('1', levels, false, names, 'none')).toBe('1 rude');
    expect(sayValue('fee,term', some, true, names, 'none')).toBe('费用、term');
    expect(sayValue('none', some, false, names, 'None')).toBe('None');
    expect(sayValue('na', levels, false, names, 'none')).toBe('N/A');
  });
  it('makes new names and sends no empty hints', () => {
    expect(freshID('question', ['question-1'])).toBe('question-2');
    expect(freshID('', ['1', '2'], 2)).toBe('3');
    expect(tidy({ form: 'f', languages: ['en'], questions: [{ id: 'q', type: 'yes_no', hints: { en: ['a ', ''] } }] }).questions[0]!.hints).toEqual({ en: ['a'] });
  });
  it('ends appeals in time', () => {
    expect(mayAppeal('2026-01-01T00:00:00Z', Date.parse('2025-12-31T00:00:00Z'))).toBe(true);
    expect(mayAppeal('2026-01-01T00:00:00Z', Date.parse('2026-01-02T00:00:00Z'))).toBe(false);
    expect(mayAppeal(undefined, 0)).toBe(true);
  });
  it('names the exports of a call and tells when nobody can be compared', () => {
    expect(exports('a b').map(x => x.href)).toContain('/api/quality/export/a%20b.vcon.json');
    const none = { items: 0, ratings: 0, percent: 0, percent_range: null, kappa: null, kappa_range: null }, row: Row = { question: '', people: none, machine: none, untold: 0, reword: false };
    expect(figure(row)).toBe(false);
    expect(figure({ ...row, people: { ...none, items: 2 } })).toBe(true);
  });
});
