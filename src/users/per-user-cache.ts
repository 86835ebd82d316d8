import { Lru } from '../util/lru.ts'

/** A value for each of many users, loaded when it is asked for and forgotten when it has changed. */
export class PerUserCache<T> {
  readonly #load: (user: number) => Promise<T>
  readonly #values: Lru<number, { readonly value: T }>
  readonly #loading = new Map<number, Promise<T>>()

  constructor(usersMax: number, load: (user: number) => Promise<T>) {
    this.#values = new Lru(usersMax)
    this.#load = load
  }

  get(user: number): T | Promise<T> {
    const known = this.#values.get(user)
    if (known !== undefined) return known.value
    const loading = this.#loading.get(user)
    if (loading !== undefined) return loading
    const started = this.#start(user)
    return started
  }

  forget(user: number): void {
    this.#values.delete(user)
    // Whoever is loading may have read what was there before; they get it, but nobody after them.
    this.#loading.delete(user)
  }

  #start(user: number): Promise<T> {
    const loading = this.#load(user)
    this.#loading.set(user, loading)
    const isCurrent = () => this.#loading.get(user) === loading
    loading.then((value) => {
      if (isCurrent()) this.#values.set(user, { value })
    }, () => undefined).finally(() => {
      if (isCurrent()) this.#loading.delete(user)
    })
    return loading
  }
}
