import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { parse } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { findNearest } from '../../src/config/did-you-mean.ts'
import { explainKey } from '../../src/config/explain.ts'
import { jsonSchema } from '../../src/config/json-schema.ts'
import { describeMistake } from '../../src/config/mistakes.ts'
import { readConfig, type ConfigOutcome } from '../../src/config/read-config.ts'
import { schema } from '../../src/config/schema.ts'
import type { Fields } from '../../src/config/shape.ts'

const ROOT = new URL('../../', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'hearth-config-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))
writeFileSync(join(folder, 'secret'), 'from the file\n')
writeFileSync(join(folder, 'empty'), '')
writeFileSync(join(folder, 'cert.pem'), 'a certificate')

function read(text: string | undefined, environment: Record<string, string> = {}): ConfigOutcome {
  if (text !== undefined) writeFileSync(join(folder, 'hearth.yaml'), text)
  return readConfig({ file: text === undefined ? undefined : 'hearth.yaml', workingFolder: folder, environment })
}

function good(text: string | undefined, environment: Record<string, string> = {}): Config {
  const outcome = read(text, environment)
  if (!outcome.ok) throw new Error(outcome.mistakes.map(describeMistake).join('\n'))
  return outcome.config
}

function mistakes(text: string | undefined, environment: Record<string, string> = {}): string[] {
  const outcome = read(text, environment)
  return outcome.ok ? [] : outcome.mistakes.map(describeMistake)
}

t.test('without a file, and on loopback only, it is a trial with open registration', async (t) => {
  const outcome = read(undefined)
  if (!outcome.ok) throw new Error('a trial needs nothing')
  t.equal(outcome.isTrial, true)
  t.match(outcome.config, {
    serverName: 'localhost',
    publicBaseurl: 'http://localhost:8008',
    dataDir: join(folder, 'data'),
    signingKeyPath: join(folder, 'data', 'signing.key'),
    registration: { enabled: true },
    listeners: [{ bind: '127.0.0.1', port: 8008 }],
  })
  t.equal(good(undefined, { HEARTH_REGISTRATION_ENABLED: 'false' }).registration.enabled, false)
})

t.test('without a file, but reachable from outside, it is not a trial', async (t) => {
  const listeners = '[{ bind: 0.0.0.0, port: 8008, resources: [client] }]'
  t.match(mistakes(undefined, { HEARTH_LISTENERS: listeners }), [/^environment: server_name is missing\./])
  const config = good(undefined, { HEARTH_LISTENERS: listeners, HEARTH_SERVER_NAME: 'example.org' })
  t.equal(config.registration.enabled, false)
})

t.test('with a file registration is closed, and paths are seen from the file', async (t) => {
  const config = good('server_name: example.org\n')
  t.match(config, {
    publicBaseurl: 'https://example.org',
    registration: { enabled: false },
    dataDir: join(folder, 'data'),
    media: { path: join(folder, 'data', 'media') },
    database: { url: undefined, pool: { max: 10 } },
  })
  t.match(good('server_name: a.example\ndata_dir: other\npublic_baseurl: https://m.a.example/\n'), {
    publicBaseurl: 'https://m.a.example',
    signingKeyPath: join(folder, 'other', 'signing.key'),
  })
})

const NAMED = 'server_name: example.org\n'
/** What someone wrote below `server_name: example.org`, and what they are told. */
const TABLE: [written: string, told: string | RegExp][] = [
  ['sever_name: x.org', 'hearth.yaml:2:1: sever_name is not a key that Hearth knows; did you mean "server_name"?'],
  [
    'registration:\n  enabeld: true',
    'hearth.yaml:3:3: registration.enabeld is not a key that Hearth knows; did you mean "enabled"?',
  ],
  [
    'registration: { enable: true }',
    'hearth.yaml:2:17: registration.enable is not a key that Hearth knows; did you mean "enabled"?',
  ],
  [
    'encryption:\n  default_for_rooms: invite\n  clients: { force_disable: true }',
    'hearth.yaml:4:14: encryption.clients.force_disable cannot be while encryption.default_for_rooms has rooms encrypted.',
  ],
  ['presence:\n  shown: true', 'hearth.yaml:3:3: presence.shown is not a key that Hearth knows; possible here: enabled.'],
  ['registration:\n  enabled: yes', 'hearth.yaml:3:12: registration.enabled must be true or false; write true.'],
  ['registration:\n  enabled: "false"', 'hearth.yaml:3:12: registration.enabled must be true or false; write false.'],
  ['registration:\n  enabled: maybe', 'hearth.yaml:3:12: registration.enabled must be true or false.'],
  ['registration:\n  enabled:', 'hearth.yaml:3:11: registration.enabled has no value; write one, or take the key away.'],
  [
    'registration: true',
    'hearth.yaml:2:15: registration must have keys below it: enabled, tokens_required, guests, shared_secret, policies.',
  ],
  ['presence:\n- enabled', 'hearth.yaml:3:1: presence must have keys, not items: enabled.'],
  [
    'registration:\n  tokens_required: true',
    'hearth.yaml:3:3: registration.tokens_required does nothing while registration.enabled is false; write enabled: true beside it.',
  ],
  [
    'registration:\n  shared_secret: 12345',
    'hearth.yaml:3:18: registration.shared_secret must be text; write "12345" in quotes.',
  ],
  [
    'registration:\n  shared_secret: a\n  shared_secret_file: secret',
    'hearth.yaml:4:3: registration.shared_secret stands here twice, as shared_secret and as shared_secret_file; keep one of the two.',
  ],
  [
    'registration:\n  shared_secret_file: nowhere',
    /^hearth\.yaml:3:23: registration\.shared_secret_file names a file that cannot be read \(ENOENT/,
  ],
  [
    'registration:\n  shared_secret_file: empty',
    /empty: registration\.shared_secret has no value; write one, or take the key away\.$/,
  ],
  [
    'registration:\n  policies:\n  - { id: Terms Of, version: "1", name: T, url: https://a.example }',
    'hearth.yaml:4:11: registration.policies[0].id must be of the letters a to z, digits and _.',
  ],
  ['rooms: { default_version: 12 }', 'hearth.yaml:2:27: rooms.default_version must be text; write "12" in quotes.'],
  ['rooms: { default_version: "13" }', 'hearth.yaml:2:27: rooms.default_version cannot be "13"; did you mean "10"?'],
  [
    'log: { level: warning }',
    'hearth.yaml:2:15: log.level cannot be "warning"; possible here: debug, info, warn, error, silent.',
  ],
  ['log: { level: inof }', 'hearth.yaml:2:15: log.level cannot be "inof"; did you mean "info"?'],
  ['log: info', 'hearth.yaml:2:6: log must have keys below it: level, format.'],
  ['media: { max_upload_bytes: 50M }', 'hearth.yaml:2:28: media.max_upload_bytes must be a whole number; write 52428800.'],
  [
    'media: { max_upload_bytes: "1000" }',
    'hearth.yaml:2:28: media.max_upload_bytes must be a whole number; write 1000 without quotes.',
  ],
  ['media: { max_upload_bytes: 1.5 }', 'hearth.yaml:2:28: media.max_upload_bytes must be a whole number; write 2.'],
  ['media: { max_upload_bytes: 0 }', 'hearth.yaml:2:28: media.max_upload_bytes must be between 1 and 1099511627776.'],
  ['media: { max_upload_bytes: [1] }', 'hearth.yaml:2:28: media.max_upload_bytes must be one value, not a list.'],
  ['email: { host: { name: x } }', 'hearth.yaml:2:16: email.host must be text, not a map.'],
  ['email: { host: mail.example }', 'hearth.yaml:2:8: email.from is missing; write the address that mail comes from.'],
  [
    'email: { host: m.example, from: a@b.c, user: x }',
    'hearth.yaml:2:40: email.user and email.password go together; write both or neither.',
  ],
  ['turn: { uris: [turn:a.example] }', 'hearth.yaml:2:9: turn.uris needs turn.shared_secret, or turn.username and turn.password.'],
  ['turn: { username: x }', 'hearth.yaml:2:9: turn.username and turn.password go together; write both or neither.'],
  [
    'turn: { shared_secret: s, username: x, password: y }',
    'hearth.yaml:2:27: turn.username does nothing beside turn.shared_secret; take one of the two away.',
  ],
  ['turn: { uris: ["stun:a.example"] }', /^hearth\.yaml:2:16: turn\.uris\[0\] must be an address such as turn:/],
  [
    'well_known: { support: { contacts: [{ role: m.role.admin }] } }',
    'hearth.yaml:2:37: well_known.support.contacts[0] needs a matrix_id or an email_address.',
  ],
  ['well_known: { support: { contacts: [{ matrix_id: admin }] } }', /matrix_id must be a user id such as @admin:example\.org\.$/],
  ['well_known: { support: { contacts: [{ email_address: a@b.c, role: m.role.x }] } }', /role must be m\.role\.admin, /],
  ['listeners: 8008', 'hearth.yaml:2:12: listeners must be a list; write [8008].'],
  ['listeners: { port: 1 }', 'hearth.yaml:2:12: listeners must be a list; put "- " before each item.'],
  ['listeners:\n- { port: 80 }', 'hearth.yaml:3:3: listeners[0].resources is missing. What is answered there.'],
  [
    'listeners:\n- { resources: [client] }',
    'hearth.yaml:3:3: listeners[0].port is missing. The TCP port; 0 for any that is free.',
  ],
  ['listeners:\n- { port: 80, resources: [] }', 'hearth.yaml:3:26: listeners[0].resources must have at least one item.'],
  [
    'listeners:\n- { port: 80, resources: [clients] }',
    'hearth.yaml:3:27: listeners[0].resources[0] cannot be "clients"; did you mean "client"?',
  ],
  ['listeners:\n- { port: 99999, resources: [client] }', 'hearth.yaml:3:11: listeners[0].port must be between 0 and 65535.'],
  [
    'listeners:\n- { port: 80, resources: [federation] }',
    'hearth.yaml:2:1: listeners must answer clients somewhere; add client to the resources of one.',
  ],
  [
    'listeners:\n- { port: 80, resources: [client] }\n- { bind: 0.0.0.0, port: 80, resources: [federation] }',
    'hearth.yaml:4:20: listeners[1].port is taken by listeners[0] already; write another port.',
  ],
  [
    'listeners:\n- { bind: example.org, port: 80, resources: [client] }',
    'hearth.yaml:3:11: listeners[0].bind must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.',
  ],
  [
    'listeners:\n- { port: 80, resources: [client], tls: { cert: cert.pem } }',
    'hearth.yaml:3:41: listeners[0].tls.key is missing. The PEM file of the private key.',
  ],
  [
    'listeners:\n- { port: 80, resources: [client], tls: { cert: cert.pem, key: key.pem } }',
    /^hearth\.yaml:3:64: listeners\[0\]\.tls\.key names a file that is not there \(.*key\.pem\)\.$/,
  ],
  [
    'listeners:\n- { bind: 0.0.0.0, port: 80, resources: [client] }\npassword_hash: { fast_insecure: true }',
    'hearth.yaml:4:18: password_hash.fast_insecure is for tests on this machine; write false, or let every listener bind 127.0.0.1.',
  ],
  [
    'database: { url: "mysql://x" }',
    'hearth.yaml:2:18: database.url must be a URL such as postgresql://user:password@127.0.0.1:5432/hearth.',
  ],
  [
    'database: { replicas: ["postgresql://a/b"] }',
    'hearth.yaml:2:13: database.replicas needs database.url: the embedded database has no replicas.',
  ],
  ['database: { pool: { max: 100 } }', 'hearth.yaml:2:21: database.pool.max can be 40 at most with the embedded database.'],
  [
    'internal: { bind: 0.0.0.0 }',
    'hearth.yaml:2:11: internal.advertise is missing; write the URL at which the other processes reach this one.',
  ],
  ['redis: { url: "http://x" }', 'hearth.yaml:2:15: redis.url must be a URL such as redis://127.0.0.1:6379.'],
  ['public_baseurl: matrix.example.org', 'hearth.yaml:2:17: public_baseurl must be a URL such as https://matrix.example.org.'],
  ['public_baseurl: https://a.example/?x', 'hearth.yaml:2:17: public_baseurl must be a URL without "?" and "#".'],
  [
    'trusted_proxies: [10.0.0.0/33]',
    'hearth.yaml:2:19: trusted_proxies[0] must be an address or a network such as 127.0.0.1 or 10.0.0.0/8.',
  ],
  [
    'federation: { trusted_key_servers: [https://a.example/] }',
    'hearth.yaml:2:37: federation.trusted_key_servers[0] must be a name without "http://"; write a.example.',
  ],
  [
    'federation: { verify_tls: false, ca_file: cert.pem }',
    'hearth.yaml:2:34: federation.ca_file does nothing while federation.verify_tls is false; take one of the two away.',
  ],
  ['rate_limits: { message: { burst: 0 } }', 'hearth.yaml:2:34: rate_limits.message.burst must be between 1 and 1000000.'],
  ['appservices: [bridge.yaml]', /^hearth\.yaml:2:15: appservices\[0\] names a file that is not there/],
  ['server_name: again.example', 'hearth.yaml:2:1: the same key stands here a second time; keep one of the two.'],
  ['log:\n\tlevel: info', /^hearth\.yaml:3:1: a tab cannot indent YAML; use spaces\.$/m],
  ['log: &a { level: info }\npresence: *a', 'hearth.yaml:3:11: write the value out instead of *a.'],
  ['log: { level: "info }', 'hearth.yaml:2:15: the " that opens here is not closed; write " where it ends.'],
  ['trusted_proxies: [unclosed\nports: 1', 'hearth.yaml:2:18: the [ that opens here is not closed; write ] where it ends.'],
  ['log: { level: info\npresence: { enabled: true }', 'hearth.yaml:2:6: the { that opens here is not closed; write } where it ends.'],
  ['data_dir ./data', 'hearth.yaml:2:1: there is no ": " behind this key; write it as key: value.'],
  ['log: info\n  level: info', /^hearth\.yaml:2:6: a key can have a value or keys below it, not both; .* that holds ": "\.$/],
  ['log:\n  level: info\n format: json', 'hearth.yaml:4:1: the indentation does not fit the lines above.'],
  ['data_dir: @data', 'hearth.yaml:2:11: a value cannot begin with this character; put it in quotes.'],
  ['---\nlog: { level: info }', 'hearth.yaml:2:1: a configuration is one document; take this line away.'],
  ['data_dir: "C:\\data"', /^hearth\.yaml:2:14: this backslash means nothing in double quotes; /],
  ['trusted_proxies: ["::1" "::2"]', 'hearth.yaml:2:25: a comma is missing before this.'],
  ['trusted_proxies: - ::1', 'hearth.yaml:2:18: "- " begins an item on a line of its own, below the key.'],
  ['log: { level: info }}', 'hearth.yaml:2:21: this bracket closes nothing; take it away, or put the value in quotes.'],
  ['data_dir: "a"b', /^hearth\.yaml:2:14: this does not fit what stands before it; /],
  ['data_dir: >x', /^hearth\.yaml:2:12: is not YAML: Block scalar header/],
]

for (const [written, told] of TABLE) {
  t.test(`told about ${JSON.stringify(written)}`, async (t) => {
    const found = mistakes(`${NAMED}${written}\n`)
    if (typeof told === 'string') t.strictSame(found, [told])
    else t.match(found.join('\n'), told)
  })
}

t.test('registration files of application services', (t) => {
  const good = {
    id: 'irc', url: 'null', as_token: 'a', hs_token: 'h', sender_localpart: '_irc',
    namespaces: '{ users: [{ exclusive: true, regex: "@_irc_.*" }] }',
  }
  const write = (name: string, changes: Record<string, string>) => {
    const lines = Object.entries({ ...good, ...changes }).map(([key, value]) => `${key}: ${value}`)
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
  }
  const readFiles = (...names: string[]) => read(`${NAMED}appservices: [${names.join(', ')}]\n`)
  const complaints = (changes: Record<string, string>) => {
    write('bridge.yaml', changes)
    const outcome = readFiles('bridge.yaml')
    return outcome.ok ? [] : outcome.mistakes.map(({ at, key, complaint }) => `${at.slice(folder.length + 1)}: ${key} ${complaint}`)
  }
  const others = { 'de.sorunome.msc2409.push_ephemeral': 'true', 'org.matrix.msc3202': 'true', 'of.the.bridge': '[1]', protocols: '' }
  write('bridge.yaml', others)
  const outcome = readFiles('bridge.yaml')
  t.match(outcome, { ok: true, config: { appservices: [{
    id: 'irc', url: undefined, asToken: 'a', receiveEphemeral: true, receivesDeviceChanges: true, rateLimited: true, protocols: [],
    namespaces: { users: [{ exclusive: true, regex: '@_irc_.*' }], aliases: [], rooms: [] },
  }] } })
  t.same(complaints({ url: 'localhost:29333' }), ['bridge.yaml:2:6: url must be a URL such as http://localhost:29333'])
  t.same(complaints({ sender_localpart: '"a b"' }), ['bridge.yaml:5:19: sender_localpart cannot be the localpart of a user id'])
  const regex = complaints({ namespaces: '{ users: [{ regex: "(" }] }' }).join()
  t.match(regex, /^bridge\.yaml:6:32: namespaces\.users\[0\]\.regex is no regular expression: /)
  t.match(complaints({ as_token: '' }).join(), /^bridge\.yaml:\d+:\d+: as_token is missing/)
  write('bridge.yaml', {})
  write('other.yaml', { id: 'other', sender_localpart: '_other' })
  const twins = [{ key: 'as_token', complaint: /^is the same as in .*bridge\.yaml; write another one$/ }]
  t.match(readFiles('bridge.yaml', 'other.yaml'), { ok: false, mistakes: twins })
  t.end()
})

t.test('mistakes in the file as a whole', async (t) => {
  t.strictSame(mistakes('log: { level: info }\n'), [
    'hearth.yaml:1:1: server_name is missing. The name behind the colon in the addresses of your users. It can never be changed later.',
  ])
  t.strictSame(mistakes('- a\n'), ['hearth.yaml:1:1: a configuration has keys, such as server_name: example.org.'])
  t.match(mistakes(''), [/server_name is missing/])
  t.match(mistakes('server_name: https://example.org/\n'), [
    'hearth.yaml:1:14: server_name must be a name without "http://"; write example.org.',
  ])
  t.match(mistakes('server_name: "exa mple"\n'), [/server_name must be a server name such as/])
  t.match(readConfig({ file: 'nowhere.yaml', workingFolder: folder, environment: {} }), {
    ok: false, mistakes: [{ at: 'nowhere.yaml', complaint: /^is not there/ }],
  })
  t.equal(mistakes('server_name: e.org\nlog: { level: x }\nmedia: { path: 1 }\n').length, 2, 'all mistakes are told at once')
})

t.test('the environment wins over the file', async (t) => {
  const config = good(`${NAMED}log: { level: warn }\nregistration: { shared_secret: written }\n`, {
    HEARTH_LOG_LEVEL: 'debug',
    HEARTH_REGISTRATION_SHARED_SECRET_FILE: 'secret',
    HEARTH_MEDIA_MAX_UPLOAD_BYTES: '1000',
    HEARTH_RATE_LIMITS_MESSAGE_PER_SECOND: '5.5',
    HEARTH_TRUSTED_PROXIES: '[10.0.0.0/8]',
    HEARTH_DATABASE_URL: '',
    HEARTH_PORT: 'tcp://10.0.0.1:8008',
    HEARTH_CONFIG: 'x.yaml',
    PATH: '/bin',
  })
  t.match(config, {
    log: { level: 'debug' },
    registration: { sharedSecret: 'from the file' },
    media: { maxUploadBytes: 1000 },
    rateLimits: { message: { perSecond: 5.5, burst: 10 } },
    trustedProxies: ['10.0.0.0/8'],
    database: { url: undefined },
  })
  t.strictSame(mistakes(NAMED, { HEARTH_LOG_LEVEL: 'inof' }), ['HEARTH_LOG_LEVEL: log.level cannot be "inof"; did you mean "info"?'])
  t.strictSame(mistakes(NAMED, { HEARTH_DATABSE_URL: 'x' }), [
    'environment: HEARTH_DATABSE_URL is not a variable that Hearth knows; did you mean "HEARTH_DATABASE_URL"?',
  ])
})

t.test('config.example.yaml has every key, with the default of the code', async (t) => {
  const text = readFileSync(new URL('config.example.yaml', ROOT), 'utf8')
  t.strictSame(good(text), good(NAMED))
  for (const name of keysOf(schema.fields)) t.match(text, new RegExp(`[\\s{]${name}(_file)?:`), `${name} is shown`)
})

t.test('what has no effect yet is marked so in the example', async (t) => {
  const lines = readFileSync(new URL('config.example.yaml', ROOT), 'utf8').split('\n')
  const marked = lines.filter((line) => line.includes('# has no effect yet')).map((line) => /[a-z_]+/.exec(line)?.[0] ?? '')
  t.same(marked, idleKeysOf(schema.fields))
})

function idleKeysOf(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, shape]) => {
    if (shape.isIdle === true) return [name]
    return shape.kind === 'section' ? idleKeysOf(shape.fields) : []
  })
}

