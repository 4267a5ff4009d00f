import { describe, expect, it } from 'vitest';
import { Contract } from './contract.mjs';

const json = schema => ({ content: { 'application/json': { schema } } }), strict = (properties, required = []) => ({ type: 'object', additionalProperties: false, properties, required });
const contract = new Contract({
  components: { schemas: { Call: strict({ id: { type: 'string' }, caller: { $ref: '#/components/schemas/Who' }, n: { type: 'integer' } }, ['id', 'caller']), Who: strict({ name: { type: 'string' } }) } },
  paths: {
    '/api/calls': { get: { parameters: [{ in: 'query', name: 'limit', schema: { type: 'integer', maximum: 200 } }, { in: 'query', name: 'langs', schema: { type: ['array', 'null'], items: { type: 'string', enum: ['en', 'zh'] } } }, { in: 'query', name: 'reason', required: true, schema: { type: 'string' } }], responses: { 200: json({ $ref: '#/components/schemas/Call' }) } } },
    '/api/calls/{id}/{do}': { post: { parameters: [{ in: 'path', name: 'do', required: true, schema: { type: 'string', enum: ['hold'] } }], requestBody: { required: true, ...json(strict({ on: { type: 'boolean' } }, ['on'])) }, responses: { 204: {}, default: { content: { 'application/problem+json': { schema: {} } } } } } },
    '/api/calls/{id}/listen': { post: { responses: { 204: {} } } },
  },
});
const asked = (method, path, body) => contract.request({ method, url: new URL(path, 'http://x'), type: 'application/json; charset=utf-8', text: body === undefined ? '' : JSON.stringify(body) });
const told = (method, path, status, value) => contract.answer({ method, url: new URL(path, 'http://x'), status, value });

describe('what pages ask', () => {
  it('takes what fits', () => {
    expect(asked('GET', '/api/calls?limit=50&langs=en,zh&reason=x&token=t')).toEqual([]);
    expect(asked('POST', '/api/calls/c%2F1/hold', { on: true })).toEqual([]);
    expect(asked('POST', '/api/calls/c1/listen', {})).toEqual([]);
  });
  it.each([
    ['a path that is not there', 'GET', '/api/nothing', undefined, /no such path/], ['a method that is not there', 'DELETE', '/api/calls', undefined, /no such path/],
    ['an unknown parameter', 'GET', '/api/calls?reason=x&foo=1', undefined, /unknown query parameter "foo"/], ['a missing parameter', 'GET', '/api/calls', undefined, /"reason" is missing/],
    ['a number that is too large', 'GET', '/api/calls?reason=x&limit=999', undefined, /limit/], ['a word that is not in the list', 'GET', '/api/calls?reason=x&langs=en,fr', undefined, /langs/],
    ['a word in the path that is not in the list', 'POST', '/api/calls/c1/sing', { on: true }, /"do" is sing/], ['an unknown property', 'POST', '/api/calls/c1/hold', { on: true, whisper: true }, /"whisper"/],
    ['a missing property', 'POST', '/api/calls/c1/hold', {}, /'on'/], ['another type', 'POST', '/api/calls/c1/hold', { on: 'yes' }, /boolean/], ['no body', 'POST', '/api/calls/c1/hold', undefined, /body is missing/],
    ['a body nobody looks at', 'POST', '/api/calls/c1/listen', { sdp: '' }, /looks at no body/],
  ])('refuses %s', (_, method, path, body, why) => expect(asked(method, path, body).join('; ')).toMatch(why));
});

describe('what the mock answers', () => {
  it('takes what fits, and null for an object that is not there', () => expect([told('GET', '/api/calls', 200, { id: 'c', caller: null, n: undefined }), told('POST', '/api/calls/c/hold', 204), told('POST', '/api/calls/c/hold', 409, { status: 409 })].flat()).toEqual([]));
  it('names what the server would not say', () => {
    expect(told('GET', '/api/calls', 200, { caller: { nick: '' }, n: 'x' })).toHaveLength(3);
    expect(told('POST', '/api/calls/c/hold', 200, {})[0]).toMatch(/never answers 200/);
    expect(told('POST', '/api/calls/c/hold', 204, {})[0]).toMatch(/with nothing/);
  });
});
