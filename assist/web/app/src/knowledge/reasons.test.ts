import { describe, expect, it } from 'vitest';
import { place, reason } from './reasons';

describe('reasons', () => {
  it('are said in Chinese', () => {
    expect(reason('zh', 'answer is empty')).toBe('答案为空');
    expect(reason('zh', 'question "How do I pay?" has another answer in a.xlsx sheet Two lists row 3: keep one')).toBe('问题 "How do I pay?" 在 a.xlsx 工作表“Two lists” 第 3 行 有另一个答案：请只保留一个');
    expect(reason('zh', 'no column question and no column answer: one of the first rows must name the columns: x')).toBe('没有问题和答案列：前几行中须有一行写出列名，必须有“问题”和“答案”');
    expect([reason('zh', 'cannot be read'), reason('zh', 'cannot be read: EOF'), reason('zh', 'is not a PDF, whatever its name says')]).toEqual(['无法读取', '无法读取：EOF', '不是 PDF 文件']);
    expect(reason('zh', 'hidden rows: 3, this one first')).toBe('隐藏的行：3 行，这是第一行');
    expect(reason('zh', 'asks nearly the same as the base: 怎么退货？')).toBe('与 知识库 的问题几乎相同：怎么退货？');
  });
  it('say what is not known as the server does', () => expect(reason('zh', 'something new')).toBe('something new'));
  it('are left in English', () => expect([reason('en', 'answer is empty'), place('en', 'a.csv row 2')]).toEqual(['answer is empty', 'a.csv row 2']));
  it('name places', () => expect(['a b.csv row 5 (line 8)', 'a.pdf page 3', 'a.xlsx sheet 售后 row 2', 'a.xlsx sheet x', 'row 2.csv'].map(s => place('zh', s))).toEqual([
    'a b.csv 第 5 行（文件第 8 行）', 'a.pdf 第 3 页', 'a.xlsx 工作表“售后” 第 2 行', 'a.xlsx 工作表“x”', 'row 2.csv']));
});
