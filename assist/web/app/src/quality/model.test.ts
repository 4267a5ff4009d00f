import { describe, expect, it } from 'vitest';
import { faults, lineRange, possible } from './model';

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
});
