import Router from '@koa/router'
import Koa, { type Context, type Middleware } from 'koa'
import type { ListenerResource } from '../config/sections/listeners.ts'
import { invalidParam } from '../matrix/errors.ts'
import type { Log } from '../util/log.ts'
import { errorReply, unknownPathReply, wrongMethodReply } from './errors.ts'
import { Exchange } from './exchange.ts'
import type { Line } from './line.ts'
import type { RequestListener } from './listener.ts'
import type { OperationTable } from './operation-table.ts'
import { preflightReply } from './cors.ts'
import type { Reply } from './reply.ts'
import { MOUNTS, type Route, type Routes } from './routes.ts'

export interface AppParts {
  readonly routes: Routes
  readonly resources: readonly ListenerResource[]
  readonly line: Line
  readonly nextRequestId: () => string
  readonly log: Log
}

/**
 * The front of one listener. It has two doors: the few operations that most requests are for are looked up at once,
 * since Koa and its router cost more than those requests themselves; everything else goes through Koa. Behind both
 * doors stands the same composed pipeline.
 */
export function createApp(parts: AppParts): RequestListener {
  const throughKoa = createKoa(parts).callback()
  const hot = parts.resources.flatMap((resource) => parts.routes.hot.get(resource) ?? [])
  return (req, res) => {
    const exchange = new Exchange(req, res, parts.nextRequestId(), parts.line)
    for (const table of hot) {
      const match = table.find(exchange.method, exchange.path)
      if (match.kind === 'found') {
        void match.entry(exchange, match.params)
        return
      }
    }
    void throughKoa(req, res)
  }
}

/** The same front without the first door. */
function createKoa({ routes, resources, line, nextRequestId, log }: AppParts): Koa {
  const app = new Koa()
  app.silent = true
  app.use(async (ctx, next) => {
    ctx.state.exchange = new Exchange(ctx.req, ctx.res, nextRequestId(), line)
    // The answer is written by the exchange: Koa itself has nothing to add.
    ctx.respond = false
    try {
      await next()
    } catch (error) {
      send(ctx, errorReply(error, log, exchangeOf(ctx).id))
    }
  })
  app.use(async (ctx, next) => {
    // A preflight must never run what it asks about (Client-Server API, 3 Web Browser Clients).
    if (ctx.method === 'OPTIONS') send(ctx, preflightReply)
    else await next()
  })
  const router = new Router()
  for (const resource of resources) {
    const table = routes.tables.get(resource)
    if (table === undefined) continue
    for (const mount of MOUNTS[resource]) router.all(mount === '/' ? '/' : `${mount}{/*rest}`, dispatch(table))
  }
  app.use(router.routes())
  app.use((ctx) => send(ctx, unknownPathReply))
  return app
}

function dispatch(table: OperationTable<Route>): Middleware {
  return async (ctx, next) => {
    const exchange = exchangeOf(ctx)
    const match = table.find(exchange.method, exchange.path)
    switch (match.kind) {
      case 'found':
        return match.entry(exchange, match.params)
      case 'bad-encoding':
        throw invalidParam('The path has a percent sign without two hexadecimal digits behind it.')
      case 'wrong-method':
        return exchange.send(wrongMethodReply(match.allowed))
      case 'unknown':
        // Two APIs may share a mount, as those for clients and servers share discovery.
        return next()
    }
  }
}

function exchangeOf(ctx: Context): Exchange {
  const { exchange } = ctx.state
  if (exchange instanceof Exchange) return exchange
  throw new Error('The request has not come through the first middleware')
}

function send(ctx: Context, reply: Reply): void {
  exchangeOf(ctx).send(reply)
}
