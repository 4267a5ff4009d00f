import { describe, expect, it } from 'vitest';
import { between, length, scale, shift, verdict, write, type Figure } from './model';

describe('figures', () => {
  it('are written by their unit', () => expect([write(0.1234, 'share', '–'), write(61.6, 's', '–'), write(1234, 'count', '–'), write(0.5, 'number', '–'), write(null, 's', 'none')].map(s => s.replaceAll(/\s/g, ' '))).toEqual(['12.3%', '1:02', '1,234', '0.50', 'none']));
  it('have an interval or none', () => {
    expect(between({ value: 1, low: null, high: null, n: 1, unknown: 0 }, 'share')).toBe('');
    expect(between({ value: 0.5, low: 0.4, high: 0.6, n: 1, unknown: 0 }, 'share')).toBe('40.0% – 60.0%');
  });
  it('change beyond chance or not', () => {
    const f = (value: number, sure: boolean, better: number) => ({ better, change: { value, low: null, high: null, sure } }) as Figure;
    expect([verdict(f(0.1, false, 1)), verdict(f(0.1, true, 1)), verdict(f(0.1, true, -1)), verdict(f(0.1, true, 0)), verdict(f(0, true, 1)), verdict({} as Figure)]).toEqual(['chance', 'better', 'worse', 'moved', 'none', 'none']);
  });
});

describe('days', () => {
  it('move by the calendar', () => expect([shift('2026-03-01', -1), shift('2026-12-31', 1), shift('nothing', 1)]).toEqual(['2026-02-28', '2027-01-01', 'nothing']));
  it('are counted', () => expect(length('2026-03-28', '2026-03-30')).toBe(3));
  it('have an axis', () => expect([scale([0.31], 'share'), scale([], 'share'), scale([37], 's'), scale([0], 'count'), scale([null, 2], 'number')]).toEqual([0.4, 0.1, 40, 1, 2]));
});
