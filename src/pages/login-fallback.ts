import type { Page } from '../http/page.ts'
import { html, pageReply } from './html.ts'
import type { PageServices } from './page-services.ts'

/**
 * Logs in and hands the answer to the client that shows the page.
 * Specification: Client-Server API, 5.7.4.1 Login fallback.
 */
const SCRIPT = `
  const form = document.querySelector('form')
  const wrong = document.querySelector('.wrong')
  const asked = new URLSearchParams(location.search)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    wrong.hidden = true
    const body = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: form.elements.user.value },
      password: form.elements.password.value,
    }
    for (const name of ['device_id', 'initial_device_display_name']) if (asked.get(name)) body[name] = asked.get(name)
    const answer = await fetch('/_matrix/client/v3/login', { method: 'POST', body: JSON.stringify(body) })
    const content = await answer.json()
    if (!answer.ok) {
      wrong.textContent = content.error
      wrong.hidden = false
    } else if (window.matrixLogin && window.matrixLogin.onLogin) {
      window.matrixLogin.onLogin(content)
    } else {
      form.replaceWith('You are logged in. Go back to your client.')
    }
  })
`

/** `/_matrix/static/client/login/`: for clients that cannot do what the server wants for a login. */
export function loginFallbackPage({ config, random }: Pick<PageServices, 'config' | 'random'>): Page {
  return {
    method: 'GET',
    path: '/_matrix/static/client/login/',
    aliases: ['/_matrix/static/client/login'],
    handle: () => pageReply(random, {
      title: `Log in to ${config.serverName}`,
      script: SCRIPT,
      body: html`
<form>
<p class="wrong" role="alert" hidden></p>
<label for="user">User name</label><input id="user" name="user" autocomplete="username" required autofocus>
<label for="password">Password</label><input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Log in</button>
</form>`,
    }),
  }
}
