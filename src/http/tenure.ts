/** Port: whether this process still has what it answers from. */
export interface Tenure {
  /** Whether nobody else can have taken over yet. */
  isSure(): boolean
  /** Looks where that is not sure; false when it is over, or not known. */
  confirm(): Promise<boolean>
}
