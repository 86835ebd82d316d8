import { V3 } from '../../support/api.ts'
import { at, type BadInput, type House } from './house.ts'

const NOT_JSON = { status: 400, errcode: 'M_NOT_JSON' }
const BAD_JSON = { status: 400, errcode: 'M_BAD_JSON' }

/** B1 to B20: bodies that are no JSON, or such that two servers could read differently. */
export function listBadJson({ roomId }: House): BadInput[] {
  const path = at(`${V3}/rooms`, roomId, 'send', 'm.test', 'bad')
  const messages = `${at(`${V3}/rooms`, roomId)}/messages?dir=b`
  const nested = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`
  return [
    { name: 'B1 an open brace', path, body: '{', ...NOT_JSON },
    { name: 'B1 nothing', path, body: '', ...NOT_JSON },
    { name: 'B2 bytes that are not UTF-8', path, body: Buffer.from('{"a":"\x81"}', 'latin1'), ...NOT_JSON },
    ...['[]', '"x"', 'null', '7'].map((body) => ({ name: `B3 ${body}`, path, body, ...BAD_JSON })),
    ...['9007199254740992', '-9007199254740992', '1.1', '1.0', '1e2', '-0', '-0.0', '1E400', '1e-7'].map((number) => (
      { name: `B4 to B6 ${number}`, path, body: `{"a":{"b":[${number}]}}`, ...BAD_JSON }
    )),
    ...['NaN', 'Infinity', '-Infinity', '01', '+1', '.5', '1.', '0x1'].map((number) => (
      { name: `B7, B8 ${number}`, path, body: `{"a":${number}}`, ...NOT_JSON }
    )),
    { name: 'B9 a key twice', path, body: '{"a":1,"a":2}', ...BAD_JSON },
    { name: 'B9 a key twice, written differently, further down', path, body: '{"x":[{"a":1,"\\u0061":2}]}', ...BAD_JSON },
    { name: 'B10 half of a surrogate pair', path, body: '{"a":"\\ud800"}', ...BAD_JSON },
    { name: 'B10 half of a surrogate pair as key', path, body: '{"\\udc00":1}', ...BAD_JSON },
    { name: 'B12 5,000 arrays in each other', path, body: nested, ...BAD_JSON },
    { name: 'B14 a byte order mark', path, body: '\ufeff{}', ...NOT_JSON },
    { name: 'B16 more than 12.5 MiB', path, body: Buffer.alloc(13_200_000, 0x20), status: 413, errcode: 'M_TOO_LARGE' },
    { name: 'B17 a compressed body', path, body: '{}', headers: { 'content-encoding': 'gzip' }, status: 415, errcode: 'M_UNKNOWN' },
    {
      name: 'A61 a form',
      path,
      body: '--x',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      status: 415,
      errcode: 'M_UNKNOWN',
    },
    ...['abc', '-1', '1.5', '1e400', ''].map((limit) => (
      { name: `B18 limit=${limit}`, method: 'GET' as const, path: `${messages}&limit=${limit}`, status: 400, errcode: 'M_INVALID_PARAM' }
    )),
    { name: 'B19 a filter that is no JSON', method: 'GET', path: `${messages}&filter=%7Bbad`, ...NOT_JSON },
    { name: 'B19 a filter of /sync that is no JSON', method: 'GET', path: `${V3}/sync?filter=%7Bbad`, ...NOT_JSON },
    { name: 'B20 an unknown path', method: 'GET', path: `${V3}/nothing`, status: 404, errcode: 'M_UNRECOGNIZED' },
    { name: 'B20 an API that is none', method: 'GET', path: '/_matrix/nothing/v1/x', status: 404, errcode: 'M_UNRECOGNIZED' },
    { name: 'B20 a wrong method', method: 'DELETE', path, status: 405, errcode: 'M_UNRECOGNIZED' },
  ]
}
