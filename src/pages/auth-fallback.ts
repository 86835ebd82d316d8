import type { Fields, Page, PageRequest } from '../http/page.ts'
import type { Reply } from '../http/reply.ts'
import type { JsonObject } from '../matrix/json.ts'
import { complaint, html, pageReply, type Html } from './html.ts'
import type { PageServices } from './page-services.ts'

type Parts = Pick<PageServices, 'config' | 'random' | 'authStages'>

interface Stage {
  readonly title: string
  form(parts: Parts): Html
  read(form: Fields): JsonObject
}

const linkTo = ({ name, url }: { readonly name: string, readonly url: string }) =>
  html`<li><a href="${url}" target="_blank" rel="noopener">${name}</a></li>`

/** The stages that can be done in a browser. */
const STAGES: ReadonlyMap<string, Stage> = new Map<string, Stage>([
  ['m.login.dummy', {
    title: 'Go on',
    form: () => html`<p>There is nothing to prove here.</p>`,
    read: () => ({}),
  }],
  ['m.login.registration_token', {
    title: 'Registration token',
    form: () => html`
<p>Registering here takes a token. Whoever runs this server gives it out.</p>
<label for="token">Token</label><input id="token" name="token" autocomplete="off" required autofocus>`,
    read: (form) => ({ token: form.get('token') ?? '' }),
  }],
  ['m.login.terms', {
    title: 'Terms',
    form: ({ config }) => html`
<p>By going on you agree to:</p>
<ul>${config.registration.policies.map(linkTo)}</ul>`,
    read: () => ({}),
  }],
])

const PATH = '/_matrix/client/v3/auth/{authType}/fallback/web'

/** The page tells the client that opened it that the stage is done. Specification: Client-Server API, 5.5.3 Fallback. */
const DONE_SCRIPT = `
  if (window.onAuthDone) window.onAuthDone()
  else if (window.opener && window.opener.postMessage) window.opener.postMessage('authDone', '*')
`

/** A stage of user-interactive authentication for clients that do not know it. */
export function authFallbackPages(parts: Parts): Page[] {
  const aliases = [PATH.replace('/v3/', '/r0/')]
  return [
    { method: 'GET', path: PATH, aliases, handle: (request) => show(parts, request, request.query.get('session') ?? '') },
    { method: 'POST', path: PATH, aliases, handle: (request) => complete(parts, request) },
  ]
}

async function complete(parts: Parts, request: PageRequest): Promise<Reply> {
  const { authType = '' } = request.params
  const session = request.form.get('session') ?? ''
  const stage = STAGES.get(authType)
  if (stage === undefined) return nothingToDo(parts)
  const failure = await parts.authStages.tryStage(session, authType, stage.read(request.form))
  if (failure !== undefined) return show(parts, request, session, failure.error)
  return pageReply(parts.random, {
    title: 'Done',
    script: DONE_SCRIPT,
    body: html`<p>You can close this window and go back to your client.</p>`,
  })
}

function show(parts: Parts, { params }: PageRequest, session: string, wrong?: string): Reply {
  const stage = STAGES.get(params.authType ?? '')
  if (stage === undefined || session === '') return nothingToDo(parts)
  return pageReply(parts.random, {
    title: stage.title,
    status: wrong === undefined ? 200 : 401,
    body: html`
${complaint(wrong)}
<form method="post">
<input type="hidden" name="session" value="${session}">
${stage.form(parts)}
<button>Go on</button>
</form>`,
  })
}

function nothingToDo({ random }: Parts): Reply {
  return pageReply(random, {
    title: 'There is nothing to do here',
    status: 400,
    body: html`<p>This page was opened without what it needs. Go back to your client and start again.</p>`,
  })
}
