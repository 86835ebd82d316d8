import type { Pdu } from '../../matrix/event.ts'
import { eventIdOf, hasRightContentHash } from '../../matrix/hashes.ts'
import { redactEvent } from '../../matrix/redaction.ts'
import { canonicalJson } from '../../matrix/canonical-json.ts'
import type { RoomVersion } from '../../matrix/room-versions.ts'
import { listSignatures } from '../../matrix/signing.ts'
import { findAuthorisingServer, listRequiredSigners, verifyEvent, type FindServerKey } from '../../matrix/verify-event.ts'
import type { KeyWanted } from '../server-keys.ts'
import type { CheckCounts, Finding } from './finding.ts'

/** The keys that an event must have been signed with. */
export function listKeysOf(pdu: Pdu, version: RoomVersion): KeyWanted[] {
  const authoriser = findAuthorisingServer(pdu, version)
  const signers = [...listRequiredSigners(pdu, version), ...(authoriser === undefined ? [] : [authoriser])]
  return signers.flatMap((serverName) => (
    listSignatures(pdu.json, serverName).map(({ keyId }) => ({ serverName, keyId, validAt: pdu.originServerTs }))
  ))
}

/** Whether an event that is stored is still what its servers signed: its id, its content hash and its signatures. */
export async function checkIntegrity(
  pdu: Pdu, version: RoomVersion, findKey: FindServerKey, counts: CheckCounts,
): Promise<Finding[]> {
  const { eventId } = pdu
  const findings: Finding[] = []
  const computed = eventIdOf(pdu.json, version)
  if (computed !== eventId) findings.push({ kind: 'hash', eventId, message: `By its content its id would be ${computed ?? 'none'}.` })
  // What was redacted, or came with a wrong hash, is kept in the form whose content no hash covers.
  if (!hasRightContentHash(pdu.json) && !isRedactedForm(pdu, version)) {
    findings.push({ kind: 'hash', eventId, message: 'Its content is not that which its hash was made of.' })
  }
  const isKnown = listKeysOf(pdu, version).some(({ serverName, keyId }) => findKey(serverName, keyId) !== undefined)
  if (!isKnown) {
    counts.withoutKey += 1
    return findings
  }
  const verified = await verifyEvent(pdu, version, findKey)
  if (verified.ok) return findings
  return [...findings, { kind: 'signature', eventId, message: `The signature of ${verified.serverName} is missing or wrong.` }]
}

function isRedactedForm({ json }: Pdu, version: RoomVersion): boolean {
  const { unsigned: _, ...bare } = json
  return canonicalJson(redactEvent(bare, version)) === canonicalJson(bare)
}
