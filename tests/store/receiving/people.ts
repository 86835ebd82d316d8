import type { Said } from '../../support/remote-room.ts'

export const BOB = '@bob:b.test'
export const CAROL = '@carol:c.test'

export const join = (user: string): Said => ({ sender: user, type: 'm.room.member', stateKey: user, content: { membership: 'join' } })
export const text = (sender: string, body: string): Said => ({ sender, type: 'm.room.message', content: { msgtype: 'm.text', body } })
