import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { CopyOut, submit } from '../../src/store/backup/copy.ts'
import { startEmbedded } from '../../src/store/embedded/embedded.ts'
import { silentLog } from '../../src/util/log.ts'
import { untilTrue } from '../support/until-true.ts'

// The command line as people start it, on databases of its own.
const MAIN = new URL('../../src/main.ts', import.meta.url).pathname
const SCRIPT = '/usr/bin/script'
const root = mkdtempSync(join(tmpdir(), 'hearth-commands-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))

interface Result { readonly code: number | null, readonly out: string, readonly err: string }

function hearth(folder: string, args: readonly string[], input = '', environment: Record<string, string> = {}): Promise<Result> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: 'pipe', env: { ...process.env, ...environment } })
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => out += data.toString())
  child.stderr.on('data', (data: Buffer) => err += data.toString())
  child.stdin.end(input)
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

function makeServer(name: string): string {
  const folder = join(root, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'hearth.yaml'), 'server_name: example.org\n')
  return folder
}

/** What a server wrote that a backup has to carry over, the odd characters among it. */
const ROWS = `
  insert into rooms (room_id, version, created_at) values ('!a:example.org', '12', 1);
  insert into event_bodies (event_nid, body_class, received_day, json) values (1, 0, 1, '{"a":"\\\\ \\t ☃ \\n"}'), (2, 1, 1, '{}');
  create table event_bodies_day_7 partition of event_bodies_expiring for values from (7) to (8);
  insert into event_bodies (event_nid, body_class, received_day, json) values (3, 2, 7, '{"short":"lived"}');
  insert into transactions (key, answer, created_at) values ('\\x00ff10', 'answer', 1);
  insert into one_time_keys (user_nid, device_id, algorithm, key_id, key) select nid, 'D', 'signed_curve25519', 'AAA', '{}' from users;
  insert into device_keys (user_nid, device_id, keys) select nid, 'D', '{}' from users;
  select setval('positions', 4242)`

async function query(folder: string, ...texts: string[]): Promise<pg.QueryResult | undefined> {
  const database = await startEmbedded({ dataDir: join(folder, 'data'), log: silentLog })
  const client = new pg.Client({ ...database.connection })
  await client.connect()
  try {
    let result: pg.QueryResult | undefined
    for (const text of texts) result = await client.query(text)
    return result
  } finally {
    await client.end()
    await database.stop()
  }
}

t.test('who presses Ctrl-C instead of an answer gets nothing', { skip: !existsSync(SCRIPT) && 'without script(1)' }, async (t) => {
  const folder = join(root, 'interrupted')
  mkdirSync(folder)
  const child = spawn(SCRIPT, ['-qefc', `"${process.execPath}" "${MAIN}" init`, '/dev/null'], { cwd: folder, stdio: 'pipe' })
  const answers = [{ question: /It can never be changed/, answer: 'example.org\r' }, { question: /2\. At which/, answer: '\x03' }]
  let said = ''
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
    // Each question is answered once: what is written after Ctrl-C finds nobody there.
    const next = answers[0]
    if (next?.question.test(said) !== true) return
    answers.shift()
    child.stdin.write(next.answer)
  })
  t.equal(await new Promise((resolve) => child.on('close', resolve)), 130)
  t.match(said, /2\. At which address/)
  t.notMatch(said, /Error|report/)
  t.strictSame(await readdir(folder), [])
})

