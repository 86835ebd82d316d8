import type { Command } from 'commander'
import { explainKey } from '../config/explain.ts'
import { jsonSchema } from '../config/json-schema.ts'
import { OperatorError } from '../util/operator-error.ts'
import { loadConfig } from './load-config.ts'
import type { Shell } from './shell.ts'

export function addConfigCommands(program: Command, shell: Shell): void {
  const config = program.command('config').description('look at the configuration')
  config.command('check').description('look for mistakes in the configuration').option('-c, --config <file>', 'the configuration')
    .action((options: { config?: string }) => {
      const { file, isTrial, idle } = loadConfig(shell, options.config)
      if (isTrial) shell.print('There is no file: Hearth would start a trial, with open registration, for this machine only.')
      else shell.print(`${file ?? 'The environment'} is a good configuration.`)
      for (const sentence of idle) shell.print(sentence)
    })
  config.command('explain').description('say what a key means').argument('<key>', 'such as registration.enabled')
    .action((key: string) => {
      const explanation = explainKey(key)
      if ('complaint' in explanation) throw new OperatorError(explanation.complaint)
      shell.print(explanation.text)
    })
  config.command('schema').description('print the JSON Schema of the configuration, for editors')
    .action(() => shell.print(JSON.stringify(jsonSchema(), null, 2)))
}
