// Who says something: a side of the call, and among agents which of them.
import { named } from './i18n';

// voice tells sides apart, and agents among themselves.
export const voice = (x: { who: string; by?: string }) => (x.by ? `${x.who} ${x.by}` : x.who);

// speaker is who said something: an agent by name, where it is known.
export const speaker = (x: { who: string; name?: string }, sides: Record<string, string>): string => x.name || named(sides, x.who);
