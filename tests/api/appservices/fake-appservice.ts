import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

interface FakeAnswer { readonly status: number, readonly body: unknown }

/** What an application service was asked. */
export interface Heard {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly text: string
}

export interface FakeAppservice {
  readonly url: string
  readonly heard: Heard[]
  /** How the next requests are answered, by path; without one with 200 and an empty object. */
  answer: (path: string) => FakeAnswer | Promise<FakeAnswer>
  /** Everything of one kind that its transactions have brought. */
  listOf<T>(key: string): T[]
}

/** An application service that notes what it is sent. */
export async function listen(t: Cleanup): Promise<FakeAppservice> {
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { method = '', url: path = '', headers } = request
    heard.push({ method, path, authorization: headers.authorization, text })
    const { status, body } = await service.answer(path)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const service: FakeAppservice = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    answer: () => ({ status: 200, body: {} }),
    listOf: <T>(key: string) => heard.filter(({ method }) => method === 'PUT')
      .flatMap(({ text }) => ((JSON.parse(text) as Record<string, T[]>)[key] ?? [])),
  }
  return service
}
