import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { createContent } from './create-content.ts'
import { getConfig } from './get-config.ts'
import { getConfigAuthed } from './get-config-authed.ts'
import { getContent } from './get-content.ts'
import { getContentAuthed } from './get-content-authed.ts'
import { getContentOverrideName } from './get-content-override-name.ts'
import { getContentOverrideNameAuthed } from './get-content-override-name-authed.ts'
import { getContentThumbnail } from './get-content-thumbnail.ts'
import { getContentThumbnailAuthed } from './get-content-thumbnail-authed.ts'
import { uploadContent } from './upload-content.ts'
import { uploadContentToMXC } from './upload-content-to-mxc.ts'

/** Files. */
export const mediaEndpoints: readonly ((services: Services) => Endpoint)[] = [
  uploadContent,
  createContent,
  uploadContentToMXC,
  getContentAuthed,
  getContentOverrideNameAuthed,
  getContentThumbnailAuthed,
  getContent,
  getContentOverrideName,
  getContentThumbnail,
  getConfigAuthed,
  getConfig,
]
