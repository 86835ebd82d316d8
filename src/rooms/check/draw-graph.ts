import type { GraphRow } from '../../store/rooms/room-graph.ts'

/** How each status looks. */
const COLOURS = ['#ffffff', '#f4b6b6', '#f6dfae', '#e3e3e3'] as const
const ID_SHOWN = 9

/** A piece of a room's graph for Graphviz: solid lines lead to what an event follows, dotted ones to what it cites. */
export function drawGraph(roomId: string, rows: readonly GraphRow[], { withCitations }: { withCitations: boolean }): string {
  const drawn = new Set(rows.map(({ nid }) => nid))
  const namedBy = (row: GraphRow): readonly number[] => [...row.prev_nids, ...(withCitations ? row.auth_nids : [])]
  const lines = rows.flatMap((row) => [
    `  ${row.nid} [${attributes(row)}]`,
    ...row.prev_nids.map((nid) => `  ${row.nid} -> ${nid}${drawn.has(nid) ? '' : ' [style=dashed]'}`),
    ...(withCitations ? row.auth_nids.map((nid) => `  ${row.nid} -> ${nid} [style=dotted, constraint=false]`) : []),
  ])
  const beyond = new Set(rows.flatMap(namedBy).filter((nid) => !drawn.has(nid)))
  const ends = [...beyond].map((nid) => `  ${nid} [label="…", shape=plaintext]`)
  const head = `digraph ${quote(roomId)} {\n  rankdir=RL\n  node [fontname="sans-serif", fontsize=10, style=filled]`
  return [head, ...lines, ...ends, '}'].join('\n')
}

function attributes(row: GraphRow): string {
  const key = row.state_key === null || row.state_key === '' ? '' : ` ${row.state_key}`
  const label = `${row.event_id.slice(0, ID_SHOWN)} (${row.depth})\\n${escape(`${row.type}${key}`)}\\n${escape(row.sender)}`
  const shape = row.state_key === null ? 'ellipse' : 'box'
  return `label="${label}", shape=${shape}, fillcolor="${COLOURS[row.status] ?? COLOURS[0]}"${row.has_gap ? ', color=red' : ''}`
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replace(/[\0-\x1f]/g, ' ')
const quote = (text: string): string => `"${escape(text)}"`
