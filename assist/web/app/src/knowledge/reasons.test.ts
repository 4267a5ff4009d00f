import { describe, expect, it } from 'vitest';
import { place, reason, reasonWords } from './reasons';

describe('reasons', () => {
  it('are Chinese sentences, one for each code', () => {
    for (const [code, say] of Object.entries(reasonWords)) expect(say('1', 'no-day', '3', '4'), code).toMatch(/\p{Script=Han}/u);
  });
  it('say what the server says, with its arguments', () => {
    const zh = (code: string, ...args: string[]) => reason('zh', 'x', { code, args });
    expect(zh('answer-empty')).toBe('答案为空');
    expect(zh('two-answers', 'How do I pay?', 'a.xlsx sheet Two lists row 3')).toBe('问题“How do I pay?”在 a.xlsx 工作表“Two lists” 第 3 行 有另一个答案：请只保留一个');
    expect(zh('no-column', 'question and no column answer')).toBe('没有问题和答案列：前几行中须有一行写出列名，必须有“问题”和“答案”');
    expect(zh('begins', '31/31/31', 'no-day')).toBe('生效时间“31/31/31”在日历中不存在：请写成 2026-12-31');
    expect(zh('near', 'the base', '怎么退货？')).toBe('与 知识库 的问题几乎相同：怎么退货？');
  });
  it('say what is not known as the server does', () => expect([reason('zh', 'something new', { code: 'of-a-newer-server' }), reason('zh', 'no code', {})]).toEqual(['something new', 'no code']));
  it('are left in English', () => expect([reason('en', 'answer is empty', { code: 'answer-empty' }), place('en', 'a.csv row 2')]).toEqual(['answer is empty', 'a.csv row 2']));
  it('name places', () => expect(['a b.csv row 5 (line 8)', 'a.pdf page 3', 'a.xlsx sheet 售后 row 2', 'a.xlsx sheet x', 'row 2.csv'].map(s => place('zh', s))).toEqual([
    'a b.csv 第 5 行（文件第 8 行）', 'a.pdf 第 3 页', 'a.xlsx 工作表“售后” 第 2 行', 'a.xlsx 工作表“x”', 'row 2.csv']));
});
