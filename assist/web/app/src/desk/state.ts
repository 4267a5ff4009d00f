// The desk as a pure state machine: what the server says and what the agent does go in, what is shown comes out.
//
// Cards never move while they are read: a new card waits in held while the agent is in the column, and one that is needed
// again is put on top only when nobody is. A card keeps its number (1-9) for as long as it is there, and what was missed while the line was down comes back in place, not as new.
import { voice } from '../parts/speaker';
import type { Around, Banner, Card, DeskBody, DeskCall, Item, Notice, Offer, Speaking, Turn, Wrapup } from './model';
import { unsure } from './model';

export interface DeskState {
  body: DeskBody | null;
  turns: Turn[];
  partials: Record<string, Speaking>;
  cards: Card[]; // as shown, newest first
  held: Card[]; // waiting until nobody reads
  fresh: string[]; // shown but not yet looked at: above the line "n new"
  slots: Record<string, number>; // 1-9 by card
  done: Record<string, 'used' | 'dismissed' | 'muted' | 'helpful'>;
  selected: string;
  reading: boolean;
  alerts: Notice[];
  said: Notice | null; // the newest alert, to be announced
  banners: Partial<Record<Banner['part'], Banner>>;
  gone: { id: string; why: string } | null; // an offer that went away
}

export const empty: DeskState = {
  body: null, turns: [], partials: {}, cards: [], held: [], fresh: [], slots: {}, done: {}, selected: '', reading: false, alerts: [], said: null, banners: {}, gone: null,
};

export type Action =
  | { type: 'event'; event: string; data: unknown }
  | { type: 'reading'; on: boolean }
  | { type: 'select'; id: string }
  | { type: 'seen' }
  | { type: 'card'; id: string; action: 'used' | 'dismissed' | 'muted' | 'helpful' }
  | { type: 'uncard'; card: Card }
  | { type: 'patch'; call: Partial<DeskCall> }
  | { type: 'item'; id: string; done: boolean };

const inOrder = (a: Turn, b: Turn) => a.start_s - b.start_s || a.n - b.n;
const merge = (turns: Turn[], t: Turn): Turn[] => {
  const i = turns.findIndex(x => x.n === t.n);
  return (i < 0 ? [...turns, t] : turns.with(i, t)).sort(inOrder);
};

// together takes in all turns of a call; those that came since it was written stay. What is the same stays the same object, so that a
// long call is not drawn anew.
function together(old: Turn[], all: Turn[]): Turn[] {
  const known = new Map(old.map(t => [t.n, t])), newest = Math.max(0, ...all.map(t => t.n));
  const now = all.map(t => { const k = known.get(t.n); return k && JSON.stringify(k) === JSON.stringify(t) ? k : t; });
  return [...now, ...old.filter(t => t.n > newest)].sort(inOrder);
}

function slot(slots: Record<string, number>, id: string): Record<string, number> {
  if (slots[id]) return slots;
  const used = new Set(Object.values(slots));
  for (let n = 1; n <= 9; n++) if (!used.has(n)) return { ...slots, [id]: n };
  return slots;
}
const keep = <V>(m: Record<string, V>, ids: Set<string>) => Object.fromEntries(Object.entries(m).filter(([k]) => ids.has(k)));

// marks is the card that Tab uses once a new one has come: the new one, but one that only may fit leaves it to a better one about the same.
function marks(s: DeskState, c: Card): string {
  const old = s.cards.find(x => x.id === s.selected);
  if (!old) return c.id;
  return s.reading || unsure(c) && !unsure(old) && !s.done[old.id] && (old.turn ?? 0) >= (c.turn ?? 0) ? old.id : c.id;
}

function show(s: DeskState, c: Card, isNew: boolean): DeskState {
  const cards = [c, ...s.cards];
  return { ...s, cards, slots: slot(s.slots, c.id), fresh: isNew ? [c.id, ...s.fresh] : s.fresh, selected: marks(s, c) };
}

// raise puts a card that is needed again on top.
const raise = (s: DeskState, c: Card): DeskState => show({ ...s, cards: s.cards.filter(x => x.id !== c.id), fresh: s.fresh.filter(id => id !== c.id) }, c, true);

