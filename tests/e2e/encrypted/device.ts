// What the clients of these tests have in common, in whatever language and with whatever library they encrypt.

/** What became of an event on a device: its text, or why there is none. */
export type Reading = { readonly text: string } | { readonly problem: string }

export interface CryptoDevice {
  readonly kind: 'matrix-js-sdk' | 'libolm' | 'matrix-nio'
  readonly userId: string
  readonly deviceId: string
  /** Sends a text, encrypted for all devices that it knows of, and gives the id of the event. Does not give up while the server is away. */
  say(roomId: string, text: string): Promise<string>
  /** The devices of a user that it encrypts for. */
  listDevices(userId: string): Promise<readonly string[]>
  /** Who is in the room, as far as this client has heard. */
  listMembers(roomId: string): Promise<readonly string[]>
  /** In the order of the events. */
  read(roomId: string, eventIds: readonly string[]): Promise<readonly Reading[]>
  stop(): Promise<void>
}
