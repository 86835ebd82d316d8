import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findBanned } from './tidy/banned.ts'
import { findBadNames, findLongFunctions, findUntidyForm } from './tidy/form.ts'
import { findCircles, findLayerBreaches } from './tidy/layers.ts'
import { findRowsWithoutCase } from './tidy/security-rows.ts'
import { listFiles, readSources, ROOT, type Source } from './tidy/source.ts'

const FILE_LINES_MAX = 400
const TEST_FILE_LINES_MAX = 600
const MEDIAN_LINES_MAX = 60
const DEPENDENCIES_MAX = 40

const all = readSources('src', 'tests', 'bench', 'spec')
const house = all.filter(({ path }) => path.startsWith('src/'))
/** What `npm run spec` writes is as long and wide as the specification is. */
const written = all.filter(({ path }) => !path.startsWith('src/spec/'))
const writtenHouse = house.filter(({ path }) => !path.startsWith('src/spec/'))

interface Lock {
  readonly packages: Record<
    string,
    { version?: string, resolved?: string, integrity?: string, link?: boolean, hasInstallScript?: boolean }
  >
}

interface Manifest { readonly [group: string]: Record<string, string> | undefined }

const lengthOf = ({ lines }: Source): number => lines.length - 1

function textOf(path: string): string {
  try {
    return readFileSync(join(ROOT, path), 'utf8')
  } catch {
    return ''
  }
}

t.test('imports go in one direction, without circles', async (t) => {
  t.strictSame(findLayerBreaches(house), [])
  t.strictSame(findCircles(house), [])
})

t.test('what has one place in the house is nowhere else', async (t) => {
  t.strictSame(findBanned(writtenHouse), [])
})

t.test('files and functions are short', async (t) => {
  const tooLong = written.filter((source) => lengthOf(source) > (source.path.startsWith('src/') ? FILE_LINES_MAX : TEST_FILE_LINES_MAX))
  t.strictSame(tooLong.map((source) => `${source.path}: ${lengthOf(source)} lines`), [])
  t.strictSame(findLongFunctions(writtenHouse), [])
  const lengths = writtenHouse.map(lengthOf).sort((a, b) => a - b)
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0
  t.comment(`${lengths.length} files in src, ${median} lines in the middle, ${lengths.at(-1) ?? 0} in the longest`)
  t.ok(median <= MEDIAN_LINES_MAX, `the middle file has ${median} lines, ${MEDIAN_LINES_MAX} at most`)
})

t.test('names say something, in the form of the house', async (t) => {
  t.strictSame(findBadNames(written), [])
})

t.test('the form is that of a formatter', async (t) => {
  t.strictSame(written.flatMap(findUntidyForm), [])
})

t.test('no notes to oneself, and no paths of someone\'s machine', async (t) => {
  const notes = /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/
  const machine = /(?:^|[\s'"`(=:])\/(?:tmp|work|root|home)\/\w/
  const found: string[] = []
  for (const path of [
    ...listFiles('.ci'),
    ...['src', 'tests', 'bench', 'bin', 'scripts', 'migrations'].flatMap(listFiles),
    'README.md',
    'CONTRIBUTING.md',
  ]) {
    if (!/\.(?:ts|mjs|md|sql|yaml)$|\/run$/.test(path)) continue
    textOf(path)
      .split('\n')
      .forEach((line, index) => {
        if (notes.test(line)) found.push(`${path}:${index + 1}: a note`)
        if (machine.test(line)) found.push(`${path}:${index + 1}: a path of a machine`)
      })
  }
  t.strictSame(found, [])
})

t.test('each row on security has its case, or a reason why not', async (t) => {
  t.strictSame(findRowsWithoutCase(), [])
})

t.test('dependencies are few and pinned, and none runs a script when it is installed', async (t) => {
  const manifest = JSON.parse(textOf('package.json')) as Manifest
  const lock = JSON.parse(textOf('package-lock.json')) as Lock
  const pinned = /^(?:npm:[@\w/.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/
  const direct = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((group) => Object.entries(manifest[group] ?? {}))
  t.strictSame(direct.filter(([, version]) => !pinned.test(version)), [])
  t.ok(Object.keys(manifest['dependencies'] ?? {}).length <= DEPENDENCIES_MAX)
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '')
  t.strictSame(packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path), [], 'each has a checksum')
  t.strictSame(
    packages.filter(([, { resolved }]) => /^(?:git|http:)/.test(resolved ?? '')).map(([path]) => path),
    [],
    'each is from a registry',
  )
  const scripts = packages
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
  const allowed = manifest['allowScripts'] as unknown as Record<string, boolean>
  t.strictSame(scripts.filter((name) => allowed[name] !== false), [], 'no script is allowed to run')
})

t.test('the types hold', { timeout: 120_000 }, async (t) => {
  // Through `env`, because what tap hooks into every Node that a test starts would break the type checker's.
  const command = ['-u', 'NODE_OPTIONS', process.execPath, join(ROOT, 'node_modules', 'tsc7', 'bin', 'tsc'), '-p', ROOT]
  const { status, stdout, stderr } = spawnSync('env', command, { cwd: ROOT, encoding: 'utf8' })
  t.equal(status, 0, `${stdout}${stderr}`.slice(0, 5000))
})
