import { flag, integer, optionalText, section } from '../shapes.ts'

export const media = section('Uploaded files.', {
  path: optionalText('The folder of the files.', { path: 'any', derived: '<data_dir>/media' }),
  max_upload_bytes: integer('The largest file that may be uploaded.', 52_428_800, { min: 1, max: 1_099_511_627_776 }),
  url_preview: flag('Whether links in messages are previewed.', false),
})
