#!/usr/bin/env node
// `npx hearth …`: the command line, under the Node that the project brings.
import { fileURLToPath } from 'node:url'

process.argv.splice(2, 0, fileURLToPath(new URL('../src/main.ts', import.meta.url)))
await import('./run.mjs')
