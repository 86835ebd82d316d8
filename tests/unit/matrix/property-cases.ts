import t from 'tap'
import { checkProperty, PROPERTIES } from './properties.ts'

const RUNS = 60

export function testProperties(): void {
  t.test('what holds for every room and every event', async (t) => {
    for (const property of PROPERTIES) t.doesNotThrow(() => checkProperty(property, RUNS), property.name)
  })
}
