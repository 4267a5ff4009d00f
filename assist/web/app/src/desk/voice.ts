// The sound of the call this tab carries. It outlives the desk page (looking something up elsewhere does not hang up) and
// is renewed when the connection breaks or the page was loaded again. A second tab leaves the sound where it is until
// somebody asks for it.
import { useSyncExternalStore } from 'react';
import { post, Problem } from '../parts/api';
import { desk } from './store';
import { Phone, VoiceError, type Trouble } from './phone';

export interface Voice { state: 'off' | 'asking' | 'connecting' | 'connected' | 'broken'; call: string; trouble: Trouble | null; blocked: boolean; level: number; mic: string; speaker: string }

const kept = (key: string) => { try { return localStorage.getItem(key) ?? ''; } catch { return ''; } };
let voice: Voice = { state: 'off', call: '', trouble: null, blocked: false, level: 0, mic: kept('parley.mic'), speaker: kept('parley.speaker') };
const listeners = new Set<() => void>();
const set = (v: Partial<Voice>) => { voice = { ...voice, ...v }; listeners.forEach(f => f()); };
export const useVoice = () => useSyncExternalStore(f => { listeners.add(f); return () => { listeners.delete(f); }; }, () => voice);

const mine = {
  get: () => { try { return sessionStorage.getItem('parley.voice') ?? ''; } catch { return ''; } },
  set: (call: string) => { try { sessionStorage.setItem('parley.voice', call); } catch { /* private mode */ } },
};
// carried is the call this tab carried before it was loaded again, '' for none.
export const carried = () => mine.get();
// isMine reports whether this tab carried a call's sound before it was loaded again.
export const isMine = (call: string) => mine.get() === call;

let tries = 0;
const hears: ConstructorParameters<typeof Phone>[0] = {
  state: s => { if (s === 'connected') tries = 0; set({ state: s }); if (s === 'broken') again(); },
  level: v => { if (Math.abs(v - voice.level) > 0.02) set({ level: v }); },
  blocked: () => set({ blocked: true }),
};
let phone = new Phone(hears);

export const ice = () => (desk().body as { ice?: RTCIceServer[] } | null)?.ice ?? [];

function again() {
  const call = voice.call;
  if (!call || tries >= 4) { set({ trouble: 'failed' }); return; }
  window.setTimeout(() => { if (voice.call === call && voice.state === 'broken') void renew(call).catch(() => {}); }, 500 * 2 ** tries++);
}

async function connect(call: string, again: boolean, send: (sdp: string) => Promise<string>) {
  set({ state: 'asking', call, trouble: null, blocked: false });
  try {
    const sdp = await phone.offer(voice.mic, ice());
    if (voice.speaker) void phone.speaker(voice.speaker);
    const answer = await send(sdp);
    if (voice.call !== call) return;
    mine.set(call);
    if (desk().body?.call?.muted) phone.mute(true);
    await phone.answer(answer);
  } catch (err) {
    phone.close();
    if (err instanceof Problem && err.status >= 400 && err.status < 500) mine.set(''); // it is not ours any more: not tried again by itself
    set({ state: 'off', call: '', trouble: err instanceof VoiceError ? err.trouble : again ? 'failed' : null });
    throw err;
  }
}

// accept takes an offer with sound. It throws a VoiceError or a Problem.
export const accept = (offer: string, call: string) => connect(call, false, async sdp => (await post<{ call: string; sdp: string }>(`/api/desk/offers/${offer}/accept`, { sdp })).sdp);
// renew connects the sound of a running call to this tab.
export const renew = (call: string) => connect(call, true, async sdp => (await post<{ sdp: string }>(`/api/desk/calls/${call}/media`, { sdp })).sdp);

export function hangUp() { phone.close(); mine.set(''); tries = 0; set({ state: 'off', call: '', trouble: null, blocked: false, level: 0 }); }
export const mute = (on: boolean) => phone.mute(on);
export function unblock() { set({ blocked: false }); phone.play(); }
export const forget = () => set({ trouble: null });

export async function chooseMic(device: string) {
  try { localStorage.setItem('parley.mic', device); } catch { /* private mode */ }
  set({ mic: device, trouble: null });
  try { await phone.microphone(device, desk().body?.call?.muted ?? false); } catch (err) { if (err instanceof VoiceError) set({ trouble: err.trouble }); }
}
export function chooseSpeaker(device: string) {
  try { localStorage.setItem('parley.speaker', device); } catch { /* private mode */ }
  set({ speaker: device });
  void phone.speaker(device);
}

// adopt makes a call this tab's own whose sound flows already, over a phone that nobody else uses any more: a sound that is
// connected anew would be cut off first, and the caller told so.
export async function adopt(call: string, from: Phone) {
  phone.close();
  phone = from;
  phone.tell(hears);
  mine.set(call);
  tries = 0;
  set({ state: 'connected', call, trouble: null, blocked: false });
  try { await phone.microphone(voice.mic, false); } catch (err) { if (err instanceof VoiceError) set({ trouble: err.trouble }); }
}