function addCard(s: DeskState, c: Card): DeskState {
  const at = s.cards.findIndex(x => x.id === c.id);
  if (at >= 0) return !s.reading && (c.turn ?? 0) > (s.cards[at]!.turn ?? 0) && !s.done[c.id] ? raise(s, c) : { ...s, cards: s.cards.with(at, c) };
  if (s.held.some(x => x.id === c.id)) return { ...s, held: s.held.map(x => (x.id === c.id ? c : x)) };
  if (s.done[c.id] === 'dismissed' || s.done[c.id] === 'muted') return s;
  if (s.reading && s.cards.length > 0) return { ...s, held: [c, ...s.held] };
  return show(s, c, true);
}

function removeCard(s: DeskState, id: string): DeskState {
  const i = s.cards.findIndex(x => x.id === id), cards = s.cards.filter(x => x.id !== id);
  const next = s.selected === id ? (cards[i] ?? cards[i - 1])?.id ?? '' : s.selected;
  const { [id]: _, ...slots } = s.slots;
  return { ...s, cards, held: s.held.filter(x => x.id !== id), fresh: s.fresh.filter(x => x !== id), slots, selected: next };
}

// takeCall takes a whole call, at the start and after every break.
function takeCall(s: DeskState, call: DeskCall | null, sameCall: boolean): DeskState {
  if (!call) return { ...s, turns: [], partials: {}, cards: [], held: [], fresh: [], slots: {}, done: {}, selected: '', alerts: [], said: null };
  const gone = (c: Card) => { const d = s.done[c.id] ?? c.state; return d === 'dismissed' || d === 'muted'; }, list = (call.cards ?? []).filter(c => !gone(c));
  if (!sameCall) {
    let out: DeskState = { ...s, turns: call.turns ?? [], partials: {}, cards: [], held: [], fresh: [], slots: {}, done: {}, selected: '', alerts: call.alerts ?? [], said: null };
    for (const c of (call.cards ?? []).toReversed()) if (c.state !== 'dismissed' && c.state !== 'muted') out = show(c.state ? { ...out, done: { ...out.done, [c.id]: c.state } } : out, c, false);
    return out;
  }
  const ids = new Set(list.map(c => c.id)), byID = new Map(list.map(c => [c.id, c]));
  const known = s.cards.filter(c => ids.has(c.id)).map(c => byID.get(c.id)!);
  const held = s.held.filter(c => ids.has(c.id));
  const missed = list.filter(c => !known.some(k => k.id === c.id) && !held.some(h => h.id === c.id));
  let slots = keep(s.slots, ids);
  for (const c of missed) slots = slot(slots, c.id);
  const cards = [...missed, ...known];
  // What somebody was just saying when the line went down has been said meanwhile.
  const over = (who: string, p: Speaking) => (call.turns ?? []).some(t => voice(t) === who && t.end_s >= p.start_s);
  return {
    ...s, partials: Object.fromEntries(Object.entries(s.partials).filter(([who, p]) => !over(who, p))), cards, held, slots, fresh: s.fresh.filter(id => ids.has(id)), selected: ids.has(s.selected) ? s.selected : cards[0]?.id ?? '',
    turns: call.turns ? together(s.turns, call.turns) : s.turns,
    alerts: call.alerts ?? s.alerts,
  };
}

