// Listening in: the supervisor hears both sides; whispering opens the microphone towards the agent.
import { useSyncExternalStore } from 'react';
import { post } from '../parts/api';
import { Phone, VoiceError, type Trouble } from '../desk/phone';
import { desk } from '../desk/store';
import { adopt, ice } from '../desk/voice';

export interface Listening { call: string; name: string; joined: boolean; state: 'off' | 'connecting' | 'connected'; whisper: boolean; trouble: Trouble | null; over: boolean }
const none: Listening = { call: '', name: '', joined: false, state: 'off', whisper: false, trouble: null, over: false };
let now = none;
const listeners = new Set<() => void>();
const set = (v: Partial<Listening>) => { now = { ...now, ...v }; listeners.forEach(f => f()); };
export const listening = () => now;
export const useListening = () => useSyncExternalStore(f => { listeners.add(f); return () => { listeners.delete(f); }; }, listening);

const lift = () => new Phone({ state: s => (s === 'broken' ? stop('failed') : set({ state: s })), level: () => {}, blocked: () => {} });
let phone = lift();

export function stop(trouble: Trouble | null = null) {
  if (now.joined) void post(`/api/live/calls/${now.call}/leave`, {}).catch(() => {}); // the server notices anyway
  phone.close(); set({ ...none, trouble }); }

// follow tells which calls go on: when the one that is listened to does not, that is its end, and no trouble of the sound.
export function follow(running: { id: string }[]) {
  if (!now.joined || running.some(c => c.id === now.call)) return;
  phone.close(); set({ ...none, over: true });
}
export const forget = () => set({ over: false });

export async function listen(call: string, name: string) {
  stop();
  set({ call, name, state: 'connecting' });
  try {
    const sdp = await phone.offer('', ice(), true), out = await post<{ sdp: string }>(`/api/live/calls/${call}/listen`, { sdp });
    if (now.call !== call) return;
    set({ joined: true });
    await phone.answer(out.sdp);
  } catch (err) { stop(err instanceof VoiceError ? err.trouble : null); throw err; }
}

export async function whisper(on: boolean) {
  try {
    if (on) await phone.microphone('', false); else phone.mute(true);
    await post(`/api/live/calls/${now.call}/whisper`, { on });
    set({ whisper: on, trouble: null });
  } catch (err) { phone.mute(true); set({ whisper: false, trouble: err instanceof VoiceError ? err.trouble : null }); throw err; }
}

// theirs waits until the desk knows that a call is this person's, which it does not at once.
async function theirs(call: string) { for (let left = 50; left > 0 && desk().body?.call?.call !== call; left--) await new Promise(done => { setTimeout(done, 100); }); }

// take makes the call the supervisor's own: what they listened over is the desk's from then on.
export async function take() {
  const { call } = now, mine = phone;
  await post(`/api/live/calls/${call}/take`, {});
  phone = lift();
  set(none);
  await theirs(call);
  await adopt(call, mine);
}
