// Files that are kept on the one server and looked at on the other.
import type { Test } from 'tap'
import sharp from 'sharp'
import { shareRoom } from './shared-room.ts'
import type { Person } from './person.ts'
import type { Pair } from './sides.ts'

const WIDTH = 1_200
const HEIGHT = 900

/** Who is sent a picture sees it whole and small, and gets a file as it was. */
export async function shareFiles(test: Test, pair: Pair, version: string): Promise<void> {
  const { roomId, host, guest } = await shareRoom(pair, version)
  for (const [giver, taker] of [[host, guest], [guest, host]] as const) {
    const picture = await sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: 'teal' } }).png().toBuffer()
    const path = await give(giver, roomId, picture, 'image/png')
    const whole = await taker.fetch(['v1', 'media', 'download', ...path])
    test.equal(whole.type, 'image/png', 'it is still a picture')
    test.ok(whole.bytes.equals(picture), 'the picture comes as it was given')
    const query = { width: '96', height: '96', method: 'scale' }
    const small = await sharp((await taker.fetch(['v1', 'media', 'thumbnail', ...path], { query })).bytes).metadata()
    test.ok(small.width < WIDTH && small.height < HEIGHT, `it comes small: ${small.width} by ${small.height}`)
    const text = Buffer.from(`Said by ${giver.userId} `.repeat(50_000))
    const file = await taker.fetch(['v1', 'media', 'download', ...await give(giver, roomId, text, 'text/plain'), 'said.txt'])
    test.ok(file.bytes.equals(text), 'a long file comes as it was given')
  }
}

/** The server and the id by which a file is asked for. */
async function give(giver: Person, roomId: string, bytes: Buffer, type: string): Promise<string[]> {
  const uri = await giver.upload(bytes, type)
  await giver.send(roomId, { msgtype: 'm.file', body: 'file', url: uri, info: { mimetype: type, size: bytes.length } })
  return uri.slice('mxc://'.length).split('/')
}
