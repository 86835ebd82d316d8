// Many claim one-time keys at two processes of one server, while the one that works is killed or paused, wherever it happens to be.
import { mkdirSync } from 'node:fs'
import { sleep } from '../../../bench/parallel.ts'
import { Dice } from '../dice.ts'
import type { TwoProcesses } from '../two-processes.ts'
import { KeyTraffic, type KeyReport } from './traffic.ts'

export interface KeySoakOptions {
  readonly folder: string
  readonly kills: number
  readonly seed: number
  readonly onProgress: (line: string) => void
}

const CLAIMERS = 10
const PAUSE_EVERY = 3

export async function soakKeys({ folder, kills, seed, onProgress }: KeySoakOptions, target: TwoProcesses): Promise<KeyReport> {
  mkdirSync(folder, { recursive: true })
  try {
    await target.start()
    const traffic = await KeyTraffic.start(target, { seed, claimers: CLAIMERS })
    const dice = new Dice(seed)
    for (let kill = 1; kill <= kills; kill += 1) {
      await sleep(dice.between(300, 2500))
      const signal = kill % PAUSE_EVERY === 2 ? 'SIGSTOP' : 'SIGKILL'
      const takenOverMs = await target.strike(signal)
      onProgress(`${kill} of ${kills}: ${signal}; taken over after ${Math.round(takenOverMs)} ms`)
    }
    await sleep(1000)
    return await traffic.end()
  } finally {
    await target.stop()
  }
}
