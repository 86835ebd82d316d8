import { flag, section } from '../shapes.ts'

export const wellKnown = section('The files under /.well-known/matrix.', {
  serve: flag('Whether this server answers them.', true),
  lookup: flag('Whether they are asked for when another server is looked up.', true),
})