t.test('accounts are made, listed and given other passwords', async (t) => {
  const folder = makeServer('users')
  t.match(await hearth(folder, ['user', 'create', 'Alice', '--admin'], 'a good password\n'), {
    code: 0, out: '@alice:example.org has an account now and administrates this server.\n',
  })
  t.match(await hearth(folder, ['user', 'create', '@bob:example.org', '--generate']), {
    code: 0,
    out: /^@bob:example\.org has .*\nPassword: \w{20}\n$/,
  })
  t.match(await hearth(folder, ['user', 'create', 'alice', '--generate']), {
    code: 1,
    err: /^@alice:example\.org has an account already\./,
  })
  t.match(await hearth(folder, ['user', 'create', 'no spaces', '--generate']), { code: 1, err: /^A username is made of a to z/ })
  t.match(await hearth(folder, ['user', 'create', '@x:other.example', '--generate']), { code: 1, err: /cannot be a user of example\.org/ })
  t.match(await hearth(folder, ['user', 'create', 'empty'], '\n'), { code: 1, err: /^The password is empty\./ })
  t.match(await hearth(folder, ['user', 'list']), {
    code: 0,
    out: /^\d{4}-\d\d-\d\d {2}@alice:example\.org {2}\(admin\)\n.* {2}@bob:example\.org\n$/,
  })
  t.match(await hearth(folder, ['jobs']), { code: 0, out: 'Nothing goes on in the background.\n' })
  await query(folder, `insert into background_jobs (kind, resource, arguments, state, done, created_at, updated_at)
    values ('purge-history', '!a:example.org', '{}', 'running', 7, 1, 1), ('delete-room', '!b:example.org', '{}', 'finished', 9, 1, 1)`)
  t.match(await hearth(folder, ['jobs']), { code: 0, out: /^1970-\S+ {2}\d+ {2}purge-history !a:example\.org {2}running, 7 done\n$/ })
  t.match(await hearth(folder, ['federation', 'status']), { code: 0, out: 'Every server answers and has been sent everything.\n' })
  t.match(await hearth(folder, ['federation', 'reset', 'far.example']), { code: 1, err: /nothing to do with far\.example:/ })
  await query(folder, `insert into unsent_events (server_name, room_nid, pos) values ('far.example', 1, 7), ('far.example', 2, 8);
    insert into destinations (server_name, failing_since, retry_at, interval_ms, problem)
    values ('far.example', 1000, 4000000000000, 1000, 'No address.')`)
  const far = 'far.example  events of 2 rooms wait  does not answer since 1970-01-01T00:00:01.000Z: No address.'
  const again = 'tried again at 2096-10-02T07:06:40.000Z'
  t.match(await hearth(folder, ['federation', 'status', 'far.example']), { code: 0, out: `${far}  ${again}\n` })
  t.match(await hearth(folder, ['federation', 'reset', 'far.example']), { code: 0 })
  t.match(await hearth(folder, ['federation', 'status', '--json']), { code: 0, out: /"rooms":2,.*"failingSince":null/ })
  t.match(await hearth(folder, ['federation', 'reset', 'not a name']), { code: 1, err: /not a name/ })
  t.match(await hearth(folder, ['jobs', '--all', '--json']), { code: 0, out: /"state":"finished","done":9.*\n$/ })
  t.match(await hearth(folder, ['user', 'reset-password', 'bob'], 'another one\n'), {
    code: 0,
    out: /^@bob:example\.org has another password now\. Devices that are logged in stay so\./,
  })
  t.match(await hearth(folder, ['user', 'reset-password', '--log-out', 'bob'], 'a third one\n'), {
    code: 0, out: /Every device is logged out\./,
  })
  t.match(await hearth(folder, ['user', 'lock', 'bob']), { code: 0, out: '@bob:example.org is locked.\n' })
  t.match(await hearth(folder, ['user', 'list']), { out: /@bob:example\.org {2}\(locked\)/ })
  t.match(await hearth(folder, ['user', 'unsuspend', '@bob:example.org']), { code: 0, out: /is not suspended any more/ })
  t.match(await hearth(folder, ['user', 'reset-password', 'carol'], 'x\n'), { code: 1, err: /^There is no account @carol:example\.org\./ })
})

t.test('registration tokens are made, listed and ended', async (t) => {
  const folder = join(root, 'users')
  t.match(await hearth(folder, ['registration-token', 'list']), { code: 0, out: '', err: /There is no token yet\./ })
  t.match(await hearth(folder, ['registration-token', 'create']), { code: 0, out: /^\w{20}\n$/ })
  const limited = ['registration-token', 'create', '--token', 'for.friends', '--uses', '3', '--days', '7']
  t.match(await hearth(folder, limited), { code: 0, out: 'for.friends\n' })
  t.match(await hearth(folder, limited), { code: 1, err: /^There is such a token already\./ })
  t.match(await hearth(folder, ['registration-token', 'create', '--uses', '0']), { code: 1, err: /whole number/ })
  t.match(await hearth(folder, ['registration-token', 'create', '--token', 'a b']), { code: 1, err: /up to 64 of/ })
  t.match(await hearth(folder, ['registration-token', 'list']), { out: /^for\.friends {2}0 of 3 accounts, until \d{4}-.* UTC$/m })
  t.match(await hearth(folder, ['registration-token', 'delete', 'for.friends']), { code: 0 })
  t.match(await hearth(folder, ['registration-token', 'delete', 'for.friends']), { code: 1, err: /^There is no such token\./ })
  t.match(JSON.parse((await hearth(folder, ['registration-token', 'list', '--json'])).out), [{ usesAllowed: null, completed: 0 }])
})

t.test('the rows of a table are read as they are, however slowly', { timeout: 120_000 }, async (t) => {
  const database = await startEmbedded({ dataDir: join(root, 'copied'), log: silentLog })
  const client = new pg.Client({ ...database.connection })
  await client.connect()
  t.teardown(() => client.end().finally(() => database.stop()))
  const rows = Array.from({ length: 2000 }, (_, row) => String.fromCharCode(97 + row % 26).repeat(1 + row * 37 % 900))
  const copied = submit(client, new CopyOut(`copy (
    select repeat(chr(97 + n % 26), 1 + n * 37 % 900) from generate_series(0, ${rows.length - 1}) n order by n) to stdout`))
  const chunks: Buffer[] = []
  for await (const chunk of copied) {
    chunks.push(chunk as Buffer)
    await setImmediate()
  }
  t.ok(Buffer.concat(chunks).toString() === rows.map((row) => `${row}\n`).join(''), 'none is lost or overwritten')
})

