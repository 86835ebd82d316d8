import { spawnSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '../../util/operator-error.ts'

/** As whom PostgreSQL runs. */
export interface Identity {
  readonly kind: 'self' | 'namespace' | 'other-user'
  /** What stands before each command. */
  readonly prefix: readonly string[]
  readonly ids: { readonly uid?: number, readonly gid?: number }
}

const SELF: Identity = { kind: 'self', prefix: [], ids: {} }
const NAMESPACE: Identity = { kind: 'namespace', prefix: ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'], ids: {} }

/**
 * PostgreSQL refuses to run as root. Where root may make user namespaces, it runs in one in which root has another
 * number, so that the files stay root's and may be anywhere. Elsewhere, as in most containers, it runs as an
 * unprivileged user to whom the files are given. A cluster stays with the way in which it was made.
 */
export async function chooseIdentity(cluster: string): Promise<Identity> {
  if (process.getuid?.() !== 0) return SELF
  const { uid, gid } = await stat(join(cluster, 'PG_VERSION')).catch(() => ({ uid: 0, gid: 0 }))
  if (uid !== 0) return { kind: 'other-user', prefix: [], ids: { uid, gid } }
  if (namespacesWork()) return NAMESPACE
  const user = ['postgres', 'nobody'].find((name) => numberOf('-u', name) > 0)
  if (user === undefined) {
    throw new OperatorError(
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it as. Start Hearth as an ordinary user.',
    )
  }
  return { kind: 'other-user', prefix: [], ids: { uid: numberOf('-u', user), gid: numberOf('-g', user) } }
}

function namespacesWork(): boolean {
  const [command = '', ...args] = NAMESPACE.prefix
  return process.platform === 'linux' && spawnSync(command, [...args, 'true']).status === 0
}

function numberOf(flag: '-u' | '-g', user: string): number {
  const { status, stdout } = spawnSync('id', [flag, user], { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : -1
}
