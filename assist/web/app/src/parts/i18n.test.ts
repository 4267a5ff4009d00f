import { describe, expect, it } from 'vitest';
import type { Words } from './i18n';

// Every words file of every page, present and future.
const files = import.meta.glob<{ default: Words<Record<string, unknown>> }>('../**/*words.ts', { eager: true });

// newText is what a new question says in either language before somebody writes it.
function compare(path: string, en: unknown, zh: unknown, faults: string[]) {
  if (typeof en !== typeof zh) return void faults.push(`${path}: ${typeof en} in English, ${typeof zh} in Chinese`);
  if (typeof en === 'string') {
    if (!en.trim() || !(zh as string).trim()) faults.push(`${path}: empty`);
    if (/[一-鿿]/.test(en) && !/language/i.test(path) && !/^\.newText\.zh$/.test(path)) faults.push(`${path}: Chinese on the English side`);
    if (!/^\.newText\./.test(path) && /[A-Za-z]{4,}/.test(en) && en === zh && !/Parley|YAML/.test(en)) faults.push(`${path}: not translated`);
    return;
  }
  if (typeof en === 'function') {
    if (en.length !== (zh as (...a: unknown[]) => unknown).length) faults.push(`${path}: takes ${en.length} values in English`);
    return;
  }
  for (const k of new Set([...Object.keys(en as object), ...Object.keys(zh as object)])) {
    compare(`${path}.${k}`, (en as Record<string, unknown>)[k], (zh as Record<string, unknown>)[k], faults);
  }
}

describe('words', () => {
  it('are there', () => expect(Object.keys(files).length).toBeGreaterThan(1));
  for (const [name, m] of Object.entries(files)) {
    it(`${name} says everything in both languages`, () => {
      const faults: string[] = [];
      compare('', m.default.en, m.default.zh, faults);
      expect(faults).toEqual([]);
    });
  }
});
