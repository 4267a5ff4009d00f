// Notes of a call that this window has and the server may not have yet: they survive a reload, and the end of the call.
import { forget, keep, recall } from '../parts/kept';

const name = (call: string) => `parley.notes.${call}`;

// keptNotes are null when the server has what there is.
export const keptNotes = (call: string): string | null => recall<string>(name(call)) ?? null;
export const keepNotes = (call: string, text: string) => keep(name(call), text);
export const forgetNotes = (call: string) => forget(name(call));
