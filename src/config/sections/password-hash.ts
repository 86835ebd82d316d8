import { flag, section } from '../shapes.ts'

export const passwordHash = section('How passwords are kept.', {
  fast_insecure: flag('Hashes quickly and badly, for tests and benchmarks on this machine only.', false),
})
