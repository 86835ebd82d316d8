import type { Random } from '../util/random.ts'
import { response, type Reply } from '../http/reply.ts'

/** Markup that may stand in a page as it is. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | Html | readonly Html[] | undefined

/** Markup with values in it. Whatever is not markup already is escaped, so that nothing a request says becomes any. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((markup, index) => markup + write(parts[index])).join(''))
}

function write(part: Part): string {
  if (part === undefined) return ''
  if (typeof part === 'string') return escape(part)
  return part instanceof Html ? part.text : part.map(({ text }) => text).join('')
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['"', '&quot;'], ["'", '&#39;'],
])

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '')
}

export interface PageContent {
  readonly title: string
  readonly body: Html
  /** A script of ours; it holds nothing that a request said. */
  readonly script?: string
  readonly status?: number
}

const STYLE = `
  :root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif }
  body { max-width: 34rem; margin: 12vh auto; padding: 0 1.2rem }
  h1 { font-size: 1.5rem; margin: 0 0 1rem }
  label { display: block; margin: 1rem 0 0.2rem }
  input { width: 100%; box-sizing: border-box; padding: 0.6rem; font: inherit; border: 1px solid #8888; border-radius: 0.5rem }
  button { margin-top: 1.4rem; padding: 0.6rem 1.4rem; font: inherit; color: #fff; background: #b4431a; border: 0; border-radius: 0.5rem }
  code { overflow-wrap: anywhere }
  .wrong { padding: 0.6rem 1rem; background: #d3402033; border-radius: 0.5rem }
`

/** A whole page. It loads nothing, stands in no frame, and runs no script but the one that carries its nonce. */
export function pageReply(random: Random, { title, body, script, status = 200 }: PageContent): Reply {
  const nonce = random.bytes(16).toString('base64url')
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style nonce="${nonce}">${new Html(STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
${body}
${script === undefined ? undefined : html`<script nonce="${nonce}">${new Html(script)}</script>`}
</body>
</html>
`.text
  return response({ status, body: text, headers: headersWith(nonce) })
}

function headersWith(nonce: string): Record<string, string> {
  const policy = [
    "default-src 'none'", `style-src 'nonce-${nonce}'`, `script-src 'nonce-${nonce}'`, "connect-src 'self'", "form-action 'self'",
    "base-uri 'none'", "frame-ancestors 'none'",
  ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  }
}

/** What went wrong with a form that was sent, above the form. */
export function complaint(message: string | undefined): Html | undefined {
  return message === undefined ? undefined : html`<p class="wrong" role="alert">${message}</p>`
}
