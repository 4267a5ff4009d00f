import { beforeEach, describe, expect, it, vi } from 'vitest';

const sent: [string, Record<string, unknown> | undefined][] = [];
vi.mock('../desk/phone', () => ({ Phone: class { offer = async () => 'sdp'; answer = async () => {}; microphone = async () => {}; mute() {} close() {} }, VoiceError: class extends Error {} }));
vi.mock('../desk/voice', () => ({ adopt: async (call: string) => { sent.push([`desk has ${call}`, undefined]); }, ice: () => [] }));
vi.mock('../desk/store', () => ({ desk: () => ({ body: sent.at(-1)?.[0].endsWith('/take') ? { call: { call: 'c1' } } : null }) }));
vi.mock('../parts/api', () => ({ post: async (where: string, body?: Record<string, unknown>) => { sent.push([where, body]); return { sdp: 'answer' }; } }));

describe('listening in', () => {
  beforeEach(() => { sent.length = 0; });
  it('says what is done, and hands over what was listened with', async () => {
    const { listen, stop, take, whisper } = await import('./listen');
    await listen('c1', 'Mei'); await whisper(true); await whisper(false); await take();
    await listen('c2', 'Tom'); stop();
    expect(sent.map(([where]) => where)).toEqual(['c1/listen', 'c1/whisper', 'c1/whisper', 'c1/take', 'c2/listen', 'c2/leave'].map(x => `/api/live/calls/${x}`).toSpliced(4, 0, 'desk has c1'));
    expect(sent.filter(([where]) => where.endsWith('whisper')).map(([, body]) => body)).toEqual([{ on: true }, { on: false }]);
  });
  it('ends with the call, which is no trouble of the sound', async () => {
    const { follow, listen, listening } = await import('./listen');
    await listen('c1', 'Mei');
    follow([{ id: 'c0' }, { id: 'c1' }]);
    expect(listening().state).not.toBe('off');
    follow([{ id: 'c0' }]);
    expect([listening().state, listening().over, listening().trouble]).toEqual(['off', true, null]);
    expect(sent.map(([where]) => where)).toEqual(['/api/live/calls/c1/listen']);
  });
});
