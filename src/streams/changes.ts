/** What a position brought, for those who wait for news. Numbers name users and rooms by their integer ids. */
export type Change =
  | { readonly kind: 'event', readonly room: number, readonly pos: number }
  /** A user's own membership changed, also in a room that the user is not in any more. */
  | { readonly kind: 'membership', readonly user: number, readonly room: number, readonly pos: number }
  /** The membership of a user of another server changed. */
  | { readonly kind: 'remote-membership', readonly userId: string, readonly room: number, readonly pos: number }
  | { readonly kind: 'receipt', readonly room: number, readonly pos: number, readonly onlyUser?: number }
  | { readonly kind: 'account-data', readonly user: number, readonly pos: number }
  | { readonly kind: 'push-rules', readonly user: number, readonly pos: number }
  | { readonly kind: 'to-device', readonly user: number, readonly deviceId: string, readonly bytes: number, readonly pos: number }
  /** The devices or keys of a user changed: whoever shares a room with the user must learn of it, or `onlyUser` alone. */
  | { readonly kind: 'device-list', readonly user: number, readonly pos: number, readonly onlyUser?: number }
  /** The number of one-time keys that are left, or the unused fallback keys, of a device changed. */
  | { readonly kind: 'key-counts', readonly user: number, readonly deviceId: string, readonly pos: number }
  /** Another server is to be told of something that is no event. */
  | { readonly kind: 'unsent-edu', readonly server: string, readonly pos: number }
