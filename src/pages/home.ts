import type { Page } from '../http/page.ts'
import { html, pageReply } from './html.ts'
import type { PageServices } from './page-services.ts'

/** `/`: tells whoever looks that the server is there, and what to write into a client. */
export function homePage({ config, random }: Pick<PageServices, 'config' | 'random'>): Page {
  return {
    method: 'GET',
    path: '/',
    aliases: [],
    handle: () => pageReply(random, {
      title: `Hearth runs for ${config.serverName}`,
      body: html`
<p>This is a Matrix homeserver. To use it, open a Matrix client such as Element or Cinny and give it this homeserver address:</p>
<p><code>${config.publicBaseurl}</code></p>`,
    }),
  }
}
