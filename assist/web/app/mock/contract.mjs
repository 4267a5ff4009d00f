// Holds what pages ask, and what the mock answers, against the description of the API that the real server gives.
// PARLEY_OPENAPI names the file with it; without one nothing is held.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';

const methods = ['get', 'put', 'post', 'patch', 'delete'];
const escaped = key => key.replaceAll('~', '~0').replaceAll('/', '~1');
const said = errors => errors.map(e => `${e.instancePath || 'it'} ${e.message}${e.params.additionalProperty ? ` "${e.params.additionalProperty}"` : ''}${e.params.allowedValues ? ` ${e.params.allowedValues.join(', ')}` : ''}`);

export class Contract {
  constructor(doc) {
    this.ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, verbose: true });
    this.ajv.addSchema(doc, 'api');
    // Where two templates fit, the one whose words come first wins, as in the server.
    this.paths = Object.entries(doc.paths).map(([template, item]) => ({ template, item, parts: template.split('/') })).sort((a, b) => (a.template.replaceAll('{', '~') < b.template.replaceAll('{', '~') ? -1 : 1));
  }

  static fromEnv(file = process.env.PARLEY_OPENAPI) { return file ? new Contract(JSON.parse(readFileSync(file, 'utf8'))) : null; }

  // find returns the operation a request is for, or undefined.
  find(method, path) {
    const parts = path.split('/').map(decodeURIComponent), m = method.toLowerCase() === 'head' ? 'get' : method.toLowerCase();
    for (const { template, item, parts: want } of this.paths) {
      if (!methods.includes(m) || !item[m] || want.length !== parts.length || !want.every((w, i) => (w.startsWith('{') ? parts[i] !== '' : w === parts[i]))) continue;
      const named = Object.fromEntries(want.flatMap((w, i) => (w.startsWith('{') ? [[w.slice(1, -1), parts[i]]] : [])));
      return { op: item[m], named, at: `api#/paths/${escaped(template)}/${m}` };
    }
    return undefined;
  }

  fits(at, value, pardon = () => false) {
    const validate = this.ajv.getSchema(at);
    return validate(value) ? [] : said(validate.errors.filter(e => !pardon(e)));
  }

  // request tells what the server would not take of a request: nothing when all is well.
  request({ method, url, type = '', text }) {
    const found = this.find(method, url.pathname);
    if (!found) return ['the server has no such path and method'];
    const { op, named, at } = found, wrong = [], params = op.parameters ?? [];
    for (const key of url.searchParams.keys()) if (key !== 'token' && !params.some(p => p.in === 'query' && p.name === key)) wrong.push(`unknown query parameter "${key}"`);
    params.forEach((p, i) => {
      const given = p.in === 'query' ? url.searchParams.get(p.name) : p.in === 'path' ? named[p.name] : undefined;
      if (given) wrong.push(...this.fits(`${at}/parameters/${i}/schema`, typed(given, p.schema)).map(x => `${p.in} parameter "${p.name}" is ${given}: ${x}`));
      else if (p.required && ['query', 'path'].includes(p.in)) wrong.push(`${p.in} parameter "${p.name}" is missing`);
    });
    return [...wrong, ...this.body(op, at, type.split(';')[0], text)];
  }

  body(op, at, type, text) {
    const takes = op.requestBody?.content;
    if (!takes) return text && text !== '{}' ? [`the server looks at no body: ${text.slice(0, 80)}`] : [];
    if (!text) return op.requestBody.required ? ['the body is missing'] : [];
    if (!takes[type]) return [`a body of ${type} where the server takes ${Object.keys(takes).join(', ')}`];
    if (type !== 'application/json') return [];
    let value;
    try { value = JSON.parse(text); } catch { return ['the body is no JSON']; }
    return this.fits(`${at}/requestBody/content/application~1json/schema`, value);
  }

  // answer tells where an answer is not what the server would give to that request. An object that is not there is null,
  // which the description does not say.
  answer({ method, url, status, value }) {
    const found = this.find(method, url.pathname);
    if (!found) return [];
    const key = [String(status), ...(status >= 400 ? ['default'] : [])].find(k => found.op.responses?.[k]);
    if (!key) return [`the server never answers ${status}, but ${Object.keys(found.op.responses ?? {}).join(', ')}`];
    const kind = ['application/json', 'application/problem+json'].find(k => found.op.responses[key].content?.[k]?.schema);
    if (!kind) return value === undefined ? [] : [`the server answers ${key} with nothing`];
    return value === undefined ? [`nothing where the server answers ${kind}`] : this.fits(`${found.at}/responses/${key}/content/${escaped(kind)}/schema`, JSON.parse(JSON.stringify(value)), e => e.keyword === 'type' && e.data === null);
  }
}

// typed reads a parameter as what its schema says it is.
function typed(text, schema = {}) {
  const types = [schema.type].flat();
  if (types.includes('array')) return text.split(',').map(x => typed(x, schema.items));
  if ((types.includes('integer') || types.includes('number')) && text.trim() !== '' && !Number.isNaN(Number(text))) return Number(text);
  if (types.includes('boolean') && ['true', 'false'].includes(text)) return text === 'true';
  return text;
}
