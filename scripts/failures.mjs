// What failed in a run of tap, read from its output as it comes.

const FAILED_FILE = /^not ok \d+ - (tests\/\S+\.test\.ts)/
const FAILED = /^( *)not ok \d+ - (.*)$/
const BEGUN = /^( *)# Subtest: (.*)$/
const DETAILS_MAX = 40

/**
 * `read` takes the output in pieces; `files` holds the test files that failed,
 * `told` the checks that did: the names of their tests, and what tap says of them.
 */
export function createFailures() {
  const files = []
  const told = []
  const path = []
  let rest = ''
  let details

  function readCheck(indent, name) {
    const depth = indent.length / 4
    const ofItsParts = path.length > depth && path[depth] === name.replace(/ # time=.*$/, '')
    path.length = Math.min(path.length, depth)
    if (ofItsParts || / # (?:TO[D]O|SKIP)\b/i.test(name)) return
    details = []
    told.push({ name: [...path, name].join(' > '), details })
  }

  function readLine(line) {
    const file = FAILED_FILE.exec(line)?.[1]
    if (file !== undefined) files.push(file)
    const [, indent, name] = FAILED.exec(line) ?? []
    if (name !== undefined) return readCheck(indent, name)
    const [, begun, subtest] = BEGUN.exec(line) ?? []
    if (subtest !== undefined) {
      path.length = Math.min(path.length, begun.length / 4)
      path.push(subtest)
    }
    if (details !== undefined && details.length < DETAILS_MAX) details.push(line)
    if (/^ *\.\.\.$/.test(line)) details = undefined
  }

  return {
    files,
    told,
    read(data) {
      const lines = (rest + data).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(readLine)
    },
  }
}
