import t, { type Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import type { PageServices } from '../../src/pages/page-services.ts'
import { createPages } from '../../src/pages/pages.ts'
import { systemRandom } from '../../src/util/random.ts'
import type { Answer } from '../support/api.ts'
import { startFront } from '../support/front.ts'

type Cleanup = Parameters<typeof startFront>[0]

const config = {
  serverName: 'test',
  publicBaseurl: 'https://matrix.test',
  registration: { policies: [{ id: 'privacy', version: '1', language: 'en', name: 'Privacy <b>', url: 'https://test/privacy?a&b' }] },
}

/** A front that shows our pages, for a server whose link `good` makes the first administrator. */
async function start(t: Cleanup) {
  const tried: unknown[] = []
  let isOpen = true
  const services: PageServices = {
    // Pages read these keys and no others.
    config: config as unknown as Config,
    random: systemRandom,
    firstAdmin: {
      isOpen: async (token) => isOpen && token === 'good',
      async create(_token, { localpart, password }) {
        if (password.length < 8) return { ok: false, message: 'The <password> is too short.' }
        isOpen = false
        return { ok: true, userId: `@${localpart}:test` }
      },
    },
    authStages: {
      async tryStage(session, stage, input) {
        tried.push({ session, stage, input })
        return input.token === 'wrong' || session !== 'open' ? { error: 'That is <not> good.' } : undefined
      },
    },
  }
  const { api } = await startFront(t, { pages: createPages(services) })
  const post = (path: string, fields: Record<string, string>) =>
    api.post(path, { body: new URLSearchParams(fields).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  return { api, post, tried }
}

/** What keeps a page from being framed, from loading anything, and from running what a request said (A43). */
function checkPage(t: Test, { headers, text }: Answer): void {
  const policy = headers.get('content-security-policy') ?? ''
  t.match(policy, /^default-src 'none'; /)
  t.match(policy, /frame-ancestors 'none'/)
  t.match(headers.get('x-frame-options'), 'DENY')
  t.match(headers.get('x-content-type-options'), 'nosniff')
  t.match(headers.get('referrer-policy'), 'no-referrer')
  const nonce = /style-src 'nonce-([\w-]{22})'/.exec(policy)?.[1]
  t.match(text, `<style nonce="${nonce}">`)
  t.notMatch(text, /<script(?! nonce)|javascript:| on\w+=/)
}

t.test('the first page says how to connect', async (t) => {
  const { api } = await start(t)
  const answer = await api.get('/')
  t.equal(answer.status, 200)
  t.match(answer.text, 'https://matrix.test')
  checkPage(t, answer)
})

t.test('the one-time link makes the first administrator, once', async (t) => {
  const { api, post } = await start(t)
  t.equal((await api.get('/_hearth/setup')).status, 403)
  t.equal((await api.get('/_hearth/setup?token=<script>')).status, 403)
  const form = await api.get('/_hearth/setup?token=good')
  t.equal(form.status, 200)
  t.match(form.text, '<input type="hidden" name="token" value="good">')
  checkPage(t, form)
  const fields = { token: 'good', localpart: 'root"><script>', password: 'long enough', repeated: 'long enough' }
  t.equal((await post('/_hearth/setup', { ...fields, token: 'bad' })).status, 403)
  const differing = await post('/_hearth/setup', { ...fields, repeated: 'another one' })
  t.equal(differing.status, 400)
  t.match(differing.text, 'The two passwords are not the same.')
  const short = await post('/_hearth/setup', { ...fields, password: 'short', repeated: 'short' })
  t.match(short.text, 'The &lt;password&gt; is too short.')
  t.match(short.text, 'value="root&quot;&gt;&lt;script&gt;"')
  t.notMatch(short.text, 'short<')
  checkPage(t, short)
  const done = await post('/_hearth/setup', { ...fields, localpart: 'root' })
  t.equal(done.status, 200)
  t.match(done.text, '@root:test')
  t.equal((await post('/_hearth/setup', fields)).status, 403)
})

t.test('stages of authentication can be done in a browser', async (t) => {
  const { api, post, tried } = await start(t)
  const path = (stage: string, version = 'v3') => `/_matrix/client/${version}/auth/${stage}/fallback/web`
  for (const stage of ['m.login.dummy', 'm.login.terms', 'm.login.registration_token']) {
    const page = await api.get(`${path(stage)}?session=%22%3E%3Cscript%3Ealert(1)%3C/script%3E`)
    t.equal(page.status, 200, stage)
    t.match(page.text, 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
    checkPage(t, page)
  }
  const terms = await api.get(`${path('m.login.terms')}?session=s`)
  t.match(terms.text, '<a href="https://test/privacy?a&amp;b" target="_blank" rel="noopener">Privacy &lt;b&gt;</a>')
  t.equal((await api.get(path('m.login.dummy'))).status, 400, 'without a session')
  t.equal((await api.get(`${path('m.login.unknown')}?session=s`)).status, 400)
  const done = await post(path('m.login.dummy', 'r0'), { session: 'open' })
  t.equal(done.status, 200)
  t.match(done.text, 'window.onAuthDone')
  const wrong = await post(path('m.login.registration_token'), { session: 'open', token: 'wrong' })
  t.equal(wrong.status, 401)
  t.match(wrong.text, 'That is &lt;not&gt; good.')
  t.equal((await post(path('m.login.registration_token'), { session: 'open', token: 'right' })).status, 200)
  t.same(tried, [
    { session: 'open', stage: 'm.login.dummy', input: {} },
    { session: 'open', stage: 'm.login.registration_token', input: { token: 'wrong' } },
    { session: 'open', stage: 'm.login.registration_token', input: { token: 'right' } },
  ])
})

t.test('the login page hands the answer to the client around it', async (t) => {
  const { api } = await start(t)
  for (const path of ['/_matrix/static/client/login/', '/_matrix/static/client/login?device_id=<x>']) {
    const page = await api.get(path)
    t.equal(page.status, 200)
    t.match(page.text, 'window.matrixLogin.onLogin(content)')
    checkPage(t, page)
  }
})

t.test('forms are bounded', async (t) => {
  const { post } = await start(t)
  t.equal((await post('/_hearth/setup', { token: 'x'.repeat(70_000) })).status, 413)
})
