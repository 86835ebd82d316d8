import { choice, section } from '../shapes.ts'

export const log = section('What is written to the terminal.', {
  level: choice('The least important lines that are written.', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
  format: choice('For people or for programs.', ['pretty', 'json'], 'pretty'),
})
