// Notes of a call that this window has and the server may not have yet: they survive a reload, and the end of the call.
const key = (call: string) => `parley.notes.${call}`;

// keptNotes are null when the server has what there is.
export const keptNotes = (call: string): string | null => { try { return sessionStorage.getItem(key(call)); } catch { return null; } };
export const keepNotes = (call: string, text: string) => { try { sessionStorage.setItem(key(call), text); } catch { /* private mode */ } };
export const forgetNotes = (call: string) => { try { sessionStorage.removeItem(key(call)); } catch { /* private mode */ } };
