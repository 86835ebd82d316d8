import { parseUserId } from '../matrix/ids.ts'

export type Wishes<Wish> = readonly (readonly [userId: string, wish: Wish])[]

/** Parts wishes about users into those that this server can fulfil and those for others. What is no user id is nobody's. */
export function partByServer<Wish>(
  wishes: Readonly<Record<string, Wish>>, serverName: string,
): { readonly ours: Wishes<Wish>, readonly byServer: ReadonlyMap<string, Wishes<Wish>> } {
  const byServer = new Map<string, (readonly [string, Wish])[]>()
  for (const [userId, wish] of Object.entries(wishes)) {
    const server = parseUserId(userId)?.serverName
    if (server === undefined) continue
    const group = byServer.get(server)
    if (group === undefined) byServer.set(server, [[userId, wish]])
    else group.push([userId, wish])
  }
  const ours = byServer.get(serverName) ?? []
  byServer.delete(serverName)
  return { ours, byServer }
}
