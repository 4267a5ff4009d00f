import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forget, keep, recall } from './kept';

describe('what is kept', () => {
  const held = new Map<string, string>();
  beforeEach(() => { held.clear(); vi.stubGlobal('sessionStorage', { getItem: (k: string) => held.get(k) ?? null, setItem: (k: string, v: string) => { if (v.length > 20) throw new Error('full'); held.set(k, v); }, removeItem: (k: string) => held.delete(k) }); });
  afterEach(() => vi.unstubAllGlobals());
  it('is there until it is forgotten', () => {
    keep('a', { x: 1 });
    expect([held.get('a'), recall('a')]).toEqual(['{"x":1}', { x: 1 }]);
    keep('a', null);
    expect(held.has('a')).toBe(false);
    keep('b', 0);
    forget('b');
    expect(held.size).toBe(0);
  });
  it('is held by the page where nothing can be stored', () => {
    const long = 'much more than there is room for';
    keep('a', 'little');
    keep('a', long);
    expect([held.size, recall('a')]).toEqual([0, long]);
    keep('a', 'little');
    expect([held.size, recall('a')]).toEqual([1, 'little']);
    keep('a', long);
    forget('a');
    expect([held.size, recall('a')]).toEqual([0, undefined]);
  });
});
