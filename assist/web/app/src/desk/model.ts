// What the server says about a desk: see the HTTP contract. Lists may be missing or null; the state fills them in.
import type { Partial as Speaking, Turn } from '../parts/Transcript';

export type Presence = 'ready' | 'busy' | 'wrapup' | 'away' | 'offline';
export interface Said { text: string; turn?: number }
export interface Who {
  id?: string; name: string; number: string; tier?: string; lang?: string; links?: { title: string; url: string }[] | null;
  identity?: { state: 'unknown' | 'verified' | 'failed'; how?: string; by?: string; at_s?: number };
  maybe?: { id: string; name: string }[] | null; // who they may be: nobody has checked it
  given?: { name?: string; contact?: string } | null; // what they wrote on the page, unchecked
  unasked?: boolean; // nobody is known because the system that knows customers could not be asked
}
// Slot is what the caller has said that would be asked for again otherwise.
export type SlotKind = 'money' | 'percent' | 'date' | 'day' | 'time' | 'span' | 'order' | 'booking' | 'tracking' | 'case' | 'invoice' | 'policy' | 'travel' | 'model' | 'serial' | 'account' | 'card' | 'phone' | 'email' | 'id' | 'reference' | 'number' | 'count';
export interface Slot { kind: SlotKind; value: string; heard?: string; turn: number; at_s: number }
export interface Contact { call: string; at: string; channel: string; outcome: string; summary: string }
export interface Offer {
  id: string; call: string; channel?: string; since: string; expires: string; kind?: 'call' | 'chat' | 'consult' | 'takeover' | 'callback'; caller: Who; reason: string; summary?: Said[] | null;
  intent?: string; slots?: Slot[] | null; sentiment?: number[] | null; why_you?: string[] | null; history?: Contact[] | null; queue?: string; lang?: string; turns?: Turn[] | null;
}
export interface Card {
  id: string; kind: 'answer' | 'reply' | 'step' | 'product' | 'compensation' | 'warning'; title: string; text: string; source?: { base: string; entry: string; title: string } | null;
  score?: number; priority: number; at_s: number; turn?: number; expires_s?: number; why?: string[] | null; state?: '' | 'used' | 'dismissed' | 'muted' | 'helpful'; title_zh?: string; text_zh?: string;
}
export interface Item { id: string; text: string; text_zh?: string; done: boolean; evidence?: { turn: number; text: string; at_s: number } | null; must: boolean }
// Finding is what a rule warns of; a notice is about one trouble, with all that was found of it.
export interface Finding {
  severity: 'info' | 'warning' | 'critical'; text: string; text_zh?: string; rule: string; at_s: number; turn?: number;
  why?: { what: string; value: unknown; turn?: number; at_s?: number; quote?: string }[] | null;
}
export interface Notice extends Finding { id: string; seen?: boolean; news?: number; last_s?: number; more?: Finding[] | null }
export interface Party { id: string; who: string; name: string; state: string }
export interface DeskCall extends Offer {
  started: string; on_hold: boolean; muted: boolean; recording: 'on' | 'paused' | 'off'; parties?: Party[] | null; cards?: Card[] | null; checklist?: Item[] | null;
  alerts?: Notice[] | null; notes?: string; ceiling?: { amount: number; with_more?: number; currency: string } & Reasons | null; grants?: Grant[] | null;
  code?: { state: 'asked' | 'verified' | 'wrong' | 'locked' | 'none'; typed?: number; try?: number } | null; continues?: string; asking?: string;
}
export interface Grant { id: string; call: string; queue?: string; amount: number; currency: string; note?: string; state: 'asked' | 'granted' | 'refused' | 'withdrawn'; ceiling?: number; by?: string; decided_by?: string; answer?: string; at?: string }
export interface Banner { part: 'asr' | 'understanding' | 'tts' | 'recording' | 'llm' | 'knowledge' | 'network' | 'colleague' | 'phone' | 'callback' | 'left'; state: 'down' | 'up'; text: string }
export interface Field { name: string; title: string; type: 'text' | 'number' | 'date' | 'choice'; choices?: string[] | null; required?: boolean }
export interface Form { id: string; title: string; fields: Field[] | null }
export interface Ticket { id?: string; number?: string; form: string; fields: Record<string, string> | null; status?: string; due?: string; follow_up?: string }
export interface Wrapup {
  call: string; pending?: boolean; reason?: Said; said?: Said[] | null; promised?: Said[] | null; open?: Said[] | null; numbers?: Said[] | null; method?: 'extractive' | 'llm';
  dispositions?: { id: string; title: string }[] | null; disposition?: string; notes?: string; ticket?: Ticket | null; ticket_forms?: Form[] | null; edited?: boolean;
}
export interface Target { id: string; name: string; kind: 'agent' | 'queue' | 'phone' }
export interface DeskBody extends Around {
  me: { state: Presence; since: string; until?: string; reason?: string }; offer: Offer | null; call: DeskCall | null; wrapup: Wrapup | null;
  codes?: boolean;
}
// Around is what goes on beside the agent's own call; it is told whenever it changes.
export interface Around { waiting: number; longest_wait_s: number; longest_since?: string; transfers?: Target[] | null }
export interface Hit { base: string; entry: string; question: string; answer: string; score: number; p_right?: number }
export type { Speaking, Turn };

// Reasons may be written in both languages.
export interface Reasons { why?: string[] | null; why_en?: string[] | null; why_zh?: string[] | null }
export const reasonsIn = (lang: string, r: Reasons): string[] => (lang === 'zh' ? r.why_zh : r.why_en) ?? r.why ?? [];

// inLang is a text of a rule in the language of the page, where it was written in both.
export const inLang = <T extends object>(lang: string, x: T, name: keyof T & string): string => ((lang === 'zh' && (x as Record<string, unknown>)[`${name}_zh`]) || x[name] || '') as string;
// numberOf is a caller's number or address; those of a web call or a chat who gave none come from "web" and "chat", who is not to be shown from "anonymous".
export const numberOf = (w: Pick<Who, 'number'>) => (['web', 'chat', 'anonymous'].includes(w.number) ? '' : w.number);
export const callerName = (w: Pick<Who, 'name' | 'number'>, none: string) => w.name || numberOf(w) || none;

// rung is the number of a caller who is called back and has not answered yet, '' while nobody is rung.
export const rung = (c: Pick<DeskCall, 'parties' | 'caller'>) => (c.parties?.some(p => p.who === 'caller' && p.state === 'ringing') ? numberOf(c.caller) || c.caller.name : '');

// unsure is an answer that only may be what is needed: a rare miss costs more than a glance, so it is shown, and says so.
export const unsure = (c: Pick<Card, 'kind' | 'score'>) => c.kind === 'answer' && !!c.score && c.score < 0.3;
// likely says whether a card's probability is worth a figure: what is shown at 0 % looks like a fault.
export const likely = (c: Pick<Card, 'score'>) => (c.score ?? 0) >= 0.01;
export const isChat = (c: { kind?: string; channel?: string }) => c.kind === 'chat' || c.channel === 'chat';

// safeLink lets only web addresses through: a template may have been filled with anything.
export function safeLink(url: string): string | undefined {
  try { const u = new URL(url); return u.protocol === 'https:' || u.protocol === 'http:' ? u.href : undefined; } catch { return undefined; }
}
