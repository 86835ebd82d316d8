// Runs a script under the Node 26 that `npm ci` brings, whichever Node started this file (18 or newer):
//   node bin/run.mjs src/main.ts start
// So neither the system's Node nor npm's choice of `node` on the PATH decides what the server runs on.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 26
const ABANDONED_CHECK_MS = 500
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const require = createRequire(import.meta.url)

/** Names of the npm packages that may hold the binary for this machine. */
function packageNames() {
  const target = `${process.platform}-${process.arch}`
  return [`node-${target}`, `node-bin-${target}`]
}

function bundledNode() {
  for (const name of packageNames()) {
    try {
      const manifest = require.resolve(`${name}/package.json`)
      const binary = join(dirname(manifest), require(manifest).bin.node)
      if (existsSync(binary)) return binary
    } catch {
      // Not installed: the other name, or the message below.
    }
  }
  return undefined
}

function whyNot() {
  const installed = existsSync(fileURLToPath(new URL('../node_modules', import.meta.url)))
  const fix = installed
    ? `Its package (${packageNames().join(' or ')}) is not in node_modules: run "npm ci" again without "--omit=optional", or install Node ${NEEDED} yourself.`
    : 'Run "npm ci" first.'
  return `Hearth needs Node ${NEEDED} or newer; this is ${process.version} on ${process.platform}-${process.arch}. ${fix}`
}

/** Of what is young V8 would hold tens of megabytes by itself, and seldom give them back; the server is no slower without. */
const V8_OPTIONS = ['--max-semi-space-size=8']

/**
 * What Node compiled is kept beside the packages: stripping types anew at each start would take a second and leave the
 * 50 MB behind that the stripper needs. Where nothing can be written there, nothing is kept. And by itself glibc gives each of
 * Node's threads a heap of its own, whose holes nobody else may fill.
 */
function environment() {
  const compiled = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))
  return { NODE_COMPILE_CACHE: compiled, MALLOC_ARENA_MAX: '2', ...process.env }
}

/** npx runs us in a shell, and a signal to npx ends them both without telling us. */
const isInShellOfNpx = process.env.npm_command === 'exec'

/**
 * A newer Node can become the other program, so that nothing stands between the server and its signals. Node 20 has to
 * start it as a child: signals are handed on, and the channel tells the server when this process was killed.
 */
function run(node, args) {
  const all = [...V8_OPTIONS, ...args]
  if (typeof process.execve === 'function' && !isInShellOfNpx) return process.execve(node, [node, ...all], environment())
  const isServer = /[\\/]?main\.ts$/.test(args[0] ?? '')
  const stdio = ['inherit', 'inherit', 'inherit', ...(isServer ? ['ipc'] : [])]
  const child = spawn(node, all, { stdio, env: environment() })
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal))
  if (isInShellOfNpx) whenAbandoned(() => child.kill('SIGTERM'))
  child.on('error', (error) => {
    console.error(`Could not run ${node}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    for (const name of SIGNALS) process.removeAllListeners(name)
    if (signal === null) process.exit(code ?? 1)
    process.kill(process.pid, signal)
  })
}

function whenAbandoned(stop) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, ABANDONED_CHECK_MS)
}

const isNewEnough = Number(process.versions.node.split('.')[0]) >= NEEDED
const node = isNewEnough ? process.execPath : bundledNode()
if (node === undefined) {
  console.error(whyNot())
  process.exit(1)
}
run(node, process.argv.slice(2))
