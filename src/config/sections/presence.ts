import { flag, section } from '../shapes.ts'

export const presence = section('Who is online.', {
  enabled: flag('Whether presence is kept and shown.', true),
})
