import { roomPath, V3, type Api } from './api.ts'
import type { TestUser } from './server.ts'

/** What people of a test do in rooms; each step must succeed. */
export class Talk {
  readonly #api: Api
  #sent = 0

  constructor(api: Api) {
    this.#api = api
  }

  async create(user: TestUser, body: object = {}): Promise<string> {
    return this.#must('POST', `${V3}/createRoom`, user, body, 'room_id')
  }

  /** Makes a public room in which all of them are. */
  async gather(owner: TestUser, ...others: TestUser[]): Promise<string> {
    const roomId = await this.create(owner, { preset: 'public_chat' })
    for (const user of others) await this.join(user, roomId)
    return roomId
  }

  async join(user: TestUser, roomId: string): Promise<void> {
    await this.#must('POST', roomPath(roomId, 'join'), user, {})
  }

  async invite(user: TestUser, roomId: string, invited: TestUser): Promise<void> {
    await this.#must('POST', roomPath(roomId, 'invite'), user, { user_id: invited.userId })
  }

  async leave(user: TestUser, roomId: string): Promise<void> {
    await this.#must('POST', roomPath(roomId, 'leave'), user, {})
  }

  /** Sends a text, or an event of any content; resolves with its id. */
  async say(user: TestUser, roomId: string, what: string | object, type = 'm.room.message'): Promise<string> {
    this.#sent += 1
    const content = typeof what === 'string' ? { msgtype: 'm.text', body: what } : what
    return this.#must(
      'PUT', roomPath(roomId, `send/${encodeURIComponent(type)}/talk${this.#sent}`), user, content, 'event_id',
    )
  }

  async set(user: TestUser, roomId: string, type: string, content: object, stateKey = ''): Promise<string> {
    return this.#must(
      'PUT',
      roomPath(roomId, `state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`),
      user,
      content,
      'event_id',
    )
  }

  async redact(user: TestUser, roomId: string, eventId: string): Promise<string> {
    this.#sent += 1
    return this.#must(
      'PUT', roomPath(roomId, `redact/${encodeURIComponent(eventId)}/talk${this.#sent}`), user, {}, 'event_id',
    )
  }

  async ignore(user: TestUser, ...ignored: TestUser[]): Promise<void> {
    const ignoredUsers = Object.fromEntries(ignored.map(({ userId }) => [userId, {}]))
    await this.#must(
      'PUT', `${V3}/user/${encodeURIComponent(user.userId)}/account_data/m.ignored_user_list`, user, { ignored_users: ignoredUsers },
    )
  }

  async #must(method: string, path: string, { token }: TestUser, body: object, field?: string): Promise<string> {
    const answer = await this.#api.ask(method, path, { token, body })
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return field === undefined ? '' : String(answer.body[field])
  }
}
