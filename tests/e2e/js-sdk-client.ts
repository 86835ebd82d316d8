// matrix-js-sdk as it comes from npm, in Node, with its Rust crypto left out.
import * as sdk from 'matrix-js-sdk'
import type { Logger } from 'matrix-js-sdk/lib/logger.js'

// Its log tells of every request; a test has only its own lines to show. What asks for no log looks the console up when it writes.
for (const name of ['debug', 'info', 'log', 'trace', 'warn'] as const) console[name] = () => {}
const nothing = (): void => {}
export const quiet: Logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, getChild: () => quiet }

/** Registers by the flow that a client would walk through: ask, learn the stages, complete the one that asks nothing. */
export async function registerClient(baseUrl: string, username: string): Promise<sdk.MatrixClient> {
  const visitor = sdk.createClient({ baseUrl, logger: quiet })
  const first = await visitor.registerRequest({ username, password: 'correct horse battery' }).catch((error: unknown) => error)
  const session = first instanceof sdk.MatrixError ? first.data['session'] as string : undefined
  if (session === undefined) throw new Error(`Registration answered without a session: ${String(first)}`)
  const registered = await visitor.registerRequest({
    username, password: 'correct horse battery', initial_device_display_name: `${username}'s device`, auth: {
      type: 'm.login.dummy', session,
    },
  })
  if (registered.access_token === undefined || registered.device_id === undefined) throw new Error('No token was given')
  return sdk.createClient({
    baseUrl,
    logger: quiet,
    accessToken: registered.access_token,
    userId: registered.user_id,
    deviceId: registered.device_id,
    timelineSupport: true,
  })
}

/** Starts to sync and resolves when the first answer has been taken in. */
export async function startSyncing(client: sdk.MatrixClient): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    client.on(sdk.ClientEvent.Sync, (state, _before, data) => {
      if (state === sdk.SyncState.Prepared) resolve()
      if (state === sdk.SyncState.Error && data?.error?.name === 'M_UNKNOWN_TOKEN') reject(data.error)
    })
  })
  await client.startClient({ initialSyncLimit: 20, lazyLoadMembers: true, threadSupport: true, pollTimeout: 10_000 })
  await ready
}

/** Resolves once the condition holds, looked at with each thing that the client emits; rejects when it never does. */
export async function until<T>(client: sdk.MatrixClient, what: string, find: () => T | undefined | false, timeoutMs = 15_000): Promise<T> {
  const endMs = performance.now() + timeoutMs
  for (;;) {
    const found = find()
    if (found !== undefined && found !== false) return found
    if (performance.now() > endMs) throw new Error(`${client.getUserId()} never saw: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
