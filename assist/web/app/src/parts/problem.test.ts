import { describe, expect, it } from 'vitest';
import { Problem } from './api';
import { explain } from './states';
import w from './words';

const type = (code: string) => `urn:parley:problem:${code}`, han = /\p{Script=Han}/u, latin = /[a-z]{3}/i;

describe('what was refused', () => {
  const refused = (status: number, code = '', detail = 'somebody else saved in between') => new Problem(status, 'Conflict', detail, [], code && type(code));
  it('is said by its code, in the language of the page', () => expect(explain(refused(409, 'late'), w.zh).why).toBe(w.zh.problems.late));
  it('is said by its status where nothing else is known', () => {
    for (const status of [401, 404, 409, 410, 429]) {
      const { why } = explain(refused(status), w.zh);
      expect(why).toMatch(han);
      expect(why).not.toMatch(latin);
    }
  });
  it('keeps what tells what to mend', () => expect(explain(refused(422, '', 'line 5: this is no question'), w.zh).why).toBe(`${w.zh.statuses[422]}\nline 5: this is no question`));
  it('names the call that its words are about', () => expect(explain(refused(422, 'nothing-said', 'nothing was said in call 01a2229c-d114-7af2-848a-e8f41f2b7a2a: there'), w.zh).why).toContain('01a2229c-d114-7af2-848a-e8f41f2b7a2a'));
  it('is what the server says on an English page', () => expect(explain(refused(409, 'late', 'the time is over'), w.en).why).toBe('the time is over'));
  it('has words where the server has none', () => expect(explain(refused(409, '', ''), w.en).why).toBe(w.en.statuses[409]));
  it('knows only its own types', () => expect([refused(409, 'late').code, new Problem(409, '', '', [], 'about:blank').code, new Problem(409, '', '').code]).toEqual(['late', '', '']));
});
