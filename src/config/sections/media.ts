import { flag, idle, integer, nullableInteger, optionalText, section } from '../shapes.ts'

export const media = section('Uploaded files.', {
  path: optionalText('The folder of the files.', { path: 'any', derived: '<data_dir>/media' }),
  max_upload_bytes: integer('The largest file that may be uploaded.', 52_428_800, { min: 1, max: 1_099_511_627_776 }),
  remote_max_bytes: nullableInteger(
    'How much is kept of files of other servers; those that were not looked at for longest go first. Null keeps all.',
    10_737_418_240, { min: 0, max: 1_125_899_906_842_624 },
  ),
  remote_kept_ms: nullableInteger(
    'How long a file of another server is kept that nobody looks at. It is fetched again when somebody does.',
    7_776_000_000, { min: 86_400_000, max: 3_153_600_000_000 },
  ),
  url_preview: idle(flag('Whether links in messages are previewed.', false)),
})