t.test('a backup makes the same server elsewhere, in a new epoch', { timeout: 120_000 }, async (t) => {
  const folder = join(root, 'users')
  await hearth(folder, ['generate-key'])
  mkdirSync(join(folder, 'data', 'media'))
  writeFileSync(join(folder, 'data', 'media', 'file'), 'bytes')
  await query(folder, ROWS)
  t.match(await hearth(folder, ['backup', 'copy']), { code: 0, out: /copy is a backup of example\.org\./, err: /^$/ })
  t.match(await hearth(folder, ['backup', 'copy']), { code: 1, err: /copy is there already\./ })

  const other = makeServer('other')
  t.match(await hearth(other, ['restore', join(folder, 'copy')]), { code: 0, out: /^example\.org is as it was at / })
  t.match(await hearth(other, ['user', 'list']), { out: /@alice:example\.org {2}\(admin\)/ })
  const found = await query(other, `select
    (select value::int > 0 from server_info where name = 'restore_epoch') as is_in_new_epoch,
    (select last_value > 4242 from positions) as has_left_positions,
    (select count(*)::int from device_list_changes where pos > 4242 and device_id = 'D') as announced,
    (select string_agg(json, '|' order by event_nid) from event_bodies) as bodies,
    (select encode(key, 'hex') from transactions) as key,
    (select count(*)::int from one_time_keys) as one_time_keys,
    (select count(*)::int from event_bodies_day_7) as in_partition`)
  t.strictSame(found?.rows, [{
    is_in_new_epoch: true, has_left_positions: true, announced: 2, bodies: '{"a":"\\\\ \\t ☃ \\n"}|{}|{"short":"lived"}', key: '00ff10',
    one_time_keys: 0, in_partition: 1,
  }])
  t.equal(readFileSync(join(other, 'data', 'signing.key'), 'utf8'), readFileSync(join(folder, 'data', 'signing.key'), 'utf8'))
  t.ok(existsSync(join(other, 'data', 'media', 'file')))
  t.match(await hearth(other, ['restore', join(folder, 'copy')]), { code: 1, err: /^There is a server in that database already\./ })
})

t.test('a backup that is stopped leaves nothing behind', { timeout: 120_000 }, async (t) => {
  const folder = join(root, 'users')
  const database = await startEmbedded({ dataDir: join(folder, 'data'), log: silentLog })
  const client = new pg.Client({ ...database.connection })
  await client.connect()
  // The copying of this table, which comes late, waits for it.
  await client.query('begin; lock table unsent_events in access exclusive mode')
  const child = spawn(process.execPath, [MAIN, 'backup', 'stopped'], { cwd: folder, stdio: 'pipe' })
  let said = ''
  child.stderr.on('data', (data: Buffer) => said += data.toString())
  const ended = new Promise((resolve) => child.on('close', resolve))
  const tables = join(folder, 'stopped.unfinished', 'tables')
  await untilTrue(() => child.exitCode !== null || (existsSync(tables) && readdirSync(tables).length > 0))
  child.kill('SIGINT')
  t.equal(await ended, 130)
  t.equal(said, 'Stopped before it was done.\n')
  t.same((await readdir(folder)).filter((name) => name.startsWith('stopped')), [])
  await client.end()
  await database.stop()
  t.notOk(existsSync(join(folder, 'data', 'postgres', 'cluster', 'postmaster.pid')), 'nor does it keep the database running')
})

t.test('a backup of another server, or a damaged one, changes nothing', async (t) => {
  const copy = join(root, 'users', 'copy')
  const folder = makeServer('damaged')
  writeFileSync(join(folder, 'other.yaml'), 'server_name: other.example\n')
  t.match(await hearth(folder, ['restore', copy, '-c', 'other.yaml']), {
    code: 1,
    err: /is of the server example\.org, but the configuration says other\.example/,
  })
  await truncate(join(copy, 'tables', 'users.copy.gz'), 30)
  t.match(await hearth(folder, ['restore', copy]), { code: 1, err: /users\.copy\.gz is damaged \(.+\)\. Take another backup\.$/m })
  const locked = { HEARTH_SIGNING_KEY_PATH: '/proc/none/key' }
  t.match(await hearth(folder, ['restore', copy], '', locked), { code: 1, err: /^The signing key's folder \/proc\/none cannot be written/ })
  t.strictSame((await query(folder, 'select count(*)::int as facts from server_info'))?.rows, [{ facts: 0 }])
  t.notOk(existsSync(join(folder, 'data', 'signing.key')))
  t.notOk((await readdir(join(folder, 'data'))).includes('server.pid'))
})
