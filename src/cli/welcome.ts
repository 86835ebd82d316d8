import type { Config } from '../config/config.ts'
import type { LoadedConfig } from './load-config.ts'

export interface Started {
  readonly version: string
  readonly loaded: LoadedConfig
  readonly urls: readonly string[]
  readonly place: string
  readonly setupUrl: string | undefined
}

/** What a person sees who started the server: where it listens, how to get in, and what comes next. */
export function welcome({ version, loaded, urls, place, setupUrl }: Started): string {
  const { config, isTrial, file, idle } = loaded
  const rows: [string, string][] = [
    ['Server name', config.serverName],
    ...urls.map((url, index): [string, string] => ['Listens on', `${url} (${config.listeners[index]?.resources.join(', ') ?? ''})`]),
    ['Data', place],
    ['Settings', file ?? 'none; everything has its default'],
    ['Connect', `In a Matrix client (Element, Cinny, FluffyChat, …) choose the homeserver ${reachableUrl(config, urls)}`],
  ]
  rows.push(...idle.map((sentence): [string, string] => ['Not yet', sentence]))
  if (setupUrl !== undefined) rows.push(['First admin', `${setupUrl} (works once)`])
  if (isTrial) rows.push(['Trial', 'Everybody on this machine may register. For a server of your own run: npx hearth init'])
  const width = Math.max(...rows.map(([name]) => name.length))
  return [`Hearth ${version} is running.`, '', ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`), ''].join('\n')
}

/** In a trial the port may have been chosen by the system. */
function reachableUrl(config: Config, urls: readonly string[]): string {
  const client = config.listeners.findIndex(({ resources }) => resources.includes('client'))
  return config.listeners[client]?.port === 0 ? (urls[client] ?? config.publicBaseurl) : config.publicBaseurl
}
