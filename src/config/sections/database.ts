import { notAPostgresUrl } from '../complaints.ts'
import { idle, integer, list, optionalText, requiredText, section } from '../shapes.ts'

const urlRules = { complain: notAPostgresUrl, secret: true }

export const database = section('An outside PostgreSQL. Without url the server keeps an embedded one in data_dir.', {
  url: optionalText('The PostgreSQL (15 or newer) to use.', urlRules),
  replicas: idle(list('Read replicas of that database.', requiredText('The URL of a replica.', urlRules), [])),
  pool: section('Connections that the server holds.', {
    max: integer('The most connections at a time.', 10, { min: 2, max: 1000 }),
  }),
})
