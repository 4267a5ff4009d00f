import { describe, expect, it } from 'vitest';
import type { Card, DeskBody, DeskCall, Turn } from './model';
import { callerName, likely, rung } from './model';
import { empty, openCard, reduce, type Action, type DeskState } from './state';

const card = (id: string, more: Partial<Card> = {}): Card => ({ id, kind: 'answer', title: id, text: id, priority: 1, at_s: 0, ...more });
const turn = (n: number, who: string, text: string): Turn => ({ n, who, text, start_s: n * 5, end_s: n * 5 + 3 });
const theCall = (more: Partial<DeskCall> = {}) => ({ id: 'o', call: 'c1', caller: { name: 'A', number: '1' }, reason: '', since: '', expires: '', kind: 'call', started: '', on_hold: false, muted: false, recording: 'on', turns: [], cards: [], ...more }) as DeskCall;
const body = (call: DeskCall | null, more: Partial<DeskBody> = {}): DeskBody => ({ me: { state: 'busy', since: '' }, offer: null, call, wrapup: null, waiting: 0, longest_wait_s: 0, ...more });
const ev = (event: string, data: unknown): Action => ({ type: 'event', event, data });
const run = (...a: Action[]): DeskState => a.reduce(reduce, empty);
const ids = (s: DeskState) => s.cards.map(c => c.id);

describe('cards', () => {
  const two = [ev('desk', body(theCall())), ev('card', card('a')), ev('card', card('b'))];
  it('come newest first and keep their numbers', () => {
    const s = run(...two);
    expect(ids(s)).toEqual(['b', 'a']);
    expect(s.slots).toEqual({ a: 1, b: 2 });
    const t = reduce(reduce(s, ev('card_gone', { id: 'a' })), ev('card', card('c')));
    expect(t.slots).toEqual({ b: 2, c: 1 });
  });
  it('wait while somebody reads, and then are marked as new', () => {
    let s = run(...two, { type: 'seen' }, { type: 'reading', on: true }, ev('card', card('c')));
    expect(ids(s)).toEqual(['b', 'a']);
    expect(s.held.map(c => c.id)).toEqual(['c']);
    s = reduce(s, { type: 'reading', on: false });
    expect(ids(s)).toEqual(['c', 'b', 'a']);
    expect(s.fresh).toEqual(['c']);
  });
  it('do not change what Tab uses while somebody reads', () => {
    const s = run(...two, { type: 'select', id: 'a' }, { type: 'reading', on: true }, ev('card', card('c')));
    expect(openCard(s)?.id).toBe('a');
  });
  it('never come back after they were dismissed', () => {
    const s = run(...two, { type: 'card', id: 'a', action: 'dismissed' }, ev('card', card('a')), ev('desk', body(theCall({ cards: [card('b'), card('a')] }))));
    expect(ids(s)).toEqual(['b']);
  });
  it('missed while the line was down come in place, not as new', () => {
    const s = run(...two, { type: 'seen' }, ev('desk', body(theCall({ cards: [card('m'), card('b')] }))));
    expect(ids(s)).toEqual(['m', 'b']);
    expect(s.fresh).toEqual([]);
    expect(s.slots).toEqual({ b: 2, m: 1 });
  });
  it('come back when dismissing them failed', () => {
    const s = run(...two, { type: 'card', id: 'a', action: 'dismissed' }), back = reduce(s, { type: 'uncard', card: card('a') });
    expect([ids(s), ids(back).toSorted(), back.done]).toEqual([['b'], ['a', 'b'], {}]);
    expect(ids(reduce(reduce(run(...two), { type: 'card', id: 'a', action: 'used' }), { type: 'uncard', card: card('a') }))).toEqual(['b', 'a']);
  });
  it('are used once', () => {
    const s = run(...two, { type: 'card', id: 'b', action: 'used' });
    expect(openCard(s)?.id).toBe('a');
  });
  it('needed again come on top, unless somebody reads', () => {
    const told = [ev('desk', body(theCall())), ev('card', card('a', { turn: 1 })), ev('card', card('b', { turn: 3 }))];
    const s = run(...told, ev('card', card('a', { turn: 5 })));
    expect([ids(s), s.slots, openCard(s)?.id]).toEqual([['a', 'b'], { a: 1, b: 2 }, 'a']);
    expect(ids(run(...told, { type: 'reading', on: true }, ev('card', card('a', { turn: 5 }))))).toEqual(['b', 'a']);
    expect(ids(run(...told, { type: 'card', id: 'a', action: 'used' }, ev('card', card('a', { turn: 5 }))))).toEqual(['b', 'a']);
  });
  it('that only may fit leave Tab to a better one about the same turn', () => {
    const better = card('say', { kind: 'reply', turn: 6 }), may = card('may', { turn: 6, score: 0.07 }), call = ev('desk', body(theCall()));
    const s = run(call, ev('card', better), ev('card', may));
    expect([ids(s), openCard(s)?.id]).toEqual([['may', 'say'], 'say']);
    expect(openCard(reduce(s, { type: 'card', id: 'say', action: 'used' }))?.id).toBe('may');
    expect(openCard(reduce(s, ev('card', card('later', { turn: 8, score: 0.07 }))))?.id).toBe('later');
    expect(openCard(run(call, ev('card', better), ev('card', card('fits', { turn: 6, score: 0.8 }))))?.id).toBe('fits');
  });
  it('sent twice are shown once', () => expect(ids(run(...two, ev('card', card('a', { title: 'new' }))))).toEqual(['b', 'a']));
});