function keysOf(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([name, shape]) => (shape.kind === 'section' ? [name, ...keysOf(shape.fields)] : [name]))
}

t.test('config.schema.json is the schema of the code, and knows the example', async (t) => {
  const written = JSON.parse(readFileSync(new URL('config.schema.json', ROOT), 'utf8')) as object
  t.strictSame(written, jsonSchema(), 'write it anew with: npx hearth config schema > config.schema.json')
  const validate = new Ajv2020({ strict: false }).compile(written)
  t.ok(validate(parse(readFileSync(new URL('config.example.yaml', ROOT), 'utf8'))), JSON.stringify(validate.errors))
  t.notOk(validate({ server_name: 'example.org', registration: { enabeld: true } }))
  t.notOk(validate({ server_name: 'example.org', log: { level: 'loud' } }))
})

t.test('explains a key', async (t) => {
  t.match(explainKey('registration.shared_secret'), {
    text: 'registration.shared_secret: Lets scripts that know it register accounts, as with Synapse.\n'
      + '  Default: none\n  Variable: HEARTH_REGISTRATION_SHARED_SECRET\n'
      + '  A secret: registration.shared_secret_file names a file that holds it',
  })
  t.match(explainKey('rooms.default_version'), { text: /Default: "12"\n.*\n {2}One of: 10, 11, 12/ })
  t.match(explainKey('listeners'), { text: /Default: \[ \{ bind: 127.0.0.1, port: 8008, resources: \[/ })
  t.match(explainKey('listeners[0].tls'), { text: /cert: The PEM file/ })
  t.match(explainKey('server_name'), { text: /Default: localhost in a trial/ })
  t.match(explainKey('email.port'), { text: 'email.port: Its port.\n  It has no effect yet: this Hearth does not use it.\n  Default: 587' })
  t.match(explainKey('listeners.port'), {
    text: 'Default: none; it must be given\n  Variable: none of its own; HEARTH_LISTENERS holds the whole list, as in YAML',
  })
  t.match(explainKey('registration'), { text: /tokens_required: Whether/ })
  t.match(explainKey('registration.enabel'), { complaint: 'There is no key registration.enabel; did you mean "enabled"?' })
  t.match(explainKey('constructor'), { complaint: /There is no key constructor/ })
})

t.test('finds the nearest word, and none when nothing is near', async (t) => {
  t.equal(findNearest('enabeld', ['enabled', 'guests']), 'enabled')
  t.equal(findNearest('max-upload-bytes', ['path', 'max_upload_bytes']), 'max_upload_bytes')
  t.equal(findNearest('xyz', ['enabled']), undefined)
  t.equal(findNearest('x', []), undefined)
})
