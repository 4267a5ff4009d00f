// The two sounds of the desk, made on the spot: a ring, and two notes for an escalation. Both can be silenced.
import { onOff } from '../parts/i18n';

export const ringSound = onOff('parley.sound.ring', true);
export const alertSound = onOff('parley.sound.alert', true);

let context: AudioContext | null = null;
function tone(at: number, hz: number, seconds: number, gain = 0.08) {
  if (!context) return;
  const o = context.createOscillator(), g = context.createGain();
  o.frequency.value = hz;
  g.gain.setValueAtTime(0, at);
  g.gain.linearRampToValueAtTime(gain, at + 0.02);
  g.gain.setValueAtTime(gain, at + seconds - 0.05);
  g.gain.linearRampToValueAtTime(0, at + seconds);
  o.connect(g).connect(context.destination);
  o.start(at);
  o.stop(at + seconds);
}
function ready(): boolean {
  try { context ??= new AudioContext(); } catch { return false; }
  void context.resume();
  return true;
}

// ring sounds until the function it returns is called.
export function ring(): () => void {
  const once = () => {
    if (ringSound.get() === 'off' || !ready()) return;
    const t = context!.currentTime + 0.02;
    for (const d of [0, 0.3]) { tone(t + d, 523, 0.22); tone(t + d, 659, 0.22, 0.05); }
  };
  once();
  const timer = window.setInterval(once, 2500);
  return () => clearInterval(timer);
}

export function escalation() {
  if (alertSound.get() === 'off' || !ready()) return;
  const t = context!.currentTime + 0.02;
  tone(t, 784, 0.14);
  tone(t + 0.18, 587, 0.22);
}