describe('what is said', () => {
  it('is not still being said after a break in which it was', () => {
    const s = run(ev('desk', body(theCall())), ev('partial', { who: 'caller', text: 'I wa', start_s: 5 }), ev('partial', { who: 'agent', by: 'ann', text: 'So', start_s: 9 }));
    expect(Object.keys(reduce(s, ev('desk', body(theCall({ turns: [turn(1, 'caller', 'I want it')] })))).partials)).toEqual(['agent ann']);
    expect(Object.keys(reduce(s, ev('desk', body(theCall({ turns: [turn(0, 'caller', 'Hello')] })))).partials)).toEqual(['caller', 'agent ann']);
  });
  it('tells agents apart who speak at once', () => {
    let s = run(ev('desk', body(theCall())), ev('partial', { who: 'agent', by: 'ann', text: 'So', start_s: 5 }), ev('partial', { who: 'agent', by: 'bob', text: 'Well', start_s: 6 }));
    s = reduce(s, ev('turn', { ...turn(1, 'agent', 'So it is.'), by: 'ann', name: 'Ann' }));
    expect(Object.values(s.partials).map(p => p.text)).toEqual(['Well']);
  });
  it('replaces the partial of that side', () => {
    let s = run(ev('desk', body(theCall())), ev('partial', { who: 'caller', text: 'I', start_s: 5 }), ev('partial', { who: 'agent', text: 'So', start_s: 6 }));
    expect(Object.keys(s.partials)).toEqual(['caller', 'agent']);
    s = reduce(s, ev('turn', turn(1, 'caller', 'I see')));
    expect(Object.keys(s.partials)).toEqual(['agent']);
    expect(reduce(s, ev('turn', turn(1, 'caller', 'I see.'))).turns.map(t => t.text)).toEqual(['I see.']);
  });
  it('comes in order of time and survives a reload', () => {
    const s = run(ev('desk', body(theCall({ turns: [turn(1, 'caller', 'a'), turn(3, 'caller', 'c')] }))), ev('turn', turn(2, 'agent', 'b')), ev('desk', body(theCall({ turns: [1, 2, 3].map(n => turn(n, 'caller', 'x')) }))));
    expect(s.turns.map(t => t.n)).toEqual([1, 2, 3]);
  });
  it('is drawn again only where it changed', () => {
    const all = [1, 2, 3].map(n => turn(n, 'caller', 'x')), told = (n: number) => JSON.parse(JSON.stringify(n === 3 ? all : all.with(1, turn(2, 'caller', 'y')))) as Turn[];
    let s = run(ev('desk', body(theCall({ turns: all }))), ev('turn', turn(4, 'agent', 'z')));
    const before = s.turns;
    s = reduce(s, ev('desk', body(theCall({ turns: told(3) })))); // written before the fourth
    expect(s.turns.map((t, i) => t === before[i])).toEqual([true, true, true, true]);
    s = reduce(s, ev('desk', body(theCall({ turns: told(2) }))));
    expect([s.turns.map((t, i) => t === before[i]), s.turns[1]!.text]).toEqual([[true, false, true, true], 'y']);
  });
  it('of the call before is gone with the next call', () => {
    const s = run(ev('desk', body(theCall({ turns: [turn(1, 'caller', 'a')] }))), ev('card', card('k')), ev('desk', body(theCall({ call: 'c2' }))));
    expect([s.turns, s.cards, s.slots]).toEqual([[], [], {}]);
  });
});

