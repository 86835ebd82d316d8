// A thread that makes small forms of pictures. It opens nothing but the few formats below, whatever a file calls itself.
import { rename } from 'node:fs/promises'
import { parentPort } from 'node:worker_threads'
import sharp from 'sharp'
import type { ThumbnailJob, ThumbnailOutcome } from '../media/thumbnails.ts'

const PIXELS_MAX = 32_000_000
const FRAMES_MAX = 200
const OPTIONS = { jpeg: { quality: 80 }, webp: { quality: 80 }, png: {} }
const LOADERS = [
  'VipsForeignLoadJpegFile', 'VipsForeignLoadPngFile', 'VipsForeignLoadWebpFile', 'VipsForeignLoadNsgifFile', 'VipsForeignLoadHeifFile',
]

sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: LOADERS })
sharp.cache(false)
sharp.concurrency(1)

async function make(job: ThumbnailJob): Promise<ThumbnailOutcome> {
  const { id, source, target, width, height, method, animated, format } = job
  try {
    const { pages = 1 } = await sharp(source, { limitInputPixels: PIXELS_MAX }).metadata()
    const frames = animated ? Math.min(pages, FRAMES_MAX) : 1
    await sharp(source, { limitInputPixels: PIXELS_MAX, pages: frames, failOn: 'error' })
      .rotate()
      // A small picture is not blown up: that would cost bytes and bring nothing.
      .resize({ width, height, fit: method === 'crop' ? 'cover' : 'inside', withoutEnlargement: true })
      .toFormat(format, OPTIONS[format])
      .toFile(`${target}.new`)
    await rename(`${target}.new`, target)
    return { id, ok: true }
  } catch (error) {
    const isLarge = error instanceof Error && error.message.includes('pixel limit')
    return { id, ok: false, reason: isLarge ? 'too-large' : 'no-picture' }
  }
}

parentPort?.on('message', (job: ThumbnailJob) => {
  void make(job).then((outcome) => parentPort?.postMessage(outcome))
})
