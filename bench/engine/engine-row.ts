/** What one case of the engine's benchmark measured. */
export interface EngineRow {
  readonly case: string
  readonly metrics: Readonly<Record<string, number>>
}
