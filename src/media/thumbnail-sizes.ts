export type ThumbnailMethod = 'crop' | 'scale'

export interface ThumbnailSize {
  readonly width: number
  readonly height: number
  readonly method: ThumbnailMethod
}

/** The sizes that are made, smallest first (Client-Server API, Thumbnails). */
const SIZES: readonly ThumbnailSize[] = [
  { width: 32, height: 32, method: 'crop' },
  { width: 96, height: 96, method: 'crop' },
  { width: 320, height: 240, method: 'scale' },
  { width: 640, height: 480, method: 'scale' },
  { width: 800, height: 600, method: 'scale' },
]

/** The smallest of the sizes that is not smaller than asked for; the largest where all are. */
export function thumbnailSizeFor({ width, height, method }: ThumbnailSize): ThumbnailSize {
  const isLarge = (size: ThumbnailSize): boolean => size.width >= width && size.height >= height
  const large = SIZES.filter(isLarge)
  return large.find((size) => size.method === method) ?? large[0] ?? { width: 800, height: 600, method }
}