describe('the rest', () => {
  it('an offer that went away says why', () => {
    const s = run(ev('desk', body(null)), ev('offer', { id: 'o1' }), ev('offer_gone', { id: 'o1', why: 'taken' }));
    expect([s.body?.offer, s.gone?.why]).toEqual([null, 'taken']);
  });
  it('is said to be gone after it was accepted, and not while another one rings or is talked to', () => {
    const gone = ev('offer_gone', { id: 'o1', why: 'called_off' });
    expect(run(ev('desk', body(null)), gone).gone?.why).toBe('called_off');
    expect(run(ev('desk', body(null)), ev('offer', { id: 'o2' }), gone).gone).toBe(null);
    expect(run(ev('desk', body(theCall())), gone).gone).toBe(null);
  });
  it('banners go when the part is back', () => {
    const s = run(ev('banner', { part: 'asr', state: 'down', text: 'x' }), ev('banner', { part: 'asr', state: 'up', text: '' }));
    expect(s.banners.asr).toBeUndefined();
  });
  it('why a call is gone is said until the next one rings', () => {
    const gone = run(ev('desk', body(theCall())), ev('banner', { part: 'left', state: 'down', text: 'Sue' }), ev('desk', body(null)));
    expect(gone.banners.left?.text).toBe('Sue');
    expect(reduce(gone, ev('desk', body(null, { offer: { id: 'o2' } as never }))).banners.left).toBeUndefined();
  });
  it('what is known of a call comes without its turns and cards', () => {
    const s = run(ev('desk', body(theCall({ cards: [card('a')], turns: [turn(1, 'caller', 'a')] }))), ev('call', { ...theCall(), turns: null, cards: null, on_hold: true }));
    expect([s.body?.call?.on_hold, ids(s), s.turns.length]).toEqual([true, ['a'], 1]);
  });
  it('a call that one only listens to does not come on the desk', () => {
    const heard = ev('call', theCall({ call: 'c2' }));
    expect([run(ev('desk', body(null)), heard), run(ev('desk', body(theCall())), heard)].map(s => s.body?.call?.call)).toEqual([undefined, theCall().call]);
  });
  it('a caller who is called back is rung until they answer', () => {
    const who = (state: string) => theCall({ caller: { name: 'A', number: '+44 1' }, parties: [{ id: '', who: 'caller', name: 'A', state }, { id: 'p', who: 'agent', name: 'B', state: 'talking' }] });
    expect([rung(who('ringing')), rung(who('talking')), rung(theCall())]).toEqual(['+44 1', '', '']);
  });
  it('shows no card at nought per cent', () => expect([0.004, 0.01, 0.7, 0, undefined].map(score => likely({ score }))).toEqual([false, true, true, false, false]));
  it('header data of the call changes without losing the rest', () => {
    const s = run(ev('desk', body(theCall({ cards: [card('a')], turns: [turn(1, 'caller', 'a')] }))), ev('call', { ...theCall(), turns: undefined, cards: undefined, on_hold: true }));
    expect([s.body?.call?.on_hold, ids(s), s.turns.length]).toEqual([true, ['a'], 1]);
  });
  it('alerts are announced once', () => {
    const s = run(ev('desk', body(theCall())), ev('alert', { id: 'x' }), ev('alert', { id: 'x' }));
    expect(s.alerts.length).toBe(1);
  });
  it('an alert grows where it lies, and comes on top when it is news again', () => {
    const grown = run(ev('desk', body(theCall())), ev('alert', { id: 'x', news: 1 }), ev('alert', { id: 'y', news: 1 }), ev('alert', { id: 'x', news: 1, more: [{ rule: 'a' }] }));
    expect([grown.alerts.map(a => a.id), grown.alerts[1]?.more?.length, grown.said?.id]).toEqual([['y', 'x'], 1, 'y']);
    const again = reduce(grown, ev('alert', { id: 'x', news: 2 }));
    expect([again.alerts.map(a => a.id), again.said?.id, again.said?.news]).toEqual([['x', 'y'], 'x', 2]);
  });
  it('banners of a call go with it, and those about a colleague when one is asked again', () => {
    const failed = run(ev('desk', body(theCall())), ev('banner', { part: 'colleague', state: 'down', text: 'declined' }), ev('banner', { part: 'asr', state: 'down', text: 'x' }));
    expect(Object.values(reduce(failed, ev('call', theCall({ asking: 'Bob' }))).banners).filter(Boolean).map(b => b!.part)).toEqual(['asr']);
    expect(Object.values(reduce(failed, ev('desk', body(null))).banners).filter(Boolean)).toEqual([]);
  });
});

describe('what goes on around', () => {
  it('is shown without the rest of the desk being told again', () => {
    const s = run(ev('desk', body(theCall(), { waiting: 1, longest_since: '2026-11-28T10:00:00Z', transfers: [] })), ev('card', card('a')), ev('around', { waiting: 0, longest_wait_s: 0, transfers: [{ id: 'b', name: 'Ben', kind: 'agent' }] }));
    expect([s.body?.waiting, s.body?.longest_since, s.body?.transfers?.map(x => x.name), s.body?.call?.call, ids(s)]).toEqual([0, undefined, ['Ben'], 'c1', ['a']]);
  });
  it('names nobody after the way they came', () => expect([callerName({ name: '', number: 'web' }, '?'), callerName({ name: '', number: 'anonymous' }, '?'), callerName({ name: '', number: '+44 1' }, '?'), callerName({ name: 'Ann', number: 'chat' }, '?')]).toEqual(['?', '?', '+44 1', 'Ann']));
});
