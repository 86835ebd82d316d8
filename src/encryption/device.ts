import { invalidParam } from '../matrix/errors.ts'

/** The device that a request comes from. */
export interface Device {
  readonly user: number
  readonly userId: string
  readonly deviceId: string
}

/** The device of a requester: 400 M_INVALID_PARAM where the access token belongs to none, as that of a bridge may. */
export function deviceOf({ user, userId, deviceId }: Omit<Device, 'deviceId'> & { readonly deviceId: string | undefined }): Device {
  if (deviceId === undefined) throw invalidParam('The access token does not belong to a device.')
  return { user, userId, deviceId }
}
