import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import n, { intentName, reasonName, valueName, variableName, whyYou } from './namewords';

describe('names', () => {
  it('of what the server has a word for', () => {
    expect(intentName(n.zh, 'fees')).toBe('费用');
    expect(intentName(n.en, 'our_own_intent')).toBe('our own intent');
    expect(intentName(n.en, undefined)).toBe('');
    expect(reasonName(n.zh, 'asked')).toBe('要求人工。');
    expect(reasonName(n.en, 'rule:bank/angry')).toContain('bank/angry');
    expect(reasonName(n.zh, 'I lost my card')).toBe('I lost my card');
    expect(variableName(n.zh, 'said.threat_leave')).toBe('“threat leave”相关用语');
    expect(variableName(n.en, 'sentiment.mean3')).toContain('3 turns');
    expect(variableName(n.en, 'something.new')).toBe('something.new');
    expect(whyYou(n.zh, { en: '英语' }, 'speaks en')).toBe('会说英语');
    expect(whyYou(n.en, {}, 'idle 6 min')).toBe('idle for 6 min');
    expect([whyYou(n.zh, {}, 'idle 24 s'), whyYou(n.zh, {}, 'idle 6 min'), whyYou(n.en, {}, 'idle 24 s')]).toEqual(['空闲 24 秒', '空闲 6 分钟', 'idle for 24 s']);
    expect([true, 'insult', 0.456, 3, 'gold'].map(v => valueName(n.zh, v))).toEqual(['是', '侮辱', '0.46', '3', 'gold']);
    expect(whyYou(n.zh, {}, 'valued customer')).toBe('重要客户');
    expect(whyYou(n.zh, {}, 'a reason of tomorrow')).toBe('a reason of tomorrow');
  });
  it('has one for every command, which is the intent of its turn', () => {
    const commands = [...readFileSync(new URL('../../../../../nlu/nlu.go', import.meta.url), 'utf8').matchAll(/\bCommand = "([a-z]+)"/g)].map(m => m[1]!);
    expect(commands.length).toBeGreaterThan(7);
    for (const t of [n.en, n.zh]) expect(commands.filter(x => !(x in t.intents))).toEqual([]);
  });
  it('has one for every variable of the rules, and for every list and score of the built-in ones', () => {
    const read = (file: string) => readFileSync(new URL(`../../../../rules/${file}`, import.meta.url), 'utf8');
    const fixed = [...read('variables.go').matchAll(/^\t\{"([a-z0-9_.]+)", "/gm)].map(m => m[1]!), used = [...read('data/escalation.yaml').matchAll(/\b(?:said|recent|heard|score)\.([a-z_]+)/g)].map(m => m[1]!);
    expect(fixed.length).toBeGreaterThan(40);
    expect(used.length).toBeGreaterThan(20);
    for (const t of [n.en, n.zh]) {
      expect(fixed.filter(x => !(x in t.variables))).toEqual([]);
      expect(used.filter(x => !(x in t.lists))).toEqual([]);
    }
    const kinds = [...read('variables.go').matchAll(/\{"[a-z]+\.kind", "text", "[a-z ]+: ([a-z, ]+)"/g)].flatMap(m => m[1]!.split(/, | or /));
    expect(kinds.length).toBeGreaterThan(15);
    for (const t of [n.en, n.zh]) expect(kinds.filter(x => !(x in t.values))).toEqual([]);
    const turn = readFileSync(new URL('../../../../../pipeline/turn/turn.go', import.meta.url), 'utf8').split('\n').filter(l => /m\.(about|end|drop|cancel|speculate)\(|\bwhy :?= /.test(l)).flatMap(l => [...l.matchAll(/"([a-z][a-z, ]+)"/g)].map(m => m[1]!));
    expect(turn.length).toBeGreaterThan(15);
    expect(turn.filter(x => !(x in n.zh.turns))).toEqual([]);
    expect(variableName(n.zh, 'said.complaint')).toBe('“投诉”相关用语');
  });
});
