// Original is a turn as it was said beside what the record has of it.
export interface Original { who: string; start_s?: number; masked: string; text: string }

// Piece is a part of what was said; mask is what stands for it in the record, when something does.
export interface Piece { text: string; mask?: string }

// pieces finds what stood where the masks of a text are: the words around them are the same in both. Texts that do not fit
// together are one piece each.
export function pieces(masked: string, text: string): Piece[] {
  const parts = masked.split(/(\[[^\][]{1,40}\])/), out: Piece[] = [];
  let at = 0;
  for (let i = 0; i < parts.length; i += 2) {
    const plain = parts[i]!, mask = parts[i - 1], last = i === parts.length - 1;
    // The words after a mask begin where they are found next; the last ones end the text.
    const found = mask === undefined ? (text.startsWith(plain) ? 0 : -1) : last ? text.length - plain.length : plain === '' ? nextOf(text, at, parts[i + 1]!) : text.indexOf(plain, at + 1);
    if (found < at || !text.startsWith(plain, found)) return [{ text, mask: masked }];
    if (mask !== undefined) out.push({ text: text.slice(at, found), mask });
    if (plain) out.push({ text: plain });
    at = found + plain.length;
  }
  return at === text.length ? out : [{ text, mask: masked }];
}

// nextOf is where the second of two masks without a word between them begins: when it stands in the text itself there,
// else nobody can tell, and the first takes everything but the end.
const nextOf = (text: string, at: number, mask: string) => { const i = text.indexOf(mask, at); return i >= 0 ? i : -1; };