function onEvent(s: DeskState, event: string, data: unknown): DeskState {
  switch (event) {
    case 'desk': {
      const body = data as DeskBody, same = !!body.call && s.body?.call?.call === body.call.call;
      const banners = same ? s.banners : { callback: s.banners.callback, left: s.banners.left }; // what failed, failed in the call before
      return { ...takeCall(s, body.call, same), body, gone: body.offer ? null : s.gone, banners: body.offer ? { ...banners, callback: undefined, left: undefined } : banners };
    }
    case 'around': return s.body ? { ...s, body: { ...s.body, longest_since: undefined, ...data as Around } } : s;
    case 'offer': return s.body ? { ...s, body: { ...s.body, offer: data as Offer }, gone: null, banners: { ...s.banners, callback: undefined, left: undefined } } : s;
    case 'offer_gone': {
      const g = data as { id: string; why: string };
      if (!s.body || s.body.call || s.body.offer && s.body.offer.id !== g.id) return s;
      return { ...s, body: { ...s.body, offer: null }, gone: g }; // rang, or was accepted and is not wanted any more
    }
    case 'call': { // without its turns and cards; a call that is not on the desk is one that somebody only listens to
      const c = data as DeskCall;
      if (!s.body?.call || s.body.call.call !== c.call) return s;
      const banners = c.asking ? { ...s.banners, colleague: undefined, phone: undefined } : s.banners; // somebody is asked again
      return { ...s, body: { ...s.body, call: { ...s.body.call, asking: undefined, ...c } }, banners };
    }
    case 'partial': { const p = data as Speaking; return { ...s, partials: { ...s.partials, [voice(p)]: p } }; }
    case 'turn': {
      const t = data as Turn, p = s.partials[voice(t)];
      const { [voice(t)]: _, ...others } = s.partials;
      return { ...s, turns: merge(s.turns, t), partials: p && p.start_s > t.end_s ? s.partials : others };
    }
    case 'card': return addCard(s, data as Card);
    case 'card_gone': return removeCard(s, (data as { id: string }).id);
    case 'checklist': return s.body?.call ? { ...s, body: { ...s.body, call: { ...s.body.call, checklist: data as Item[] } } } : s;
    case 'alert': {
      const a = data as Notice;
      const at = s.alerts.findIndex(x => x.id === a.id), old = s.alerts[at];
      if (old && (a.news ?? 1) <= (old.news ?? 1)) return { ...s, alerts: s.alerts.with(at, a) }; // it grew where it lies
      return { ...s, alerts: [a, ...s.alerts.filter(x => x.id !== a.id)], said: a };
    }
    case 'banner': { const b = data as Banner; return { ...s, banners: { ...s.banners, [b.part]: b.state === 'down' ? b : undefined } }; }
    case 'wrapup': return s.body ? { ...s, body: { ...s.body, wrapup: data as Wrapup | null } } : s;
    default: return s;
  }
}

export function reduce(s: DeskState, a: Action): DeskState {
  switch (a.type) {
    case 'event': return onEvent(s, a.event, a.data);
    case 'reading': {
      if (a.on === s.reading) return s;
      let out = { ...s, reading: a.on };
      if (!a.on) { for (const c of s.held.toReversed()) out = show(out, c, true); out = { ...out, held: [] }; }
      return out;
    }
    case 'select': return s.cards.some(c => c.id === a.id) ? { ...s, selected: a.id } : s;
    case 'seen': {
      let out: DeskState = { ...s, fresh: [] };
      for (const c of s.held.toReversed()) out = show({ ...out, reading: false }, c, false);
      return { ...out, held: [], fresh: [], reading: s.reading };
    }
    case 'card': {
      const out = { ...s, done: { ...s.done, [a.id]: a.action }, fresh: s.fresh.filter(x => x !== a.id) };
      return a.action === 'dismissed' || a.action === 'muted' ? removeCard(out, a.id) : out;
    }
    case 'uncard': { // it could not be done: the card is back
      const { [a.card.id]: _, ...done } = s.done, out = { ...s, done };
      return s.cards.some(c => c.id === a.card.id) || !s.body?.call ? out : show(out, a.card, false);
    }
    case 'patch': return s.body?.call ? { ...s, body: { ...s.body, call: { ...s.body.call, ...a.call } } } : s;
    case 'item': {
      const c = s.body?.call;
      return c ? { ...s, body: { ...s.body!, call: { ...c, checklist: (c.checklist ?? []).map(i => (i.id === a.id ? { ...i, done: a.done } : i)) } } } : s;
    }
  }
}

// openCard is the card Tab would use: the selected one, or the newest that is not used yet.
export const openCard = (s: DeskState): Card | undefined => {
  const free = (c: Card) => !s.done[c.id];
  const sel = s.cards.find(c => c.id === s.selected);
  return sel && free(sel) ? sel : s.cards.find(free);
};
