// Who says something: a side of the call, and among agents which of them.
import { named } from './i18n';

// voice tells sides apart, and agents among themselves.
export const voice = (x: { who: string; by?: string }) => (x.by ? `${x.who} ${x.by}` : x.who);

// called is somebody's name. Whoever uses a server without accounts has none: their machine stands for them.
export const called = (id: string | undefined, name: string | undefined, sides: { local: string }): string => (id === 'local' ? sides.local : name ?? '');

// speaker is who said something: an agent by name, where it is known.
export const speaker = (x: { who: string; by?: string; name?: string }, sides: Record<string, string> & { local: string }): string => called(x.by, x.name, sides) || named(sides, x.who);
