import { describe, expect, it } from 'vitest';
import { Problem } from './api';
import { faults, faultWords, lineRange, sayFault } from './faults';

const latin = /[a-z]{4}/i;

describe('what is wrong in a file', () => {
  it('has a Chinese sentence for each code', () => {
    for (const [code, say] of Object.entries(faultWords)) expect(say('1', '2', '3'), code).toMatch(/\p{Script=Han}/u);
  });
  it('says where and what', () => {
    const said = [{ code: 'rule', args: ['anger'] }, { code: 'unknown-name', args: ['4', 'said.angr', 'said.anger'] }];
    expect(sayFault({ line: 7, text: 'rule anger: column 4: unknown', said }, true)).toBe('规则 anger：第 4 列：没有变量或函数 said.angr；是否指 said.anger？');
    expect(sayFault({ line: 7, text: 'rule anger: column 4: unknown', said }, false)).toBe('rule anger: column 4: unknown');
  });
  it('says in Chinese what the reader of YAML says', () => {
    for (const m of ['found a tab character where an indentation space is expected', 'could not find end character of double-quoted text', 'non-map value is specified', 'something nobody has seen']) {
      expect(sayFault({ text: m, said: [{ code: 'not-yaml', args: [m] }] }, true).replace('YAML', '')).not.toMatch(latin);
    }
  });
  it('finds lines in what the server says about a form', () => {
    const told = (detail: string) => faults(new Problem(422, '', detail), true);
    expect(told('line 3: no such type\nline 12: the id "a" is used twice')).toEqual([{ line: 3, text: 'no such type' }, { line: 12, text: 'the id "a" is used twice' }]);
    expect(told('the form is empty')).toEqual([{ line: 0, text: 'the form is empty' }]);
  });
  it('selects a line', () => {
    expect(lineRange('a\nbcd\ne', 2)).toEqual([2, 5]);
    expect(lineRange('a\n', 9)).toEqual([2, 2]);
  });
  it('says what is wrong with a form in the language of the page', () => {
    const err = new Problem(422, '', 'line 3: question a is there twice', [{ message: 'x', location: 'line 3', value: { line: 3, text: 'question a is there twice', said: [{ code: 'question-twice', args: ['a'] }] } }, { message: 'new', value: { text: 'something new', said: [{ code: 'of-a-newer-server' }] } }], 'urn:parley:problem:faults');
    expect(faults(err, true)).toEqual([{ line: 3, text: '题目 a 重复' }, { line: 0, text: 'something new' }]);
    expect(faults(err, false)[0]).toEqual({ line: 3, text: 'question a is there twice' });
  });
});
