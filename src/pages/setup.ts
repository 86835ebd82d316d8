import type { Fields, Page, PageRequest } from '../http/page.ts'
import type { Reply } from '../http/reply.ts'
import { complaint, html, pageReply } from './html.ts'
import type { PageServices } from './page-services.ts'

const PATH = '/_hearth/setup'

type Parts = Pick<PageServices, 'config' | 'random' | 'firstAdmin'>

/** `/_hearth/setup?token=…`: the link that the first start prints, where the first administrator is made. */
export function setupPages(parts: Parts): Page[] {
  const aliases: readonly string[] = []
  return [
    { method: 'GET', path: PATH, aliases, handle: ({ query }) => showForm(parts, query.get('token') ?? '') },
    { method: 'POST', path: PATH, aliases, handle: (request) => create(parts, request) },
  ]
}

async function create(parts: Parts, { form }: PageRequest): Promise<Reply> {
  const token = form.get('token') ?? ''
  if (!await parts.firstAdmin.isOpen(token)) return used(parts)
  const account = readAccount(form)
  if (account === undefined) return showForm(parts, token, 'The two passwords are not the same.')
  const outcome = await parts.firstAdmin.create(token, account)
  if (!outcome.ok) return showForm(parts, token, outcome.message, account.localpart)
  return pageReply(parts.random, {
    title: 'Your account is ready',
    body: html`
<p>You are <code>${outcome.userId}</code>, the administrator of this server.</p>
<p>Open a Matrix client, give it the homeserver address <code>${parts.config.publicBaseurl}</code>, and log in.</p>`,
  })
}

function readAccount(form: Fields): { localpart: string, password: string } | undefined {
  const password = form.get('password') ?? ''
  if (password !== form.get('repeated')) return undefined
  return { localpart: (form.get('localpart') ?? '').trim(), password }
}

async function showForm(parts: Parts, token: string, message?: string, localpart = ''): Promise<Reply> {
  if (!await parts.firstAdmin.isOpen(token)) return used(parts)
  return pageReply(parts.random, {
    title: `Set up ${parts.config.serverName}`,
    status: message === undefined ? 200 : 400,
    body: html`
<p>Choose the name and the password of the administrator.</p>
${complaint(message)}
<form method="post" action="${PATH}">
<input type="hidden" name="token" value="${token}">
<label for="localpart">User name</label>
<input id="localpart" name="localpart" value="${localpart}" pattern="[a-z0-9._=\\-\\/+]+" title="a to z, 0 to 9 and . _ = - / +"
 autocomplete="username" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" required>
<label for="repeated">The password again</label>
<input id="repeated" name="repeated" type="password" autocomplete="new-password" required>
<button>Create the account</button>
</form>`,
  })
}

function used({ random }: Parts): Reply {
  return pageReply(random, {
    title: 'This link cannot be used',
    status: 403,
    body: html`
<p>It has been used, has run out, or was not copied whole.</p>
<p>As long as there is no administrator, the server prints a new one whenever it starts.</p>`,
  })
}
