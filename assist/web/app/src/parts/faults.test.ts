import { describe, expect, it } from 'vitest';
import { faultWords, sayFault } from './faults';

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
});
