import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Connection } from '../../src/store/database.ts'

interface Cleanup { teardown(run: () => Promise<void> | void): unknown }

export interface BrokenLine {
  readonly connection: Connection
  /** The answer to the next COMMIT is lost, whatever came of it: the connection breaks instead. */
  loseCommit(): void
  /** Nobody gets through any more, and who did is cut off. */
  cut(): void
}

/** A way to PostgreSQL that breaks when a test says so. */
export async function createBrokenLine(t: Cleanup, { host, port, ...names }: Connection): Promise<BrokenLine> {
  let losesCommit = false
  let isCut = false
  const sockets = new Set<Socket>()
  const proxy = createServer((client) => {
    const server = createConnection(`${host}/.s.PGSQL.${port}`)
    const end = (): void => {
      for (const socket of [client, server]) {
        socket.destroy()
        sockets.delete(socket)
      }
    }
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    if (isCut) end()
    let isLost = false
    client.on('data', (data) => {
      if (losesCommit && /\bcommit\b/i.test(data.toString('latin1'))) {
        losesCommit = false
        isLost = true
      }
      server.write(data)
    })
    server.on('data', (data) => {
      if (isLost) end()
      else client.write(data)
    })
  })
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  t.teardown(() => {
    cut()
    proxy.close()
  })
  return {
    connection: { ...names, host: '127.0.0.1', port: (proxy.address() as AddressInfo).port },
    loseCommit() {
      losesCommit = true
    },
    cut,
  }
}
