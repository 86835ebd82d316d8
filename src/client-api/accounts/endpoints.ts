import type { Endpoint } from '../../http/endpoint.ts'
import type { Services } from '../../services.ts'
import { changePassword } from './change-password.ts'
import { checkUsernameAvailability } from './check-username-availability.ts'
import { deactivateAccount } from './deactivate-account.ts'
import { deleteDevice } from './delete-device.ts'
import { deleteDevices } from './delete-devices.ts'
import { generateLoginToken } from './generate-login-token.ts'
import { getDevice } from './get-device.ts'
import { getDevices } from './get-devices.ts'
import { getLoginFlows } from './get-login-flows.ts'
import { getTokenOwner } from './get-token-owner.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { logoutAll } from './logout-all.ts'
import { refresh } from './refresh.ts'
import { register } from './register.ts'
import { registrationTokenValidity } from './registration-token-validity.ts'
import { requestOpenIdToken } from './request-open-id-token.ts'
import { updateDevice } from './update-device.ts'

/** Accounts: making one, logging in, sessions and devices. */
export const accountEndpoints: readonly ((services: Services) => Endpoint)[] = [
  register,
  checkUsernameAvailability,
  registrationTokenValidity,
  getLoginFlows,
  login,
  generateLoginToken,
  refresh,
  logout,
  logoutAll,
  getTokenOwner,
  getDevices,
  getDevice,
  updateDevice,
  deleteDevice,
  deleteDevices,
  changePassword,
  deactivateAccount,
  requestOpenIdToken,
]
