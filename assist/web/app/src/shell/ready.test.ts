import { describe, expect, it } from 'vitest';
import { down } from './ready';
import words from './words';

describe('parts that do not work', () => {
  it('are those that are not ok, in a steady order', () => {
    expect(down(undefined)).toEqual([]);
    expect(down({ checks: { events: 'ok', record: 'ok' } })).toEqual([]);
    expect(down({ checks: { speech: 'degraded', record: 'failed', events: 'ok' } })).toEqual(['record', 'speech']);
  });
  it('have names in both languages', () => {
    for (const part of ['events', 'record', 'draining', 'speech', 'disk', 'recognition', 'language_model']) {
      expect(words.en.parts).toHaveProperty(part);
      expect(words.zh.parts).toHaveProperty(part);
    }
  });
});
