import { getSigningKey } from '../config/signing-key-file.ts'
import { notAServerName } from '../config/complaints.ts'
import { buildFederationReach } from '../remote/build-remote.ts'
import { systemNetwork } from '../remote/network.ts'
import { OperatorError } from '../util/operator-error.ts'
import { testFederation, type Finding } from './federation-test.ts'
import { loadConfig } from './load-config.ts'
import type { Shell } from './shell.ts'

/** Prints what each step of the way to another server found. Errors: an OperatorError if one failed. */
export async function runFederationTest(shell: Shell, server: string, options: { readonly config?: string }): Promise<void> {
  const complaint = notAServerName(server)
  if (complaint !== undefined) throw new OperatorError(`${server} ${complaint}.`)
  const { config } = loadConfig(shell, options.config)
  if (!config.federation.enabled) {
    throw new OperatorError('federation.enabled is false: this server talks to no other. Write true to change that.')
  }
  const { clock, random, version } = shell
  const signingKey = await getSigningKey(config.signingKeyPath)
  const reach = await buildFederationReach({ network: shell.network ?? systemNetwork(), clock, random, config, version })
  let failures = 0
  try {
    for await (const finding of testFederation({ reach, clock, serverName: config.serverName, signingKey }, server)) {
      if (finding.kind === 'failure') failures += 1
      shell.print(lineOf(finding))
    }
  } finally {
    await reach.client.close()
  }
  if (failures > 0) throw new OperatorError(`${failures === 1 ? 'One step' : `${failures} steps`} failed.`)
  shell.print(`${server} and ${config.serverName} can talk to each other.`)
}

const MARKS: Readonly<Record<Finding['kind'], string>> = { success: '  ok  ', note: '  --  ', failure: 'FAILED' }

function lineOf({ kind, step, text, fix }: Finding): string {
  const line = `${MARKS[kind]}  ${step.padEnd(12)} ${text}`
  return fix === undefined ? line : `${line}\n${' '.repeat(21)}Fix: ${fix}`
}
