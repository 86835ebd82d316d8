// Two people, or two devices of one, compare short strings (Client-Server API, Short Authentication String verification).
import {
  CryptoEvent, VerificationPhase, VerificationRequestEvent, VerifierEvent, type ShowSasCallbacks, type VerificationRequest,
  type Verifier,
} from 'matrix-js-sdk/lib/crypto-api/index.js'
import { sleep } from '../../../bench/parallel.ts'
import type { JsSdkDevice } from './js-sdk-device.ts'

const ASK_AGAIN_MS = 100
const IN_TIME_MS = 30_000

/** Whether both saw the same and confirmed it. */
export async function compareStrings(
  one: JsSdkDevice, other: JsSdkDevice, ask: (one: JsSdkDevice) => Promise<VerificationRequest>,
): Promise<boolean> {
  // Clients pass over requests from devices that they have not heard of.
  while (!(await other.listDevices(one.userId)).includes(one.deviceId)) await sleep(ASK_AGAIN_MS)
  const asked = new Promise<VerificationRequest>((resolve) => other.client.once(CryptoEvent.VerificationRequestReceived, resolve))
  const request = await ask(one)
  const received = await inTime('the request', asked)
  await received.accept()
  await inTime('the acceptance', reach(request, () => request.phase === VerificationPhase.Ready))
  const verifier = await request.startVerification('m.sas.v1')
  const otherVerifier = await inTime('the beginning', reach(received, () => received.verifier))
  const [shown, shownToOther] = [show(verifier), show(otherVerifier)]
  const verified = Promise.all([verifier.verify(), otherVerifier.verify()])
  const [mine, theirs] = await inTime('the strings', Promise.race([Promise.all([shown, shownToOther]), verified.then(() => [])]))
  const isSame = mine !== undefined && String(mine.sas.decimal) === String(theirs?.sas.decimal)
  if (!isSame) return false
  await Promise.all([mine.confirm(), theirs?.confirm()])
  await inTime('the end', verified)
  return true
}

async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = sleep(IN_TIME_MS).then(() => Promise.reject(new Error(`A verification waits for ${what}`)))
  // It is late for nobody once the promise is kept.
  late.catch(() => {})
  return Promise.race([promise, late])
}

function show(verifier: Verifier): Promise<ShowSasCallbacks> {
  const shown = verifier.getShowSasCallbacks()
  return shown === null ? new Promise((resolve) => verifier.once(VerifierEvent.ShowSas, resolve)) : Promise.resolve(shown)
}

function reach<T>(request: VerificationRequest, find: () => T | undefined | false): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const found = find()
      if (request.phase === VerificationPhase.Cancelled) reject(new Error(`The verification was cancelled: ${request.cancellationCode}`))
      else if (found !== undefined && found !== false) resolve(found)
    }
    request.on(VerificationRequestEvent.Change, look)
    look()
  })
}
