import type { Grant, Notice, Presence, Who } from '../desk/model';

export interface Figure { id: string; value: number | null; unit: string; definition_en: string; definition_zh: string; trend?: number[] | null; calls_query?: string }
export interface Waiting { call: string; caller: Who; queue: string; since: string; position: number; estimate_s: number; lang: string }
export interface Agent { id: string; name: string; state: Presence; since: string; call?: string; skills?: string[] | null; langs?: string[] | null }
export interface LiveCall { id: string; channel: 'sip' | 'web' | 'chat'; caller: Who; with: 'bot' | 'queue' | 'agent'; agent?: string; queue?: string; intent?: string; started: string; sentiment?: number[] | null; last?: { who: string; by?: string; name?: string; text: string } | null; on_hold?: boolean }
export interface Level { queue: string; waiting: number; longest_wait_s: number; staff: number; ready: number; open: boolean; within_s: number; target: number; level: number | null; handed: number }
export interface Approval extends Grant { agent: string; caller: Who; limit: number; why?: string[] | null; why_en?: string[] | null; why_zh?: string[] | null }
export interface CallBack { id: string; number: string; name: string; lang: string; queue: string; reason?: string; state: 'waiting' | 'dialling' | 'talking'; tries: number; since: string; next: string }
export interface Quoted { turn: number; who: string; by?: string; name?: string; text: string; lang?: string; at_s: number }
export interface Alarm extends Notice { call: string; said?: Quoted[] | null }
export interface Node { id: string; name: string; version: string; http: string; calls: number; calls_limit: number; alive: boolean; seen_at: string; self?: boolean }
export interface LiveBody { nodes?: Node[] | null; approvals?: Approval[] | null; callbacks?: CallBack[] | null; levels?: Level[] | null; at: string; figures: Figure[] | null; queue: Waiting[] | null; agents: Agent[] | null; calls: LiveCall[] | null; alerts: Alarm[] | null }

// matches reports whether a call has all words of a search in what is shown of it.
export function matches(c: LiveCall, find: string): boolean {
  const text = [c.caller.name, c.caller.number, c.agent, c.intent, c.queue, c.last?.text].filter(Boolean).join(' ').toLowerCase();
  return find.toLowerCase().split(/\s+/).every(x => text.includes(x));
}

// An id is an alert's within its call; one that is news again was not put away.
type Key = Pick<Alarm, 'id' | 'seen' | 'call' | 'news'>;
export const alertKey = (a: Key) => `${a.call}/${a.id}/${a.news ?? 1}`;

// unseen are the alerts that nobody has put away, here or elsewhere.
export const unseen = <T extends Key>(all: T[], hidden: ReadonlySet<string>): T[] => all.filter(a => !a.seen && !hidden.has(alertKey(a)));

// moment leads to a turn in its call.
export const moment = (call: string, turn?: number) => `/calls/${call}${turn ? `?turn=${turn}` : ''}`;

// reasonsBeside are an alert's reasons without those that only say again what stands there in full.
export const reasonsBeside = (a: Pick<Alarm, 'why' | 'said'>) => (a.why ?? []).filter(x => !x.quote || !a.said?.some(s => s.text === x.quote));

// versionsDiffer reports whether nodes that run are not all of one version: an upgrade is under way, or was not finished.
export const versionsDiffer = (all: Pick<Node, 'version' | 'alive'>[]) => new Set(all.filter(x => x.alive).map(x => x.version)).size > 1;
