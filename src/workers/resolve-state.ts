// A thread that resolves the states of rooms where much is in conflict, one room after another.
import { parentPort } from 'node:worker_threads'
import { findRoomVersion } from '../matrix/room-versions.ts'
import { ResolutionTask } from '../rooms/state/resolution-task.ts'
import type { ThreadAnswer, ThreadQuestion } from '../rooms/state/resolution-thread.ts'

let task: ResolutionTask | undefined

function answer(question: ThreadQuestion): ThreadAnswer {
  if (question.ask === 'begin') {
    const version = findRoomVersion(question.version)
    if (version === undefined) throw new Error(`There is no room version ${question.version}`)
    task = new ResolutionTask(version)
    return { nids: [], keys: [] }
  }
  if (task === undefined) throw new Error('Nothing was begun')
  switch (question.ask) {
    case 'add':
      task.add(question.rows)
      return { nids: [], keys: [] }
    case 'list-keys': return { nids: [], keys: task.listKeys(question.full) }
    case 'resolve': {
      const nids = task.resolve(question.input)
      task = undefined
      return { nids, keys: [] }
    }
  }
}

parentPort?.on('message', (question: ThreadQuestion) => parentPort?.postMessage(answer(question)))
