import { describe, expect, it } from 'vitest';
import { exports, faults, figure, lineRange, mayAppeal, possible, type Row } from './model';

describe('quality', () => {
  it('finds lines in what the server says about a form', () => {
    expect(faults('line 3: no such type\nline 12: the id "a" is used twice')).toEqual([{ line: 3, text: 'no such type' }, { line: 12, text: 'the id "a" is used twice' }]);
    expect(faults('the form is empty')).toEqual([{ line: 0, text: 'the form is empty' }]);
  });
  it('selects a line', () => {
    expect(lineRange('a\nbcd\ne', 2)).toEqual([2, 5]);
    expect(lineRange('a\n', 9)).toEqual([2, 2]);
  });
  it('allows no appeal twice and no decision without one', () => {
    expect(possible('appealed')).toEqual({ reviewed: false, acknowledge: false, appeal: false, decide: true });
    expect(possible('open').decide).toBe(false);
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
