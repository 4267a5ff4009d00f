// Fields that look something up as somebody types. With an input method there stands in them, meanwhile, what nobody means yet, such as
// half-typed pinyin.
import { useState } from 'react';

// useComposing tells whether somebody composes in the field that has its handlers.
export function useComposing() {
  const [composing, set] = useState(false);
  return { composing, field: { onCompositionStart: () => set(true), onCompositionEnd: () => set(false) } };
}
