import { describe, expect, it } from 'vitest';
import { pieces } from './originals';

describe('pieces', () => {
  it('finds what was masked', () => expect(pieces('I live at [address], and I am [name].', 'I live at 7 Hill Road, and I am Ada.')).toEqual([
    { text: 'I live at ' }, { text: '7 Hill Road', mask: '[address]' }, { text: ', and I am ' }, { text: 'Ada', mask: '[name]' }, { text: '.' }]));
  it('keeps what stays masked', () => expect(pieces('卡号[card ••42]，我叫[name]', '卡号[card ••42]，我叫陈明')).toEqual([
    { text: '卡号' }, { text: '[card ••42]', mask: '[card ••42]' }, { text: '，我叫' }, { text: '陈明', mask: '[name]' }]));
  it('takes a whole turn', () => expect(pieces('[email]', 'ada@example.org')).toEqual([{ text: 'ada@example.org', mask: '[email]' }]));
  it('gives up on texts that do not fit', () => {
    for (const [masked, text] of [['a [name] b', 'x Ada b'], ['[name][name]', 'AdaBob'], ['no mask', 'another text'], ['a [name] b', 'a'], ['', 'Ada']] as const) expect(pieces(masked, text)).toEqual([{ text, mask: masked }]);
  });
});
